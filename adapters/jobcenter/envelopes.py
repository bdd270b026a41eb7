"""XML files of a Jobcenter: which elements are records, and in what they may be wrapped.

A monthly delivery (`Datenlieferung`) or one message (`BerD…100001`) is a file; an export of ours holds several of them
in `Datenlieferungen` or `nachrichten`. Elements of the namespace FOREIGN are what others said: our reader never sees
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from adapters.jobcenter.styles import entitlement, monthly
from adapters.translation.xml import Element, Names, Shape, elements

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Of elements that an export of ours adds: own entries without a field, and the roots that wrap several.
OURS = "urn:einmal:jobcenter:1"
FOREIGN = "urn:einmal:fremd:1"
DELIVERIES, MESSAGES = "Datenlieferungen", "nachrichten"
#: Own entries without a field, cut into parts that begin and end with a bar, because outer spaces are not read.
BESIDE = "EinmalAngaben"


def is_record(path: Names) -> bool:
    """Say whether an element is read as one: what is in a module, what is around modules, a message."""
    if path[0] == DELIVERIES:
        path = path[1:]
    elif path[0] == MESSAGES:
        return len(path) == 2
    if not path:
        return False
    if path[0] == monthly.DELIVERY:
        return len(path) == 3 if monthly.MODULE in path[1:2] else len(path) == 2
    return path == (entitlement.MESSAGE,)


SHAPE = Shape(frozenset({monthly.NAMESPACE, entitlement.NAMESPACE, OURS, ""}), is_record, frozenset({FOREIGN}))


def parts(file: BinaryIO) -> Iterator[Element]:
    """Yield the records of an XML file from its start.

    Raises:
        RefusedFileError: as for adapters.translation.xml.elements.
    """
    return elements(cast("BinaryIO", View(file)), SHAPE)


class View:
    """A place of its own in a file that others read too."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._at = file, 0

    def seek(self, at: int) -> int:
        """Go to a place, counted from the start of the file."""
        self._at = at
        return at

    def read(self, size: int = -1) -> bytes:
        """Read on from this place, wherever others have read meanwhile."""
        self._file.seek(self._at)
        piece = self._file.read(size)
        self._at += len(piece)
        return piece


def beside_of(content: dict[str, object]) -> str | None:
    """Take our own place out of a record and return what stands in it."""
    place = content.pop(BESIDE, None)
    if place is None:
        return None
    listed = place if isinstance(place, list) else [place]
    return "".join(part[1:-1] if isinstance(part, str) else "?" for part in listed)
