"""Imports point one way, stand on top of the module, and stay inside what each package may use (style 1 and 2)."""

import ast
import logging
import sys
from collections.abc import Iterator

import pytest
from importlinter.cli import lint_imports

from tests.architecture.tree import ROOT, functions_of, imports_of, is_within, packaged, product, suite

_AGENCIES_MAY_NOT = ("registry", "consent", "flask", "sqlalchemy")
_NOT_AGENCIES = frozenset({"engine", "sandbox", "catalogue", "cli", "bench"})


@pytest.fixture
def loggers() -> Iterator[None]:
    """Wake the loggers afterwards that import-linter's own logging puts to sleep; later tests read what they say."""
    yield
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger.disabled = False


@pytest.mark.usefixtures("loggers")
def test_imports_point_one_way() -> None:
    """Every contract in setup.cfg holds."""
    assert lint_imports(config_filename=str(ROOT / "setup.cfg"), no_cache=True, no_logo=True) == 0


def test_no_module_imports_inside_a_function() -> None:
    """A lazy import hides a dependency or a cycle."""
    inside = (ast.Import, ast.ImportFrom)
    found = [
        f"{source.name}:{node.lineno}"
        for source in (*product(), *suite())
        for function in functions_of(source.tree)
        for node in ast.walk(function)
        if isinstance(node, inside)
    ]
    assert not found, "\n".join(found)


def test_schemas_import_only_marshmallow_and_the_standard_library() -> None:
    """Words must be readable by anybody without the rest of the house."""
    allowed = {*sys.stdlib_module_names, "marshmallow", "schemas"}
    assert list(_foreign_imports("schemas", allowed)) == []


def test_consent_imports_only_schemas_and_pure_parts_of_the_standard_library() -> None:
    """Decisions have no clock, no randomness, no input and output, no cryptography."""
    impure = {
        "time",
        "random",
        "secrets",
        "os",
        "io",
        "pathlib",
        "socket",
        "subprocess",
        "hashlib",
        "hmac",
        "threading",
    }
    allowed = {*sys.stdlib_module_names, "consent", "schemas"} - impure
    assert list(_foreign_imports("consent", allowed)) == []


def test_consent_never_asks_for_the_time() -> None:
    """The moment of a decision comes from its caller, so that a decision can be repeated."""
    asking = {"now", "utcnow", "today", "time", "uuid4", "uuid1"}
    found = [
        f"{source.name}:{node.lineno}"
        for source in packaged()
        if is_within(source.module, "consent")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and _called(node) in asking
    ]
    assert not found, "\n".join(found)


def test_only_the_door_asks_the_policy() -> None:
    """There is one place where a line is committed before anything is opened."""
    found = [
        source.name
        for source in packaged()
        if source.module != "registry.access"
        and any(is_within(name, "consent.policy") for name in imports_of(source.tree))
    ]
    assert not found, "\n".join(found)


def test_only_the_policy_constructs_a_permit() -> None:
    """Whoever holds a permit was permitted."""
    found = [
        f"{source.name}:{node.lineno}"
        for source in packaged()
        if source.module != "consent.policy"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and _called(node) == "Permit"
    ]
    assert not found, "\n".join(found)


def test_agencies_know_neither_the_registry_nor_consent() -> None:
    """An agency's adapter can be shipped as a package of its own."""
    found = [
        f"{source.name} imports {name}"
        for source in packaged()
        if is_within(source.module, "adapters") and not _NOT_AGENCIES.intersection(source.module.split(".")[1:2])
        for name in imports_of(source.tree)
        if any(is_within(name, forbidden) for forbidden in _AGENCIES_MAY_NOT)
    ]
    assert not found, "\n".join(found)


def test_the_engine_names_no_agency() -> None:
    """A new agency touches its own folder and its entry point."""
    folders = [path.name for path in (ROOT / "adapters").iterdir() if path.is_dir() and path.name not in _NOT_AGENCIES]
    found = [
        f"{source.name} imports {name}"
        for source in packaged()
        if is_within(source.module, "adapters.engine")
        for name in imports_of(source.tree)
        if any(is_within(name, f"adapters.{folder}") for folder in folders)
    ]
    assert not found, "\n".join(found)


def test_what_serves_writes_no_sql() -> None:
    """Pages, answers and commands call acts; only the act's transaction passes through their hands."""
    found = [
        f"{source.name} imports {name}"
        for source in packaged()
        if any(is_within(source.module, f"registry.{edge}") for edge in ("api", "web", "cli"))
        for name in imports_of(source.tree)
        if is_within(name, "sqlalchemy")
    ]
    assert not found, "\n".join(found)


def test_revisions_import_nothing_of_ours() -> None:
    """A revision must run years later, whatever the code has become."""
    allowed = {*sys.stdlib_module_names, "alembic", "sqlalchemy"}
    found = [
        f"{source.name} imports {name}"
        for source in product()
        if "versions" in source.path.parts
        for name in imports_of(source.tree)
        if name.split(".")[0] not in allowed
    ]
    assert not found, "\n".join(found)


def test_no_test_mocks_our_own_code() -> None:
    """Fakes stand at the edges only and pass the same contract suite as the real thing."""
    found = [
        f"{source.name} imports {name}"
        for source in suite()
        for name in imports_of(source.tree)
        if is_within(name, "unittest.mock") or is_within(name, "mock") or is_within(name, "pytest_mock")
    ]
    assert not found, "\n".join(found)


def _foreign_imports(package: str, allowed: set[str]) -> Iterator[str]:
    for source in packaged():
        if is_within(source.module, package):
            yield from (
                f"{source.name} imports {name}" for name in imports_of(source.tree) if name.split(".")[0] not in allowed
            )


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
