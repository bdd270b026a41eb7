"""Monthly deliveries as records: each person of module P with what other modules say about the same customer number.

The person stands in one place of a file and her qualification far behind. Two readers walk the file side by side, one
over the persons, one over everything about them; while both come in the same order nothing has to wait. What comes too
early waits compressed, up to a limit, beyond which the file is refused: then both modules are to be sorted by number.
Of each number 64 bits are held.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from adapters.contract import Record, Refused, RefusedFileError
from adapters.jobcenter.envelopes import DELIVERIES, beside_of, parts
from adapters.jobcenter.records import Sent, record_of
from adapters.jobcenter.slots.fields import add_at
from adapters.jobcenter.styles import monthly
from adapters.translation.screening.marks import is_test
from adapters.translation.survey import Sending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import Survey
    from adapters.translation.xml import Element

#: Bytes of what waits for its person, compressed.
_WAITING_BYTES = 128 * 1024 * 1024
#: What is kept of a row beside its bytes.
_WAITING_OVERHEAD_BYTES = 300


@dataclass(slots=True)
class _Header:
    """What stands in one delivery beside its modules."""

    content: dict[str, Any] = field(default_factory=dict)

    def add(self, part: Element) -> None:
        """Keep one element; the second of a name makes a list."""
        text = part.content["#text"] if part.content.keys() == {"#text"} else part.content
        add_at(self.content, (part.path[-1],), text)


@dataclass(slots=True)
class _Index:
    """What a whole file holds: which persons, how many rows about each, which rows lack a number."""

    sending: Sending
    persons: set[int] = field(default_factory=set)
    rows: dict[int, int] = field(default_factory=dict)  #: number -> how many rows are about it
    named: set[int] = field(default_factory=set)  #: number and name of each row
    unnumbered: int = 0
    filled: object = None  #: the delivery that the last row of a module was in

    def records(self) -> int:
        """Return how many records or refusals reading the file gives."""
        strays = sum(count for number, count in self.rows.items() if number not in self.persons)
        return len(self.persons) + strays + self.unnumbered


def survey(file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
    """Read the file to its end; see AgencyAdapter."""
    index = _index(file, Sending(endpoint_is_test))
    index.sending.records = index.records()
    return index.sending.surveyed()


def read(file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
    """Translate person by person; see AgencyAdapter."""
    index = _index(file, Sending(endpoint_is_test))
    about = _About(file, index)
    header, around = _Header(), None
    for part in parts(file):
        if len(part.path) > 1 and _delivery(part) is not around:
            header, around = _Header(), _delivery(part)
        if part.path[-1] == monthly.PERSON:
            yield from about.strays
            about.strays.clear()
            yield _record(part, header.content, about)
        elif len(part.path) > 1 and part.path[-2] == monthly.DELIVERY:
            header.add(part)
    about.finish()
    yield from about.strays


def _record(part: Element, header: dict[str, Any], about: _About) -> Record | Refused:
    number = _number(part)
    if number is None:
        return Refused(part.line, "key.missing", "The person has no Kundennummer and cannot be found again.")
    beside = beside_of(part.content)
    content: dict[str, Any] = dict(_delivery(part)) | header | {monthly.PERSON: _content(part)}
    for name, row in about.of(number):
        content[name] = {key: value for key, value in row.items() if key != monthly.ABOUT}
    return record_of(monthly.LAYOUT, Sent(part.line, content, beside))


class _About:
    """The rows of a file that are about persons, handed out by customer number."""

    def __init__(self, file: BinaryIO, index: _Index) -> None:
        self._parts = (part for part in parts(file) if _is_about(part))
        self._index = index
        self._waiting: dict[str, list[tuple[str, bytes]]] = {}
        self._waiting_bytes = 0
        self.strays: list[Refused] = []  #: rows about nobody who is in the file

    def of(self, number: str) -> list[tuple[str, dict[str, Any]]]:
        """Return name and content of each row about a person; each is asked for once."""
        expected = self._index.rows.get(hash(number), 0)
        found: list[tuple[str, dict[str, Any]]] = []
        for name, packed in self._waiting.pop(number, ()):
            self._waiting_bytes -= len(packed) + _WAITING_OVERHEAD_BYTES
            found.append((name, json.loads(zlib.decompress(packed))))
        while len(found) < expected:
            part = next(self._parts, None)
            if part is None:
                break
            theirs = _number(part)
            if theirs == number:
                found.append((part.path[-1], _content(part)))
            else:
                self._set_aside(part, theirs)
        return sorted(found, key=_name)

    def finish(self) -> None:
        """Read on to the end: what is left is about nobody."""
        for part in self._parts:
            self._set_aside(part, _number(part))

    def _set_aside(self, part: Element, number: str | None) -> None:
        if number is None:
            self.strays.append(Refused(part.line, "key.missing", f"A {part.path[-1]} names no customer number."))
        elif hash(number) not in self._index.persons:
            self.strays.append(Refused(part.line, "person.missing", f"A {part.path[-1]} is about nobody in the file."))
        else:
            packed = zlib.compress(json.dumps(_content(part)).encode(), 1)
            self._waiting.setdefault(number, []).append((part.path[-1], packed))
            self._waiting_bytes += len(packed) + _WAITING_OVERHEAD_BYTES
        if self._waiting_bytes > _WAITING_BYTES:
            raise RefusedFileError(
                "Persons and their qualifications come in too different an order; sort both modules by number.",
                line=part.line,
                code="xsozial.order",
            )


def _index(file: BinaryIO, sending: Sending) -> _Index:
    """Read a file to its end and see that it is whole.

    Raises:
        RefusedFileError: as for parts; of several senders, with a number twice, or a test file where real data is.
    """
    index = _Index(sending)
    for part in parts(file):
        sending.look_at(part.line, is_test=any(map(is_test, (part.content, *part.above))))
        if part.path[-1] in {monthly.DELIVERY, DELIVERIES}:
            continue
        if monthly.DELIVERY not in part.path:
            raise RefusedFileError("This is no delivery that an office sends.", line=part.line, code="xml.unknown")
        if part.path[-2] == monthly.MODULE:
            index.filled = _delivery(part)
            _note(index, part)
        else:
            _around(index, part)
    return index


def _note(index: _Index, part: Element) -> None:
    number = _number(part)
    if number is None:
        index.unnumbered += 1
        return
    if _is_about(part):
        index.rows[hash(number)] = index.rows.get(hash(number), 0) + 1
    seen = index.named if _is_about(part) else index.persons
    what = hash((number, part.path[-1])) if _is_about(part) else hash(number)
    if what in seen:
        raise RefusedFileError(
            f"A customer number has two elements {part.path[-1]}.", line=part.line, code="key.duplicate"
        )
    seen.add(what)


def _around(index: _Index, part: Element) -> None:
    """Look at what stands in a delivery beside its modules: it comes before them, and names one sender in the file."""
    if index.filled is _delivery(part):
        raise RefusedFileError(
            f"{part.path[-1]} stands behind a module; what is about the whole delivery comes before.",
            line=part.line,
            code="xsozial.order",
        )
    named = part.content.get("Traegernummer") if part.path[-1] == monthly.SENDER else None
    index.sending.look_at(part.line, sender=named if isinstance(named, str) else None)


def _is_about(part: Element) -> bool:
    """Say whether a record is a row of a module about a person, and not the person."""
    return len(part.path) > 2 and part.path[-2] == monthly.MODULE and part.path[-1] != monthly.PERSON


def _number(part: Element) -> str | None:
    number = part.content.get(monthly.NUMBER if part.path[-1] == monthly.PERSON else monthly.ABOUT)
    text = number.get("#text") if isinstance(number, dict) else number
    return text.strip() or None if isinstance(text, str) else None


def _delivery(part: Element) -> dict[str, str]:
    """Return the attributes of the delivery a record is in."""
    return part.above[part.path.index(monthly.DELIVERY)]


def _content(part: Element) -> dict[str, Any]:
    """Return what a record says, and in it what its module says beside its name."""
    content = dict(part.content)
    beyond = {name: said for name, said in part.above[-1].items() if name not in monthly.MODULE_NAMES}
    if beyond:
        add_at(content, (monthly.MODULE,), beyond)
    return content


def _name(row: tuple[str, dict[str, Any]]) -> str:
    return row[0]
