"""Which version of folding, weights and comparison a run works with: what two versions kept is never mixed."""

from __future__ import annotations

import hashlib
from importlib import metadata, resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

#: Whatever decides what is in the folder of a run, or in the pairs.
_PACKAGES: Final = ("registry.folding", "registry.linkage")
_TELLING: Final = (".py", ".json")


def version() -> str:
    """Return SHA-256 over the sources of folding and linkage, the fitted weights and what reads foreign scripts."""
    digest = hashlib.sha256(f"anyascii {metadata.version('anyascii')}\n".encode())
    for name, content in parts().items():
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def parts() -> dict[str, bytes]:
    """Return the files that make a version."""
    return {name: content for package in _PACKAGES for name, content in _contents(resources.files(package), package)}


def _contents(folder: Traversable, at: str) -> Iterator[tuple[str, bytes]]:
    for one in sorted(folder.iterdir(), key=_name):
        if one.is_dir():
            yield from _contents(one, f"{at}/{one.name}")
        elif one.name.endswith(_TELLING):
            yield f"{at}/{one.name}", one.read_bytes()


def _name(one: Traversable) -> str:
    return one.name
