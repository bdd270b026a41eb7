"""The agency's own statements as one message, so that reading it gives the same statements again.

Whatever is put into the format's own elements is read back before it is written; what does not come back as it was,
or has no element, is written in our words beside it (adapters.bamf.extras).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.bamf.export import fragments
from adapters.bamf.extras import OWN_STATEMENT, written_statement
from adapters.bamf.reading import ITEMS, Message, Style
from adapters.bamf.records import COURSE_NUMBER, COURSE_PERSON, REGISTER_NUMBER, REGISTER_PERSON, record_of
from adapters.contract import Record
from adapters.translation.leftovers import Document
from adapters.translation.statements import UNMAPPED, bare, copied, nested, plant, steps_of
from schemas.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.bamf.export.fragments import Content, Entry

#: What XML 1.0 has no character for.
_NO_XML = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]")
#: What an element, an attribute or a text beside them is called in a document.
_NAME = re.compile(r"@?[^\W\d][\w.-]*|#text")
#: Elements that stand once and hold others; every other one is repeated.
_OBJECTS = frozenset({*COURSE_PERSON, *REGISTER_PERSON})
_NUMBERS = (("identifiers.azr", Style.ANSWER), ("identifiers.bamf", Style.COURSES))


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a message and the entries it states."""

    content: Content
    entries: tuple[Entry, ...]


def own_message(own: Sequence[Entry]) -> tuple[Style, Content] | None:
    """Return one message that states what an agency stated itself; None where no number says whom it is about."""
    found = _number(own)
    if found is None:
        return None
    style, number = found
    stated = Counter(map(_words, own))
    base = nested(COURSE_NUMBER if style is Style.COURSES else REGISTER_NUMBER, number["value"]["number"])
    for content in _drafts(own, style, base):
        said = _said(style, content)
        if said is None:
            continue
        rest = [entry for entry in own if not _took(said, _words(entry))]
        whole = content | ({OWN_STATEMENT: [written_statement(entry) for entry in rest]} if rest else {})
        if _said(style, whole) == stated:
            return style, whole
    return style, base | {OWN_STATEMENT: [written_statement(entry) for entry in own]}


def _number(own: Sequence[Entry]) -> tuple[Style, Entry] | None:
    """Return the number a message is found by: one the agency's own system reported before one put down by hand."""
    known = [(style, entry) for kind, style in _NUMBERS for entry in own if entry["kind"] == kind]
    reported = [(style, entry) for style, entry in known if entry.get("evidence") == {"type": "register"}]
    return next(iter(reported + known), None)


def _drafts(own: Sequence[Entry], style: Style, base: Content) -> Iterator[Content]:
    """Yield the message with all in it that has a place, then without what no mapping took, then the number alone."""
    left = [entry for entry in own if entry["kind"] == UNMAPPED]
    content: Content = copied(base)
    for part in _parts(own, left, style=style):
        if _said(style, _merged(copied(base), part.content)) == Counter(map(_words, part.entries)) + _alone(
            style, base
        ):
            content = _merged(content, part.content)
    full = copied(content)
    for entry in left:
        _plant(full, entry)
    shallow = copied(content)
    for entry in left:
        if len(steps_of(entry["value"]["path"])) == 1:
            _plant(shallow, entry)
    yield from (full, shallow, content, base)


def _parts(own: Sequence[Entry], left: Sequence[Entry], *, style: Style) -> Iterator[_Part]:
    is_course = style is Style.COURSES
    has_name = False
    for entry in own:
        basics = fragments.person(entry, is_course=is_course)
        is_name = entry["kind"] == "identity.name" and entry["value"]["form"] == "current"
        if basics is not None and not (is_name and has_name):
            has_name = has_name or is_name
            yield _Part(nested(COURSE_PERSON if is_course else REGISTER_PERSON, basics), (entry,))
    yield from _courses(own) if is_course else _items(own, left)


