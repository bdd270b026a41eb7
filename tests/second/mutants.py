"""Makes mutants: a module with one small fault in it, such as a test of a border may overlook.

Left alone: annotations, docstrings, decorators, what is only for type checkers, texts, and what is logged.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: A node with its parent, the parent's field, and the place in that field where it is a list.
_Found: TypeAlias = "tuple[ast.AST, str, int | None, ast.AST]"

_EXCHANGED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
_LEFT_ALONE = frozenset({"annotation", "returns", "decorator_list", "type_params", "exc", "pattern", "ctx"})
_CALLED_FOR_ITSELF = (ast.Expr, ast.Raise, ast.AugAssign, ast.Delete)


@dataclass(frozen=True, slots=True)
class Mutant:
    """The n-th fault of a module."""

    path: Path
    number: int
    line: int
    statement: int  #: the first line of the statement that it is in
    fault: str

    def tree(self) -> ast.Module:
        """Return the module's tree with the fault in it."""
        tree = ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))
        _, _, make = next(islice(_faults(tree), self.number, None))
        make()
        return ast.fix_missing_locations(tree)


def mutants_of(path: Path) -> list[Mutant]:
    """Return all mutants of a module, in the order of its text."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    innermost = _innermost(tree)
    return [
        Mutant(path, number, line, innermost.get(line, line), fault)
        for number, (line, fault, _) in enumerate(_faults(tree))
    ]


def _faults(tree: ast.Module) -> Iterator[tuple[int, str, Callable[[], None]]]:
    """Yield line, description and the act that puts the fault into this very tree."""
    for found in list(_walk(tree)):
        for made, fault in _faulty(found[3]):
            before = ast.unparse(found[3]).partition("\n")[0]
            after = ast.unparse(ast.fix_missing_locations(made)).partition("\n")[0]
            yield _line(found[3]), f"{fault}: {before} -> {after}", _Exchange(found, made)


def _innermost(tree: ast.Module) -> dict[int, int]:
    """Return by line where the innermost statement there begins: of several lines perhaps only that one is passed."""
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return {line: one.lineno for one in statements for line in range(one.lineno, (one.end_lineno or one.lineno) + 1)}


def _line(node: ast.AST) -> int:
    return int(getattr(node.target if isinstance(node, ast.comprehension) else node, "lineno", 0))


@dataclass(frozen=True, slots=True)
class _Exchange:
    found: _Found
    made: ast.AST

    def __call__(self) -> None:
        parent, field, place, _ = self.found
        if place is None:
            setattr(parent, field, self.made)
        else:
            getattr(parent, field)[place] = self.made


def _walk(parent: ast.AST) -> Iterator[_Found]:
    for field, value in ast.iter_fields(parent):
        if field in _LEFT_ALONE:
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST) and not _is_aside(node):
                yield parent, field, place, node
                yield from _walk(node)


def _is_aside(node: ast.AST) -> bool:
    """Say whether nothing in this can be a fault: docstrings, imports, what is logged or only for type checkers."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or ast.unparse(node).startswith("log.")
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) in {"log", "code"}
    typing = isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"
    return typing or isinstance(node, ast.Import | ast.ImportFrom)


def _faulty(node: Any) -> Iterator[tuple[ast.AST, str]]:  # noqa: ANN401 - any node
    """Yield what may stand in place of a node."""
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                exchanged = _EXCHANGED[type(operator)]()
                ops = [*node.ops[:place], exchanged, *node.ops[place + 1 :]]
                yield ast.Compare(node.left, ops, node.comparators), "compares otherwise"  # type: ignore[arg-type]  # operators both
        case ast.BoolOp():
            yield ast.BoolOp(_EXCHANGED[type(node.op)](), node.values), "and/or"  # type: ignore[arg-type]  # as above
        case ast.BinOp() if type(node.op) in _EXCHANGED:
            yield ast.BinOp(node.left, _EXCHANGED[type(node.op)](), node.right), "reckons otherwise"  # type: ignore[arg-type]  # as above
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand, "not left out"
        case ast.Constant():
            yield from _other_constant(node.value)
        case ast.If() | ast.While() if not _turns_itself(node.test):
            turned = ast.UnaryOp(ast.Not(), node.test)
            yield type(node)(turned, node.body, node.orelse), "turned round"
        case ast.IfExp() if not _turns_itself(node.test):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse), "turned round"
        case ast.comprehension() if node.ifs:
            for place in range(len(node.ifs)):
                kept = [*node.ifs[:place], *node.ifs[place + 1 :]]
                yield ast.comprehension(node.target, node.iter, kept, node.is_async), "takes all"
        case ast.Return() if node.value is not None and ast.unparse(node.value) != "None":
            yield ast.Return(ast.Constant(None)), "returns nothing"
        case ast.Assign() if not isinstance(node.targets[0], ast.Name | ast.Tuple):
            yield ast.Pass(), "left out"
        case _ if isinstance(node, _CALLED_FOR_ITSELF):
            yield ast.Pass(), "left out"
        case _:
            return


def _turns_itself(test: ast.expr) -> bool:
    """Say whether another fault turns this condition round already."""
    return isinstance(test, ast.UnaryOp) or (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.Eq | ast.NotEq | ast.Is | ast.IsNot | ast.In | ast.NotIn)
    )


def _other_constant(value: object) -> Iterator[tuple[ast.AST, str]]:
    match value:
        case bool():
            yield ast.Constant(not value), "another value"
        case int():
            yield ast.Constant(value + 1), "another value"
        case str() if value and " " not in value:  # with a space it is a text, for people or for the database
            yield ast.Constant(f"{value}X"), "another value"
        case bytes() if value:
            yield ast.Constant(value + b"X"), "another value"
        case _:
            return
