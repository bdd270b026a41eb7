"""What may stand in a line: exceptions with their reason, no left-overs, no swallowed errors (style 6, 7)."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.architecture.tree import Source, functions_of, product, suite

_REASONED_NOQA = re.compile(r"# noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* +- \S+")
_REASONED_IGNORE = re.compile(r"# type: ignore\[[a-z-]+(, ?[a-z-]+)*\] +# \S+")
_ADVISORY = re.compile(r"\bpg_(try_)?advisory_")
_DECISION = re.compile(r"(TODO|FIXME|XXX|HACK)\b(?!.*decision [0-9]+)", re.IGNORECASE)


def test_every_silenced_rule_is_named_with_a_reason() -> None:
    """A bare noqa or ignore also silences the next mistake in its line."""
    bare = [
        f"{source.name}:{line} {comment}"
        for source in (*product(), *suite())
        for line, comment in _comments(source)
        if ("noqa" in comment and not _REASONED_NOQA.search(comment))
        or ("type: ignore" in comment and not _REASONED_IGNORE.search(comment))
    ]
    assert not bare, "\n".join(bare)


def test_nothing_is_left_to_do_without_a_decision() -> None:
    """What is not done is written down where decisions are."""
    left = [
        f"{source.name}:{line}"
        for source in product()
        for line, comment in _comments(source)
        if _DECISION.search(comment)
    ]
    assert not left, "\n".join(left)


def test_no_error_is_swallowed() -> None:
    """Catching everything is for an edge, which logs and re-raises or ends the run."""
    swallowed = [
        f"{source.name}:{handler.lineno}"
        for source in product()
        for handler in ast.walk(source.tree)
        if isinstance(handler, ast.ExceptHandler) and _catches_all(handler) and not _speaks(handler)
    ]
    assert not swallowed, "\n".join(swallowed)


def test_no_two_locks_of_a_database_have_one_number() -> None:
    """Who waits for one would wait for the other, or hold it for it; each has a constant of its own in its module."""
    numbers = {source.name: _lock_numbers(source) for source in product() if _ADVISORY.search(source.text)}
    assert len(numbers) > 4
    assert {name for name, found in numbers.items() if len(found) != 1} == set()
    found = [number for (number,) in numbers.values()]
    assert len(set(found)) == len(found), numbers


def test_a_tests_name_is_a_sentence() -> None:
    """Two words after `test` at least: who does what."""
    short = [
        f"{source.name}:{function.name}"
        for source in suite()
        for function in functions_of(source.tree)
        if function.name.startswith("test_") and function.name.count("_") < 3 and not _is_fixture(function)
    ]
    assert not short, "\n".join(short)


def _is_fixture(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list)


def _comments(source: Source) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _catches_all(handler: ast.ExceptHandler) -> bool:
    caught = "" if handler.type is None else ast.unparse(handler.type)
    return handler.type is None or bool({"Exception", "BaseException"} & set(re.findall(r"\w+", caught)))


def _speaks(handler: ast.ExceptHandler) -> bool:
    """Say whether the handler raises, logs, ends the run, or hands the caught error on."""
    nodes = [node for statement in handler.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.Raise) for node in nodes):
        return True
    if handler.name is not None and any(isinstance(node, ast.Name) and node.id == handler.name for node in nodes):
        return True
    calls = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    return any(re.search(r"\blog\b|\blogger\b|\bexit\b|\b_exit\b", call) for call in calls)


def _lock_numbers(source: Source) -> list[int]:
    return [
        node.value.value
        for node in source.tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, int)
        and [ast.unparse(target) for target in node.targets] == ["_LOCK"]
    ]
