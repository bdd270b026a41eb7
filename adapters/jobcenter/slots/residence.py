"""Residence and address, as far as a Jobcenter reports them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.jobcenter.slots.fields import Stated, put_at, said, stated, take
from adapters.translation.codes import reported, reported_code
from adapters.translation.days import day_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.jobcenter.slots.fields import Content
    from adapters.translation.leftovers import Document, Path

_CODE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class TitleCode:
    """A residence status by the code of one list, which is kept and not interpreted."""

    path: Path
    scheme: str

    def take(self, document: Document) -> list[Stated]:
        """Return the code; see Slot."""
        code = said(document, self.path, _CODE_LIMIT)
        if code is None:
            return []
        take(document, self.path)
        return [stated("residence.title", {"reported": [reported(self.scheme, code)]})]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write a code of this list; see Slot."""
        code = reported_code(entry["value"], self.scheme)
        return entry["kind"] == "residence.title" and code is not None and put_at(content, self.path, code)


@dataclass(frozen=True, slots=True)
class Arrival:
    """When somebody came to Germany, as far as it is known."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return the date; see Slot."""
        day = day_of(said(document, self.path) or "")
        if day is None:
            return []
        take(document, self.path)
        return [stated("residence.arrival", {"date": day})]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the date; see Slot."""
        return entry["kind"] == "residence.arrival" and put_at(content, self.path, entry["value"]["date"])


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address whose parts stand in elements of their own."""

    path: Path
    parts: Mapping[str, str]  #: ours -> theirs

    def take(self, document: Document) -> list[Stated]:
        """Return the address, if street, postcode or place are there; see Slot."""
        places = {ours: (*self.path, theirs) for ours, theirs in self.parts.items()}
        limits = {"house_number": 30, "postcode": 20}
        value = {ours: text for ours, path in places.items() if (text := said(document, path, limits.get(ours, 200)))}
        if not {"street", "postcode", "place"} & value.keys():
            return []
        take(document, *(places[ours] for ours in value))
        return [stated("contact.address", value)]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the parts that have an element; see Slot."""
        if entry["kind"] != "contact.address":
            return False
        address = {self.parts[ours]: text for ours, text in entry["value"].items() if ours in self.parts}
        return put_at(content, self.path, address)
