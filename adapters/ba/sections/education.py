"""Schooling, studies and training, and what BA notes about their recognition in Germany."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.ba.sections.said import (
    SELF_REPORT,
    Part,
    Said,
    country_at,
    country_code,
    occupation_at,
    occupation_item,
    reported_at,
    said,
)
from adapters.translation.codes import reported as as_reported
from adapters.translation.codes import reported_code
from adapters.translation.places import Place, filled, items

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.translation.leftovers import Document

_KINDS = {
    "SCHULE": "education.school",
    "STUDIUM": "education.university",
    "BERUFSAUSBILDUNG": "education.vocational",
    "WEITERBILDUNG": "education.further",
}
_KIND_CODES = {ours: theirs for theirs, ours in _KINDS.items()}
#: BA's word for a German school leaving -> ours, and its ISCED level (Germany's ISCED mapping, UNESCO-UIS).
_LEAVINGS = {
    "OHNE": ("none", None),
    "FOERDERSCHULABSCHLUSS": ("special-school", None),
    "HAUPTSCHULABSCHLUSS": ("lower", "2"),
    "QUALIFIZIERENDER_HAUPTSCHULABSCHLUSS": ("lower-extended", "2"),
    "MITTLERE_REIFE": ("middle", "2"),
    "FACHHOCHSCHULREIFE": ("applied", "3"),
    "FACHGEBUNDENE_HOCHSCHULREIFE": ("subject-bound", "3"),
    "HOCHSCHULREIFE": ("general", "3"),
}
#: A diploma or state examination can stand for several levels.
_DEGREES = {
    "OHNE": ("none", None),
    "BACHELOR": ("bachelor", "6"),
    "MASTER": ("master", "7"),
    "PROMOTION": ("doctorate", "8"),
    "STAATSEXAMEN": ("state-exam", None),
    "DIPLOM": ("other", None),
}
_WITHOUT = frozenset({"OHNE", "KEIN_ABSCHLUSS"})
_RATINGS = {"H+": "H+", "H+/-": "H+/-", "H-": "H-"}
_STATES = {"JA": "full", "NEIN": "not-recognised", "IN_PRUEFUNG": "in-assessment", "NICHT_BEKANNT": "unclear"}
_YES_NO = {"JA": True, "NEIN": False}
_ZAB = "ZAB"


def said_of_education(document: Document) -> Iterator[Said]:
    """Yield each education, what is noted about its recognition, and its statement of comparability."""
    for place in items(document, "ausbildungen"):
        kind = place.coded(_KINDS, "art")
        value = _value(place, kind) if kind else {}
        if not kind or not value.keys() & {"as_said", "institution", "occupation", "reported"}:
            continue
        yield said(place, kind, value, evidence=SELF_REPORT)
        yield from _recognition(place, value)
        yield from _comparability(place, value)


def part_of_education(kind: str, value: Mapping[str, Any], beside: Mapping[str, str]) -> Part:
    """Return how BA would write an education.

    Args:
        beside: day of the statement of comparability of each subject that has one; BA writes it with the studies.
    """
    title = value.get("as_said")
    leaving = value.get("german_leaving") or value.get("degree")
    codes = {ours: code for table in (_LEAVINGS, _DEGREES) for code, (ours, _) in table.items()}
    recognised = next((code for code, is_so in _YES_NO.items() if is_so is value.get("recognised_in_germany")), None)
    item = filled(
        art=_KIND_CODES[kind],
        **(occupation_item(value.get("occupation", {})) | filled(bezeichnung=title)),
        von=value.get("start"),
        bis=value.get("end"),
        land=country_code(value),
        abschluss=reported_code(value, "ba-abschluss") or codes.get(leaving or ""),
        hochschule=value.get("institution") if kind == "education.university" else None,
        anabin=value.get("anabin"),
        zabZeugnisbewertung=beside.get(title or ""),
        inDeutschlandAnerkannt=reported_code(value, "ba-anerkennung") or recognised,
    )
    return {"ausbildungen": [item]}


def zab_subject(kind: str, value: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return subject and day of a statement of comparability as BA notes one, None for any other entry."""
    is_one = kind == "recognition.comparability" and value.keys() == {"subject", "issuer", "date"}
    return (value["subject"], value["date"]) if is_one and value["issuer"] == _ZAB else None


def _value(place: Place, kind: str) -> dict[str, Any]:
    reported = reported_at(place, ba_abschluss="abschluss", ba_anerkennung="inDeutschlandAnerkannt")
    codes = {one["scheme"]: one["code"] for one in reported}
    leaving, recognised = codes.get("ba-abschluss", ""), _YES_NO.get(codes.get("ba-anerkennung", ""))
    country = country_at(place, "land")
    value = filled(
        as_said=place.text("bezeichnung"),
        country=country,
        completion=_completion(leaving),
        recognised_in_germany=recognised,
        reported=reported,
        **place.span("von", "bis"),
    )
    match kind:
        case "education.school" if country == "DE" or recognised:
            # only there BA's word for a leaving is the German leaving itself and not a comparison
            german, level = _LEAVINGS.get(leaving, (None, None))
            value |= filled(german_leaving=german, isced_level=level)
        case "education.university":
            degree, level = _DEGREES.get(leaving, (None, None))
            value |= filled(
                degree=degree,
                isced_level=level,
                institution=place.text("hochschule"),
                anabin=place.coded(_RATINGS, "anabin"),
            )
        case "education.vocational":
            value |= _occupation(place) | filled(has_qualification=False if leaving in _WITHOUT else None)
    return value


def _occupation(place: Place) -> dict[str, Any]:
    occupation = occupation_at(place, "bezeichnung")
    return {"occupation": occupation} if "dkz" in occupation or "kldb" in occupation else {}


def _completion(leaving: str) -> str | None:
    if leaving in _WITHOUT:
        return "left-without"
    return "completed" if leaving in _LEAVINGS or leaving in _DEGREES else None


def _recognition(place: Place, value: Mapping[str, Any]) -> Iterator[Said]:
    code = reported_code(value, "ba-anerkennung")
    state = _STATES.get(code or "")
    if code and state and value.get("country") != "DE":  # what was learned here needs no procedure
        about = filled(
            state=state,
            subject=value.get("as_said"),
            country=value.get("country"),
            reported=[as_reported("ba-anerkennung", code)],
        )
        yield said(Place(place.document, place.path), "recognition.procedure", about, evidence=SELF_REPORT)


def _comparability(place: Place, value: Mapping[str, Any]) -> Iterator[Said]:
    statement = Place(place.document, place.path)
    day = statement.day("zabZeugnisbewertung")
    if day and "as_said" in value:
        about = {"subject": value["as_said"], "issuer": _ZAB, "date": day}
        yield said(statement, "recognition.comparability", about, evidence={"type": "certificate", "reference": _ZAB})
