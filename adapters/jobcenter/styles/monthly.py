"""The monthly delivery: persons in module P, qualifications in module Q, around them the delivery's own fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.jobcenter.slots.education import Goals, Keyed, Recognition
from adapters.jobcenter.slots.learning import GermanLevel, IntegrationCourse, Licences, Needs
from adapters.jobcenter.slots.person import BirthDate, CodedNationality, Name, Number, Sex
from adapters.jobcenter.slots.residence import Arrival, TitleCode
from adapters.jobcenter.styles.layout import Layout, Month, is_xml_name, is_xml_text

if TYPE_CHECKING:
    from adapters.translation.leftovers import Path

NAMESPACE = "urn:beispiel:xsozial-stil:1"
DELIVERY, SENDER, MODULE, PERSON, QUALIFICATION = "Datenlieferung", "Absender", "Modul", "Person", "Qualifikation"
#: The customer number: an element of a person, an attribute of what else is about her.
NUMBER, ABOUT = "Kundennummer", "@kundennummer"
#: By which a module is known: its records say as much by what they are called.
MODULE_NAMES = frozenset({"@nr", "@bezeichnung"})


def _can_hold(path: Path, content: object) -> bool:  # noqa: ARG001 - the contract of Layout
    top = str(path[0])
    if not all(map(is_xml_name, path)) or path == (QUALIFICATION, ABOUT):
        return False
    return top.startswith("@") or top == SENDER or (top in {PERSON, QUALIFICATION} and len(path) > 1)


LAYOUT = Layout(
    name="xsozial",
    slots=(
        Number((PERSON, NUMBER), "identifiers.ba-customer", "xsozial:Kundennummer"),
        Number((PERSON, "BGNummer"), "identifiers.jobcenter-case", "xsozial:BGNummer"),
        Number((PERSON, "Versicherungsnummer"), "identifiers.insurance", "xsozial:Versicherungsnummer"),
        Name((PERSON, "Familienname"), (PERSON, "Vorname")),
        BirthDate((PERSON, "Geburtsdatum")),
        Sex((PERSON, "Geschlecht"), {"1": "m", "2": "w", "m": "m", "w": "w", "d": "d", "x": "x"}),
        CodedNationality((PERSON, "Staatsangehoerigkeit")),
        TitleCode((PERSON, "Aufenthaltsstatus"), "xsozial-aufenthaltsstatus"),
        Arrival((PERSON, "Einreisemonat")),
        Keyed((QUALIFICATION, "HoechsterSchulabschluss"), "education.school", "xsozial-schulabschluss"),
        Keyed((QUALIFICATION, "HoechsterBerufsabschluss"), "education.vocational", "xsozial-berufsabschluss"),
        Recognition((QUALIFICATION, "AnerkennungAuslaendischerAbschluss"), "xsozial-anerkennung"),
        Goals((QUALIFICATION, "Zielberuf")),
        GermanLevel((QUALIFICATION, "Deutschkenntnisse")),
        Licences((QUALIFICATION, "Fuehrerschein")),
        IntegrationCourse((QUALIFICATION, "Integrationskurs")),
        Needs((QUALIFICATION, "Qualifizierungsbedarf")),
    ),
    since=Month(("@berichtsmonat",)),
    keys=((PERSON, NUMBER),),
    birth_date=(PERSON, "Geburtsdatum"),
    can_hold=_can_hold,
    can_write=is_xml_text,
)
