"""What an agency may have, as files of its own three styles: xsozial.xml, persons.csv and berd.xml.

A person is written in the style her numbers came from, which their evidence names; who has none of them, in the CSV.
What others said stands beside it, in the same fields as far as these can say it and whole as JSON: in XML in elements
of a namespace of its own, in the CSV as rows with a source. Our reader steps over it: it never becomes the agency's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree

from adapters.contract import Piece
from adapters.jobcenter.composing import Composed, composed, shown
from adapters.jobcenter.envelopes import BESIDE, DELIVERIES, FOREIGN, MESSAGES, OURS
from adapters.jobcenter.slots.fields import TEXT
from adapters.jobcenter.slots.person import field_of
from adapters.jobcenter.styles import casework, entitlement, monthly
from adapters.jobcenter.styles.rows import line_of
from adapters.translation.statements import bare
from adapters.translation.xml import built, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from adapters.contract import Office, Share
    from adapters.jobcenter.slots.fields import Content
    from adapters.jobcenter.styles.layout import Layout

_DELIVERIES_FILE, _ROWS_FILE, _MESSAGES_FILE = "xsozial.xml", "persons.csv", "berd.xml"
#: Persons in one delivery of an export.
_TOGETHER = 200
_PART_CHARACTERS = 8000
_FOREIGN, _STATEMENTS = "EinmalFremdangaben", "Angaben"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: The field of each style that a person must have to be written in it.
_NEEDED = {"xsozial:Kundennummer": monthly.LAYOUT, "berd:kundennummer": entitlement.LAYOUT}

# else lxml makes up prefixes, and people read these files too
etree.register_namespace("xsozial", monthly.NAMESPACE)
etree.register_namespace("xauslaender", entitlement.NAMESPACE)
etree.register_namespace("einmal", OURS)
etree.register_namespace("fremd", FOREIGN)


def write(shares: Iterable[Share], office: Office, *, at: str) -> Iterator[Piece]:
    """Write the files; see AgencyAdapter."""
    rows, messages, deliveries = _Rows(office), _Messages(), _Deliveries(at)
    for share in shares:
        layout = _layout(share)
        if layout is monthly.LAYOUT:
            yield from deliveries.add(share)
        elif layout is entitlement.LAYOUT:
            yield from messages.add(share)
        else:
            yield from rows.add(share)
    yield from deliveries.end()
    yield from messages.end()


def _layout(share: Share) -> Layout:
    fields = {field_of(entry) for entry in share.own if entry["kind"].startswith("identifiers.")}
    return next((layout for needed, layout in _NEEDED.items() if needed in fields), casework.LAYOUT)


@dataclass(slots=True)
class _Rows:
    """The CSV of the case-work system."""

    office: Office
    has_begun: bool = False

    def add(self, share: Share) -> Iterator[Piece]:
        """Write the row of a person, and one of each source that said something about her."""
        if not self.has_begun:
            self.has_begun = True
            yield _piece_of_row(list(_ALL))
        own: Mapping[str, str] = {}
        if share.own:
            has_number = any(field_of(entry) in {"csv:KdNr", "csv:AktZ"} for entry in share.own)
            number = None if has_number else share.appearance
            made = composed(casework.LAYOUT, share.own, number)
            own = made.content.get(casework.ROOT) or {}
            ours = {casework.ANGABEN: made.beside or "", casework.KENNUNG: number or ""}
            yield _piece_of_row([{**own, **ours}.get(column, "") for column in _ALL])
        for source, entries in _by_source(share):
            cells = {"Traeger": self.office.number or "", "KdNr": own.get("KdNr", "")}
            cells |= shown(casework.LAYOUT, entries).get(casework.ROOT) or {}
            ours = {casework.ANGABEN: _json(entries), casework.KENNUNG: share.appearance, casework.QUELLE: source}
            yield _piece_of_row([{**cells, **ours}.get(column, "") for column in _ALL])


_ALL = (*casework.COLUMNS, casework.TEST_MARK, *casework.OURS)


@dataclass(slots=True)
class _Messages:
    """Entitlements, one message a person."""

    has_begun: bool = False

    def add(self, share: Share) -> Iterator[Piece]:
        """Write the message about a person."""
        if not self.has_begun:
            self.has_begun = True
            yield _piece(_MESSAGES_FILE, f"{_DECLARATION}<{MESSAGES}>\n")
        made = composed(entitlement.LAYOUT, share.own)
        content = made.content | _beside(made) | _foreign(entitlement.LAYOUT, share)
        path = (MESSAGES, entitlement.MESSAGE)
        yield Piece(_MESSAGES_FILE, written(built(path, content, _namespace(entitlement.namespace_of))) + b"\n")

    def end(self) -> Iterator[Piece]:
        """End the file, if there is one."""
        if self.has_begun:
            yield _piece(_MESSAGES_FILE, f"</{MESSAGES}>\n")


@dataclass(slots=True)
class _Deliveries:
    """Monthly deliveries: persons of one header together, so that each stands near her qualification."""

    at: str
    has_begun: bool = False
    header: Content = field(default_factory=dict)
    persons: list[Content] = field(default_factory=list)
    qualifications: list[Content] = field(default_factory=list)

    def add(self, share: Share) -> Iterator[Piece]:
        """Keep a person until her delivery is full; begin another where month, sender or mark differ."""
        made = composed(monthly.LAYOUT, share.own)
        content = dict(made.content)
        person = _object(content.pop(monthly.PERSON, {}))
        qualification = _object(content.pop(monthly.QUALIFICATION, {}))
        if self.persons and (content != self.header or len(self.persons) == _TOGETHER):
            yield from self._flush()
        self.header = content
        self.persons.append(person | _beside(made) | _foreign(monthly.LAYOUT, share))
        if qualification:
            number = person[monthly.NUMBER]
            about = number[TEXT] if isinstance(number, dict) else number
            self.qualifications.append({monthly.ABOUT: about} | qualification)

    def end(self) -> Iterator[Piece]:
        """Write the last delivery and end the file, if there is one."""
        if self.persons:
            yield from self._flush()
        if self.has_begun:
            yield _piece(_DELIVERIES_FILE, f"</{DELIVERIES}>\n")

    def _flush(self) -> Iterator[Piece]:
        if not self.has_begun:
            self.has_begun = True
            head = f'{_DECLARATION}<{DELIVERIES} xmlns="{OURS}" ausgegeben="{self.at}">\n'
            yield _piece(_DELIVERIES_FILE, head)
        modules: list[Content] = [{"@nr": "P", "@bezeichnung": "Person", monthly.PERSON: self.persons}]
        if self.qualifications:
            rows = {"@nr": "Q", "@bezeichnung": "Qualifikation und Vermittlung"}
            modules.append(rows | {monthly.QUALIFICATION: self.qualifications})
        path = (DELIVERIES, monthly.DELIVERY)
        element = built(path, self.header | {monthly.MODULE: modules}, _namespace(_monthly_namespace))
        yield Piece(_DELIVERIES_FILE, written(element) + b"\n")
        self.persons, self.qualifications = [], []


def _namespace(of_style: Callable[[tuple[str, ...]], str]) -> Callable[[tuple[str, ...]], str]:
    """Return what gives our own elements their namespaces, and the style's elements theirs."""
    return lambda path: _OWN_NAMESPACES.get(path[-1]) or of_style(path)


