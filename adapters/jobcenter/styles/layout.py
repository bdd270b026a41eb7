"""What a style says of its records: the fields, the key, since when a record holds, and what to put where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.jobcenter.slots.fields import put_at, said, take
from adapters.translation.days import day_of, day_of_moment, german_day, is_month
from adapters.translation.leftovers import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.jobcenter.slots.fields import Content, Slot
    from adapters.translation.leftovers import Path

_XML_STEP = re.compile(r"@?[^\W\d][\w.-]{0,119}|#text")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Since:
    """Since when a record holds: a place, and how a day is written there."""

    def read(self, document: Document) -> str | None:
        """Return the day as far as it is known; None where none is said."""
        raise NotImplementedError

    def put(self, content: Content, day: str) -> bool:
        """Write it, if the place can hold it; say whether that was done."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class GermanDay(Since):
    """A cell with a day as German offices write it."""

    path: Path

    def read(self, document: Document) -> str | None:
        """Return and take the day; see Since."""
        day = day_of(said(document, self.path) or "")
        if day:
            take(document, self.path)
        return day

    def put(self, content: Content, day: str) -> bool:
        """Write the day; see Since."""
        return put_at(content, self.path, german_day(day))


@dataclass(frozen=True, slots=True)
class Month(Since):
    """The month a delivery reports."""

    path: Path

    def read(self, document: Document) -> str | None:
        """Return and take the month; see Since."""
        month = said(document, self.path)
        if month is None or not is_month(month):
            return None
        take(document, self.path)
        return month

    def put(self, content: Content, day: str) -> bool:
        """Write a month; a day does not fit; see Since."""
        return is_month(day) and put_at(content, self.path, day)


@dataclass(frozen=True, slots=True)
class Moment(Since):
    """The moment a message was made; it says more than a day, so it is not taken."""

    path: Path

    def read(self, document: Document) -> str | None:
        """Return the day of the moment; see Since."""
        return day_of_moment(said(document, self.path) or "")

    def put(self, content: Content, day: str) -> bool:
        """Write nothing: the moment comes back with what was not mapped; say whether it is of that day; see Since."""
        return self.read(Document(content)) == day


def is_xml_name(step: str | int) -> bool:
    """Say whether a step of a path can stand in XML: an element, an attribute, a text, a place in a list."""
    return isinstance(step, int) or bool(_XML_STEP.fullmatch(step))


def is_xml_text(text: str) -> bool:
    """Say whether XML 1.0 has all these letters."""
    return not _NOT_XML.search(text)


@dataclass(frozen=True, slots=True)
class Layout:
    """One style."""

    name: str  #: the first part of its keys
    slots: tuple[Slot, ...]
    since: Since
    keys: tuple[Path, ...]  #: of the numbers a person is found again by; the first that is filled counts
    birth_date: Path
    can_hold: Callable[[Path, object], bool]  #: whether what is not mapped can stand at a place of this style
    can_write: Callable[[str], bool]  #: whether a file of this style has these letters

    def key(self, document: Document) -> str | None:
        """Return the source's own id of a record; None where it has none."""
        number = next(filter(None, (said(document, path, 60) for path in self.keys)), None)
        return f"{self.name}:{number}" if number else None
