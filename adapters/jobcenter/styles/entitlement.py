"""The message to BAMF that somebody may or must take a job-language course (BerD 100001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.jobcenter.slots.fields import Stated, put_at, said, stated, take
from adapters.jobcenter.slots.person import CodedNationality, Name, Number, OtherNames, Sex
from adapters.jobcenter.slots.residence import Address, TitleCode
from adapters.jobcenter.styles.layout import Layout, Moment, is_xml_name, is_xml_text
from adapters.translation.codes import reported, reported_code
from adapters.translation.days import ELEMENTS, birth_date, day_of, filled_element

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.jobcenter.slots.fields import Content
    from adapters.translation.leftovers import Document, Path

NAMESPACE = "http://www.osci.de/xauslaender2611"
MESSAGE, HEAD = "BerD.BerechtigungVerpflichtung.100001", "nachrichtenkopf.g2g"
OFFICE: Path = ("dienststelleBA", "dstNummer", "code")
_REPORT = "meldungBerechtigungVerpflichtung"
_PERSON: Path = (_REPORT, "personalien")
_BORN: Path = (*_PERSON, "geburtsdatum")
#: Elements without a namespace, outside the head, which has none at all.
_PLAIN = frozenset(
    {"code", "name", "jahrMonatTag", "jahrMonat", "jahr", "staat", "strasse", "hausnummer", "postleitzahl", "wohnort"}
)
#: Base codes of the list of modules (urn:de:bund:bamf:codelist:berd:modulart_V3); its variants have not been seen.
_TARGETS = {"016": "A2", "031": "B1", "046": "B2"}
_CIRCLES = {"sgbII": "sgb-2", "sgbIII": "sgb-3"}
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
#: Our lists -> elements whose code is kept; what the two latter lists mean has not been seen.
_CODES: Mapping[str, Path] = {
    "berd-modul": (_REPORT, "geeignetesModul", "code"),
    "berd-berechtigungsart": (_REPORT, "berechtigungVerpflichtungArt", "code"),
    "berd-beschaeftigungsart": (_REPORT, "artDerBeschaeftigung", "code"),
}


@dataclass(frozen=True, slots=True)
class KnownBirthDate:
    """A birth date in the element that says how much of it is known."""

    def take(self, document: Document) -> list[Stated]:
        """Return the birth date; see Slot."""
        place = (*_BORN, filled_element(document.at(_BORN)) or "")
        day = day_of(said(document, place) or "")
        if day is None:
            return []
        take(document, place)
        return [stated("identity.birth-date", birth_date(day))]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the birth date; see Slot."""
        if entry["kind"] != "identity.birth-date":
            return False
        day = entry["value"]["date"]
        return put_at(content, (*_BORN, ELEMENTS[len(day)]), day)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Module, end, repetition and legal circle of one entitlement or duty."""

    def take(self, document: Document) -> list[Stated]:
        """Return the entitlement; whether it is a duty stands in a code that is kept as it is; see Slot."""
        codes = {scheme: code for scheme, path in _CODES.items() if (code := said(document, path, 100))}
        until = day_of(said(document, (_REPORT, "gueltigBis")) or "")
        again = said(document, (_REPORT, "teilnahmeWiederholer"))
        target, circle = _TARGETS.get(codes.get("berd-modul", "")), _circle(document)
        value: dict[str, Any] = {"type": "job-german"}
        value |= {"target_level": target} if target else {}
        value |= {"valid_until": until} if until else {}
        value |= {"is_repeater": _FLAGS[again]} if again in _FLAGS else {}
        value |= {"legal_circle": _CIRCLES[circle]} if circle else {}
        value |= {"reported": [reported(scheme, code) for scheme, code in codes.items()]} if codes else {}
        if len(value) == 1:
            return []
        take(document, *(_CODES[scheme] for scheme in codes))
        take(document, *([(_REPORT, "gueltigBis")] if "valid_until" in value else []))
        take(document, *([(_REPORT, "teilnahmeWiederholer")] if "is_repeater" in value else []))
        take(document, *([(_REPORT, "rechtskreis", circle)] if circle else []))
        return [stated("pathway.entitlement", value)]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write an entitlement to a job-language course; see Slot."""
        value = entry["value"]
        if entry["kind"] != "pathway.entitlement" or value["type"] != "job-german":
            return False
        circle = next((theirs for theirs, ours in _CIRCLES.items() if ours == value.get("legal_circle")), None)
        module = next((code for code, level in _TARGETS.items() if level == value.get("target_level")), None)
        places: list[tuple[Path, str | None]] = [
            ((_REPORT, "gueltigBis"), value.get("valid_until")),
            ((_REPORT, "teilnahmeWiederholer"), str(value["is_repeater"]).lower() if "is_repeater" in value else None),
            ((_REPORT, "rechtskreis", circle or ""), "true" if circle else None),
        ]
        places += [(path, reported_code(value, scheme)) for scheme, path in _CODES.items()]
        if "reported" not in value:
            places.append((_CODES["berd-modul"], module))
        return all([put_at(content, path, text) for path, text in places if text])  # noqa: C419 - each is to be put


def namespace_of(path: tuple[str, ...]) -> str:
    """Return the namespace of an element of a message, by its path from the message on."""
    return "" if HEAD in path or path[-1] in _PLAIN else NAMESPACE


def _circle(document: Document) -> str | None:
    """Return the one circle that is said to be true."""
    said_true = [circle for circle in _CIRCLES if said(document, (_REPORT, "rechtskreis", circle)) in {"true", "1"}]
    return said_true[0] if len(said_true) == 1 else None


def _can_hold(path: Path, content: object) -> bool:  # noqa: ARG001 - the contract of Layout
    return all(map(is_xml_name, path)) and path[0] != "#text"


LAYOUT = Layout(
    name="berd",
    slots=(
        Number((_REPORT, "kundennummer"), "identifiers.ba-customer", "berd:kundennummer"),
        Number(("geschaeftszeichen",), "identifiers.jobcenter-case", "berd:geschaeftszeichen"),
        Name((*_PERSON, "nachname", "name"), (*_PERSON, "vorname", "name")),
        OtherNames((*_PERSON, "abweichendeSchreibweiseNachname"), "name", "variant"),
        OtherNames((*_PERSON, "geburtsname"), "name", "birth"),
        OtherNames((*_PERSON, "fruehererNachname"), "name", "former"),
        KnownBirthDate(),
        Sex((*_PERSON, "geschlecht", "code"), {"m": "m", "w": "w", "d": "d", "x": "x"}),
        CodedNationality((*_PERSON, "staatsangehoerigkeit"), ("staat", "code")),
        TitleCode((*_PERSON, "aufenthaltsstatus", "code"), "berd-aufenthaltsstatus"),
        Address(
            (*_PERSON, "anschrift"),
            {"street": "strasse", "house_number": "hausnummer", "postcode": "postleitzahl", "place": "wohnort"},
        ),
        Entitlement(),
    ),
    since=Moment((HEAD, "identifikation.nachricht", "erstellungszeitpunkt")),
    keys=((_REPORT, "kundennummer"),),
    birth_date=_BORN,
    can_hold=_can_hold,
    can_write=is_xml_text,
)
