"""Sizes, docstrings and the places where things may stand (style 1, 5, 6, 8)."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.tree import PACKAGES, ROOT, FunctionNode, functions_of, packaged, product, suite

_MODULE_LINES, _FUNCTION_LINES, _PARAMETERS, _POSITIONS, _MODULES = 400, 60, 7, 3, 9
#: The ground floor of registry and the sections grow with the domain.
_WIDE_PACKAGES = frozenset({"registry", "schemas/sections"})
_NO_DRAWERS = frozenset({"utils", "util", "helpers", "common", "services", "repositories", "managers", "misc"})
_IMPORTED_SIGNATURES = frozenset({"_serialize", "_deserialize", "process_bind_param", "process_result_value"})


def test_no_module_is_longer_than_its_limit() -> None:
    """A module that needs more holds two matters."""
    long = {source.name: lines for source in product() if (lines := source.text.count("\n")) > _MODULE_LINES}
    assert long == {}


def test_no_function_is_longer_than_its_limit() -> None:
    """Migrations are exempt: they are one list of statements each, and never edited."""
    long = {
        f"{source.name}:{function.name}": lines
        for source in (*product(), *suite())
        if "versions" not in source.path.parts
        for function in functions_of(source.tree)
        if (lines := (function.end_lineno or function.lineno) - function.lineno + 1) > _FUNCTION_LINES
    }
    assert long == {}


def test_no_function_takes_more_parameters_than_can_be_remembered() -> None:
    """More than seven belong together as a value."""
    wide = [
        f"{source.name}:{function.lineno} {function.name}"
        for source in packaged()
        for function in functions_of(source.tree)
        if len(_parameters(function)) + len(function.args.kwonlyargs) > _PARAMETERS
    ]
    assert not wide, "\n".join(wide)


def test_a_fourth_parameter_is_named_by_the_caller() -> None:
    """Positions are misread sooner or later; the guide's own seal and decide take three, libraries what they like."""
    blind = [
        f"{source.name}:{function.lineno} {function.name}"
        for source in packaged()
        for function in functions_of(source.tree)
        if len(_parameters(function)) > _POSITIONS and not _is_prescribed(function)
    ]
    assert not blind, "\n".join(blind)


def test_no_package_holds_more_modules_than_one_can_survey() -> None:
    """Nine drawers; then a room of its own."""
    full = {
        folder.relative_to(ROOT).as_posix(): count
        for package in PACKAGES
        for folder in [ROOT / package, *(path for path in (ROOT / package).rglob("*") if path.is_dir())]
        if folder.relative_to(ROOT).as_posix() not in _WIDE_PACKAGES
        and (count := sum(path.name != "__init__.py" for path in folder.glob("*.py"))) > _MODULES
    }
    assert full == {}


def test_no_drawer_is_for_everything() -> None:
    """A name that fits anything says where nothing is."""
    found = [source.name for source in product() if _NO_DRAWERS.intersection(source.module.split("."))]
    assert not found, "\n".join(found)


def test_every_package_opens_with_one_docstring_and_nothing_else() -> None:
    """Work done in __init__ escapes the import contracts."""
    found = [
        source.name
        for source in packaged()
        if source.path.name == "__init__.py" and (len(source.tree.body) != 1 or not ast.get_docstring(source.tree))
    ]
    assert not found, "\n".join(found)


def test_every_folder_of_code_is_a_package() -> None:
    """A folder without __init__ escapes the import contracts as well."""
    folders = {source.path.parent for source in packaged()}
    assert [folder.name for folder in folders if not (folder / "__init__.py").exists()] == []


def test_everything_public_says_what_it_is_for() -> None:
    """Every module, public class and public function has a docstring."""
    silent = [
        f"{source.name}:{getattr(node, 'lineno', 1)}"
        for source in (*product(), *suite())
        for node in _public(source.tree)
        if not ast.get_docstring(node) and not (source.name.startswith("tests/") and isinstance(node, ast.FunctionDef))
    ]
    assert not silent, "\n".join(silent)


def test_no_function_stands_in_a_function_but_a_decorators() -> None:
    """A function inside a function cannot be tested or read alone."""
    nested = [
        f"{source.name}:{inner.lineno} {inner.name}"
        for source in (*product(), *suite())
        for outer in functions_of(source.tree)
        for inner in functions_of(ast.Module(body=outer.body, type_ignores=[]))
        if not _is_returned(outer, inner)
    ]
    assert not nested, "\n".join(nested)


def test_only_the_settings_read_the_environment() -> None:
    """The composition passes the environment on; nothing else looks at it."""
    reading = re.compile(r"\bos\.(environ|getenv)\b|\bfrom os import [^\n]*\b(environ|getenv)\b")
    found = [
        source.name
        for source in product()
        if reading.search(source.text) and source.name not in {"registry/config.py", "wsgi.py"}
    ]
    assert not found, "\n".join(found)


def test_alembic_stays_the_library() -> None:
    """An __init__ in our folder would shadow the library of the same name."""
    assert not (ROOT / "alembic" / "__init__.py").exists()


def _public(node: ast.Module | ast.ClassDef) -> Iterator[ast.Module | ast.ClassDef | FunctionNode]:
    """Yield the module or class, and what is public in it; what stands in something private is private."""
    yield node
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from _public(child)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield child


def _parameters(function: FunctionNode) -> list[str]:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _is_prescribed(function: FunctionNode) -> bool:
    name = function.name
    return (name.startswith("__") and name.endswith("__") and name != "__init__") or name in _IMPORTED_SIGNATURES


def _is_returned(outer: FunctionNode, inner: FunctionNode) -> bool:
    """Say whether the outer function is a decorator: it hands the inner one out, perhaps wrapped or through another."""
    returned = {
        name.id
        for node in ast.walk(outer)
        if isinstance(node, ast.Return) and node.value is not None
        for name in ast.walk(node.value)
        if isinstance(name, ast.Name)
    }
    return inner.name in returned
