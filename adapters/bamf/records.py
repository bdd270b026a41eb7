"""One message as a record: whose it is, what it states, what it says has changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from adapters.bamf import parts
from adapters.bamf.codes import CHANGES
from adapters.bamf.courses import course_entries
from adapters.bamf.extras import own_extras
from adapters.bamf.items import Item, item_entries, item_of
from adapters.bamf.persons import person_entries
from adapters.bamf.reading import ITEMS, Message, Style
from adapters.contract import Change, Record, Refused, Unmapped
from adapters.translation.leftovers import Document, leftovers
from adapters.translation.screening.judging import Judged, judged
from schemas.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.bamf.parts import Leaf

#: Counts up when this package starts to say more or something else of the same message.
_MAPPING_VERSION = 3
#: Where the new state of an item stands in a report.
NEW = "arbeitsvermittlungsdaten.fachdaten.neu"
REGISTER_PERSON, COURSE_PERSON = ("grundpersonalien",), ("identifikation", "personalien")
REGISTER_NUMBER, COURSE_NUMBER = ("azrNummer",), ("identifikation", "bamfkennziffer")
WRITTEN_AT = ("nachrichtenkopf.g2g", "identifikation.nachricht", "erstellungszeitpunkt")
_NUMBER_CHARACTERS = 60
_NO_REFERENCE = "A change does not say by referenz.id which statement it changes."


@dataclass(slots=True)
class _Items:
    """What the items of a message became."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    known: dict[int, Item] = field(default_factory=dict)  #: by their index


def record_of(message: Message) -> Record | Refused:
    """Translate a message; refuse one of unknown kind, without a number, or with a reference that says too little."""
    document = message.document
    number = _number(message)
    if message.style is None:
        return Refused(message.line, "message.unknown", "The message is of a kind nobody knows here.")
    if number is None:
        return Refused(message.line, "key.missing", "Neither azrNummer nor bamfkennziffer: nobody can be found by it.")
    is_course = message.style is Style.COURSES
    key, kind = (f"bamf:{number.text}", "identifiers.bamf") if is_course else (f"azr:{number.text}", "identifiers.azr")
    items = _Items() if is_course else _changed(document) if message.style is Style.REPORT else _stated(document)
    if isinstance(items, str):
        return Refused(message.line, "reference.missing" if items == _NO_REFERENCE else "reference.twice", items)
    document.take(number.path)
    entries: list[dict[str, Any]] = [{"kind": kind, "value": {"number": number.text}, "evidence": {"type": "register"}}]
    entries += person_entries(document, COURSE_PERSON if is_course else REGISTER_PERSON)
    entries += course_entries(document) if is_course else items.entries
    if message.style is not Style.REPORT:  # there they would restate, and so end, whatever is of their kind
        extras = own_extras(document)
        if any(extra["kind"] == kind and extra["value"] == entries[0]["value"] for extra in extras):
            entries.pop(0)  # the same number, with what it rests on
        entries += extras
    rest = leftovers(document)
    entries += _unmapped(rest.entries, items.known, is_report=message.style is Style.REPORT)
    made = judged(entries, document.content)
    return _held(message, key, made, changes=items.changes, report=(*rest.report, *message.dropped))


def _held(message: Message, key: str, made: Judged, *, changes: Iterable[Change], report: Iterable[Unmapped]) -> Record:
    """Return the record without what its texts tell and may not; what is dropped leaves no trace in its digest."""
    content = message.document.content
    told = [(change, judged(change.entries, content)) for change in changes]
    held = tuple(replace(change, entries=one.entries) for change, one in told)
    if any(one.dropped for _, one in told):
        made = replace(made, dropped=(*made.dropped, *(gone for _, one in told for gone in one.dropped)))
    words: object = made.fingerprinted(content)
    if made.dropped:
        words = [words, [[change.act, change.reference, list(change.entries)] for change in held]]
    digest = hashlib.sha256(canonical([_MAPPING_VERSION, message.style.value if message.style else "", words])).digest()
    stated_at = message.document.text(WRITTEN_AT)
    return Record(key, message.line, digest, made.entries, made.report(report), held, stated_at)


def _number(message: Message) -> Leaf | None:
    path = COURSE_NUMBER if message.style is Style.COURSES else REGISTER_NUMBER
    return parts.leaf(message.document, path, limit=_NUMBER_CHARACTERS)


def _stated(document: Document) -> _Items | str:
    """Take the items of an answer: all that the register knows."""
    items, references = _Items(), set()
    for index in range(len(document.at((ITEMS,)) or ())):
        item = item_of(document, (ITEMS, index))
        if item.reference in references:
            return "Two items have the same referenz.id."
        references |= {item.reference} - {None}
        items.known[index] = item
        items.entries += item_entries(document, item)
    return items


def _changed(document: Document) -> _Items | str:
    """Take the items of a report; a deleted one stays visible in what is unmapped: it may be one we never had."""
    items = _Items()
    for index in range(len(document.at((ITEMS,)) or ())):
        place = (ITEMS, index)
        item = item_of(document, (*place, NEW), place)
        items.known[index] = item
        code = parts.code(document, (*place, "aenderungsArt"))
        act = CHANGES.get(code.text) if code else None
        if code is None or act is None:
            continue  # what nobody understands changes nothing, and is kept as it came
        if act != "add" and item.reference is None:
            return _NO_REFERENCE
        stated = [] if act in {"delete", "retract"} else item_entries(document, item)
        if stated:
            document.take(code.path)
        items.changes.append(Change(act, item.reference, tuple(stated)))
    if not items.changes:
        # a record without changes would be the whole present view, and end everything that stands
        items.changes.append(Change("add", None))
    return items


def _unmapped(rest: Sequence[dict[str, Any]], items: dict[int, Item], *, is_report: bool) -> list[dict[str, Any]]:
    """Give what is left of an item its day of deletion, and in an answer its reference.

    By its reference it is the same in the next answer, where the item may stand elsewhere; so its path names no index.
    What is left of a report carries none: a change of the same report would end it at once. It stands beside what is
    left of the reports before, until the next answer.
    """
    found = []
    for entry in rest:
        steps = entry["value"]["path"].split("/", 3)
        item = items.get(int(steps[2])) if len(steps) > 2 and steps[1] == ITEMS and steps[2].isdigit() else None
        if item is None:
            found.append(entry)
        elif is_report or item.reference is None:
            found.append(entry | ({"delete_on": item.delete_on} if item.delete_on else {}))
        else:
            path = "/".join(["", ITEMS, "*", *steps[3:]])
            found.append({"kind": entry["kind"], "value": entry["value"] | {"path": path}} | item.marks())
    return found