_OWN_NAMESPACES = {BESIDE: OURS, _FOREIGN: FOREIGN, _STATEMENTS: FOREIGN}


def _monthly_namespace(_: tuple[str, ...]) -> str:
    return monthly.NAMESPACE


def _beside(made: Composed) -> Content:
    """Return own entries without a field, cut into parts between bars."""
    if made.beside is None:
        return {}
    cuts = range(0, len(made.beside), _PART_CHARACTERS)
    return {BESIDE: [f"|{made.beside[at : at + _PART_CHARACTERS]}|" for at in cuts]}


def _foreign(layout: Layout, share: Share) -> Content:
    """Return what others said: an element per source with the fields it can be said in, and all of it as JSON."""
    listed = [
        {"@quelle": source} | shown(layout, entries) | {_STATEMENTS: _json(entries)}
        for source, entries in _by_source(share)
    ]
    return {_FOREIGN: listed} if listed else {}


def _by_source(share: Share) -> list[tuple[str, list[Mapping[str, Any]]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in share.granted:
        found.setdefault(str(entry.get("source", "")) or "unbekannt", []).append(entry)
    return list(found.items())


def _object(content: object) -> Content:
    return content if isinstance(content, dict) else {}


def _json(entries: Iterable[Mapping[str, Any]]) -> str:
    """Return entries with who said them and when, without the names of the registry for them and for officers."""
    said = [bare(entry, "source", "recorded_at") for entry in entries]
    return json.dumps(said, separators=(",", ":"), default=str)


def _piece_of_row(cells: list[str]) -> Piece:
    return Piece(_ROWS_FILE, line_of(cells).encode(casework.ENCODING))


def _piece(name: str, text: str) -> Piece:
    return Piece(name, text.encode())
