"""The project's own sources, parsed once, for the tests of this folder."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "consent", "registry", "adapters")

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """One module: where it stands, what it says, and its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Return the path from the root, as messages show it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        """Return the dotted name."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def product() -> tuple[Source, ...]:
    """Return the modules of the four packages, the composition and the migrations."""
    folders = [ROOT / package for package in (*PACKAGES, "alembic")]
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    return tuple(_read(path) for path in [*paths, ROOT / "wsgi.py"] if path.exists())


@cache
def packaged() -> tuple[Source, ...]:
    """Return the modules of the four packages."""
    return tuple(source for source in product() if source.name.split("/")[0] in PACKAGES)


@cache
def suite() -> tuple[Source, ...]:
    """Return the modules of the tests."""
    return tuple(_read(path) for path in sorted((ROOT / "tests").rglob("*.py")))


def functions_of(tree: ast.AST) -> Iterator[FunctionNode]:
    """Yield every function and method, also nested ones."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted name of everything imported: modules, and names as module.name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, package: str) -> bool:
    """Say whether a dotted name is the package or lies in it."""
    return name == package or name.startswith(f"{package}.")


def _read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path, text, ast.parse(text, str(path)))
