"""Places in a record: reading a text as it stands there, setting and adding one, and the contract of a slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from adapters.translation.words import fitting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.translation.leftovers import Document, Path

#: An entry as a slot makes it: kind, value and evidence; since when it holds is the record's.
Stated: TypeAlias = "dict[str, Any]"
#: A record being written: what Document.content is when it is read.
Content: TypeAlias = "dict[str, Any]"

#: The text of an element that has attributes too.
TEXT = "#text"


class Slot(Protocol):
    """One field of a record, or some that belong together."""

    def take(self, document: Document) -> list[Stated]:
        """Return what the field states and take it; what is not understood is left where it is."""
        ...

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write an entry into the field if it fits there and the field is free; say whether that was done.

        Whether reading it again gives the same entry is for the caller to see.
        """
        ...


def stated(kind: str, value: Mapping[str, Any], evidence: str = "register", *, reference: str | None = None) -> Stated:
    """Return an entry."""
    rests_on = {"type": evidence} | ({"reference": reference} if reference else {})
    return {"kind": kind, "value": dict(value), "evidence": rests_on}


def where(document: Document, path: Path) -> Path:
    """Return where the text of an element stands: beside attributes it has a place of its own."""
    return (*path, TEXT) if isinstance(document.at(path), dict) else path


def said(document: Document, path: Path, limit: int = 300) -> str | None:
    """Return the text of an element or attribute as entries keep it, without taking it; None where none can be."""
    text = document.at(where(document, path))
    return fitting(text, max_length=limit) if isinstance(text, str) else None


def take(document: Document, *paths: Path) -> None:
    """Take the texts of these elements or attributes where there are any."""
    document.take(*(place for path in paths if document.text(place := where(document, path))))


def spots(document: Document, path: Path) -> list[Path]:
    """Return the path of each repetition of an element."""
    value = document.at(path)
    if isinstance(value, list):
        return [(*path, index) for index in range(len(value))]
    return [] if value is None else [path]


def put_at(content: Content, path: Path, value: object) -> bool:
    """Set a value where nothing stands yet; say whether that was possible."""
    inner = content
    for step in path[:-1]:
        below = inner.setdefault(str(step), {})
        if not isinstance(below, dict):
            return False
        inner = below
    name = str(path[-1])
    if name not in inner:
        inner[name] = value
        return True
    # attributes that no field knows may stand there already
    standing, added = inner[name], value if isinstance(value, dict) else {TEXT: value}
    if not isinstance(standing, dict) or standing.keys() & added.keys():
        return False
    standing |= added
    return True


def add_at(content: Content, path: Path, value: object) -> bool:
    """Set a value, or add a repetition of its element; say whether that was possible."""
    if put_at(content, path, value):
        return True
    inner: Any = content
    for step in path[:-1]:
        inner = inner.get(step) if isinstance(inner, dict) else None
    if not isinstance(inner, dict):
        return False
    standing = inner[str(path[-1])]
    inner[str(path[-1])] = [*standing, value] if isinstance(standing, list) else [standing, value]
    return True
