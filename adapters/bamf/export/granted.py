"""What other sources stated and the agency may use: in the fields of its format as far as they go, with the source.

It stands in an element of a namespace of ours that our reader steps over: importing an export never makes it the
agency's own. Beside the format's fields stands the whole statement in our words, because those fields say less.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lxml import etree

from adapters.bamf.codes import LEAVINGS, OTHER_SCHOOL, language_code
from adapters.bamf.export import fragments
from adapters.bamf.extras import ESCAPED, escape
from adapters.bamf.reading import GRANTED, ITEMS
from adapters.translation.statements import bare
from adapters.translation.xml import built
from schemas.vocabularies.countries import destatis_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from adapters.bamf.export.fragments import Content, Entry
    from adapters.contract import Share

#: Levels of a language as the register's grades: one way, and with a loss; a grade never becomes a level.
_GRADES = {"A1": "01", "A2": "01", "B1": "02", "B2": "02", "C1": "03", "C2": "03", "native": "04"}
#: States of a procedure as the register's codes; a state that is not here has none: "unclear" is not "no application",
#: and the two kinds of "not recognised" say whether the occupation is regulated, which others may not have said.
_STATES = {
    "unclear": "01", "applied": "06", "receipt-confirmed": "06", "documents-missing": "06",
    "in-assessment": "06", "qualification-analysis": "06", "full": "02", "partial": "03",
    "rejected-regulated": "04", "rejected-unregulated": "05",
}  # fmt: skip
_LEAVING_CODES = {ours: theirs for theirs, (ours, _) in LEAVINGS.items()}


def granted_element(granted: Sequence[Entry], namespace_of: Callable[[tuple[str, ...]], str]) -> etree._Element:
    """Return all that others stated of one person."""
    element = etree.Element(f"{{{GRANTED}}}freigaben", nsmap={"frei": GRANTED})
    for entry in granted:
        element.append(_stated(entry, namespace_of, name="angabe"))
    return element


def person_element(share: Share, namespace_of: Callable[[tuple[str, ...]], str]) -> etree._Element:
    """Return a person the agency has no number of, with what it stated itself and what others did."""
    element = etree.Element(f"{{{GRANTED}}}person", nsmap={"frei": GRANTED})
    if share.appearance:
        element.set("eintrag", share.appearance)
    for entry in share.own:
        element.append(_stated(entry, namespace_of, name="eigene"))
    if share.granted:
        element.append(granted_element(share.granted, namespace_of))
    return element


def _stated(entry: Entry, namespace_of: Callable[[tuple[str, ...]], str], *, name: str) -> etree._Element:
    element = etree.Element(f"{{{GRANTED}}}{name}")
    for attribute, field in (("art", "kind"), ("quelle", "source"), ("erfasst", "recorded_at")):
        if entry.get(field):
            element.set(attribute, str(entry[field]))
    for content_name, content in _native(entry):
        try:
            element.append(built((content_name,), content, namespace_of))
        except ValueError:
            continue  # a letter that XML has no place for: the statement beside it holds it in another form
    words = etree.SubElement(element, f"{{{GRANTED}}}wortlaut")
    words.text = ESCAPED.sub(escape, json.dumps(bare(entry), ensure_ascii=False, separators=(",", ":")))
    return element


def _native(entry: Entry) -> list[tuple[str, Content]]:
    """Return the elements of the format that say some of a statement."""
    kind = entry["kind"]
    basics = fragments.person(entry, is_course=False)
    if basics is not None:
        return [("grundpersonalien", basics)]
    if kind == "recognition.procedure":
        state = _STATES.get(entry["value"]["state"])
        return [(ITEMS, {"anerkennung": fragments.code(state)} | _about(entry["value"]))] if state else []
    if kind == "languages.language":
        return _language(entry)
    if kind == "pathway.course":
        course = fragments.course(entry, [])
        return [("kursanmeldedaten", course)] if course else []
    return [(ITEMS, _item(entry))] if kind in fragments.ARTS else []


def _item(entry: Entry) -> Content:
    content = fragments.item(entry, None) | _about(entry["value"])
    content.pop("referenz.id", None)  # another source's own, and none of the register
    if entry["kind"] == "education.school" and "schulart" not in content:
        content |= _school(entry["value"])
    return content


def _school(value: Mapping[str, Any]) -> Content:
    leaving = _LEAVING_CODES.get(value.get("german_leaving", ""))
    content = {"schulabschluss": fragments.code(leaving)} if leaving else {}
    is_foreign = value.get("country", "DE") != "DE"
    return content | ({"schulart": fragments.code(OTHER_SCHOOL)} if is_foreign else {})


def _language(entry: Entry) -> list[tuple[str, Content]]:
    value = entry["value"]
    language = language_code(value["language"]) if value["language"] else None
    if language is None:
        return []
    grade = _grade(value)
    content = {
        "arbeitsvermittlungsdatenArt": fragments.code(fragments.ARTS[entry["kind"]]),
        "sprache": fragments.code(language),
    }
    return [(ITEMS, content | ({"gradDerSprachkenntnis": fragments.code(grade)} if grade else {}))]


def _grade(value: Mapping[str, Any]) -> str | None:
    """Return the register's grade of a language as a whole: as reported, else of its level, else of a certificate."""
    overall = [level for level in value["levels"] if level["skill"] == "overall"]
    for level in overall:
        if level["scale"] == "azr-grade":
            return str(level["code"])
    if any(level["code"] == "native" for level in overall):
        return _GRADES["native"]
    tested = [result for one in value["certificates"] for result in one["results"] if result["skill"] == "overall"]
    levels = [level["cefr"] for level in overall if level["cefr"]] or [one["cefr"] for one in tested if one["cefr"]]
    return _GRADES[max(levels)] if levels else None


def _about(value: Mapping[str, Any]) -> Content:
    occupation = value.get("occupation", {})
    kldb = occupation.get("kldb") or occupation.get("dkz", "")[:5]
    state = destatis_of(value.get("country", ""))
    content = {"beruf": fragments.code(kldb)} if kldb else {}
    return content | ({"staat": {"staat": fragments.code(state)}} if state else {})