def _items(own: Sequence[Entry], left: Sequence[Entry]) -> Iterator[_Part]:
    procedures = [entry for entry in own if entry["kind"] == "recognition.procedure"]
    for entry in own:
        if entry["kind"] not in fragments.ARTS:
            continue
        same = next((one for one in procedures if _is_about(one, entry)), None)
        if same:
            procedures.remove(same)
        entries = (entry, same) if same else (entry,)
        content = fragments.item(entry, same)
        rest = [one for one in left if entry.get("reference") and one.get("reference") == entry["reference"]]
        with_rest = copied(content)
        is_planted = all(_plant(with_rest, one, above=2) for one in rest)
        if is_planted and rest and _said(Style.ANSWER, _item_alone(with_rest)) == _expected((*entries, *rest)):
            yield _Part({ITEMS: [with_rest]}, (*entries, *rest))
        else:
            yield _Part({ITEMS: [content]}, entries)


def _is_about(procedure: Entry, entry: Entry) -> bool:
    """Say whether a statement about recognition came with this item."""
    same = all(procedure["value"].get(name) == entry["value"].get(name) for name in ("country",))
    about = {one["code"] for one in procedure["value"].get("reported", ()) if one["scheme"] == "azr-art"}
    return (
        same
        and procedure.get("reference") == entry.get("reference")
        and about == {fragments.ARTS[entry["kind"]]}
        and procedure["value"].get("occupation") == entry["value"].get("occupation")
    )


def _courses(own: Sequence[Entry]) -> Iterator[_Part]:
    courses = [entry for entry in own if entry["kind"] == "pathway.course"]
    tests = [entry for entry in own if entry["kind"] == "pathway.placement-test"]
    for entry in courses:
        sections = fragments.course_sections(entry)
        if sections and len(courses) > 1:
            continue  # read again they would belong to nothing
        content = {"kursabschnittsdaten": sections if len(sections) > 1 else sections[0]} if sections else {}
        yield _Part({"kursanmeldedaten": fragments.course(entry, tests)} | content, (entry, *tests))
        tests = []
    for entry in own:
        if entry["kind"] == "languages.language" and entry["value"]["certificates"]:
            found = [fragments.final_test(one) for one in entry["value"]["certificates"]]
            yield _Part({"datenAbschlusstestSprache": found if len(found) > 1 else found[0]}, (entry,))
            return


def _item_alone(content: Content) -> Content:
    return {**nested(REGISTER_NUMBER, "0"), ITEMS: [content]}


def _expected(entries: Sequence[Entry]) -> Counter[bytes]:
    return Counter(map(_words, entries)) + _alone(Style.ANSWER, nested(REGISTER_NUMBER, "0"))


def _alone(style: Style, base: Content) -> Counter[bytes]:
    return _said(style, base) or Counter()


def _said(style: Style, content: Content) -> Counter[bytes] | None:
    """Return what reading a message would state; None where it could not be written or would be refused."""
    if _NO_XML.search(canonical(content).decode()):
        return None
    record = record_of(Message(0, style, Document(copied(content))))
    return Counter(map(_words, record.entries)) if isinstance(record, Record) else None


def _words(entry: Entry) -> bytes:
    return canonical(bare(entry))


def _took(said: Counter[bytes], words: bytes) -> bool:
    if said[words]:
        said[words] -= 1
        return True
    return False


def _plant(content: Content, entry: Entry, *, above: int = 0) -> bool:
    """Put what no mapping took where it stood, if XML can hold it there; say whether it could.

    Args:
        above: how many steps of its path lead to this content.
    """
    steps, value = steps_of(entry["value"]["path"])[above:], entry["value"]["content"]
    is_sound = all(map(_NAME.fullmatch, steps)) and _is_xml(value)
    return is_sound and plant(content, steps, value, parts_texts=True)


def _is_xml(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Say whether a value would be read again as it is written: no empty object, no list of one, only trimmed texts."""
    if isinstance(value, dict):
        return bool(value) and all(_NAME.fullmatch(name) and _is_xml(below) for name, below in value.items())
    if isinstance(value, list):
        return len(value) > 1 and all(not isinstance(below, list) and _is_xml(below) for below in value)
    return isinstance(value, str) and value == value.strip()


def _merged(content: Content, more: Mapping[str, Any]) -> Content:
    """Put a part into a message; what stands there already becomes a list with it."""
    for name, value in more.items():
        held = content.get(name)
        if held is None:
            content[name] = value
        elif isinstance(held, dict) and isinstance(value, dict) and name in _OBJECTS:
            _merged(held, value)
        else:
            content[name] = [*_as_list(held), *_as_list(value)]
    return content


def _as_list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else [value]
