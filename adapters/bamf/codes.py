"""Code lists of the foreigners' register (AZR) and of BAMF's course administration: XAusländer 26.11."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from babel import Locale
from babel.core import get_global

if TYPE_CHECKING:
    from collections.abc import Mapping

#: azr:artarbeitsvermittlungsdaten
ITEM_KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "01": ("education.school", "Schulbesuch"),
        "02": ("education.university", "Studium"),
        "03": ("education.vocational", "Berufsausbildung"),
        "04": ("work.experience", "Berufliche Tätigkeit (Berufsausübung)"),
        "05": ("languages.language", "Sprachkenntnis"),
    }
)
#: azr:aenderungsart, as adapters.contract.Change calls them
CHANGES: Mapping[str, str] = MappingProxyType(
    {"01": "add", "02": "update", "03": "delete", "04": "correct", "05": "retract"}
)
#: azr:artderanerkennung: the state it says, and its label
RECOGNITIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "01": ("unclear", "Ungeklärt"),
        "02": ("full", "Anerkannter Abschluss"),
        "03": ("partial", "Teilweise anerkannter Abschluss"),
        "04": ("rejected-regulated", "Reglementierter und nicht anerkannter Abschluss"),
        "05": ("rejected-unregulated", "Nicht reglementierter, nicht anerkannter Abschluss"),
        "06": ("in-assessment", "Anerkennung wird geprüft"),
    }
)
#: azr:artdesschulabschlusses: the German leaving it names, and its label
LEAVINGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "01": ("special-school", "Schulabschluss der Förderschule"),
        "02": ("lower", "Hauptschulabschluss"),
        "03": ("lower-extended", "Qualifizierender / erweiterter Hauptschulabschluss"),
        "04": ("middle", "Mittlere Reife / Mittlerer Bildungsabschluss"),
        "05": ("upper-without", "Abgänger Klasse 11-13 ohne Abschluss"),
        "06": ("applied", "Fachhochschulreife (einschl. nur theoret. Teil)"),
        "07": ("subject-bound", "Fachabitur / Fachgebundene Hochschulreife"),
        "08": ("general", "Abitur / Allgemeine Hochschulreife"),
    }
)
#: azr:artderschule; every school type but this one is a German one
OTHER_SCHOOL = "40"
SCHOOLS: Mapping[str, str] = MappingProxyType(
    {
        "1": "Fachschule",
        "2": "Gesamtschule / Gemeinschaftsschule",
        "3": "Gymnasium",
        "4": "Hauptschule / Werkrealschule",
        "9": "Kolleg (-schule)",
        "10": "Oberstufenzentrum",
        "11": "Realschule / Regionalschule",
        "14": "Sonder- / Förderschule",
        "17": "Berufsaufbauschule",
        "21": "Berufsfachschule",
        "22": "Berufsgrundbildungsjahr / -grundschuljahr",
        "24": "Berufskolleg",
        "25": "Berufsoberschule / Techn. Oberschule",
        "26": "Berufsvorbereitung / -orientierung",
        "28": "Fachgymnasium",
        "30": "Fachoberschule",
        "33": "Sonstige allgemeinbildende Schule",
        "35": "Ausbildungsvorbereitendes Jahr",
        "36": "Berufseinsteigerjahr",
        "37": "Sonstige berufliche Schulen",
        OTHER_SCHOOL: "Sonstige Schule",
    }
)
#: bamfabh:int:kursart
COURSES: Mapping[str, str] = MappingProxyType(
    {
        "1": "Allgemeiner Integrationskurs",
        "2": "Jugendintegrationskurs",
        "3": "Eltern- bzw. Frauenintegrationskurs",
        "4": "Integrationskurs mit Alphabetisierung",
        "6": "Elternintegrationskurs",
        "7": "Frauenintegrationskurs",
        "8": "Förderkurs",
        "9": "Intensivkurs",
        "10": "Wiederholerkurs allgemein",
        "11": "Wiederholerkurs Alpha",
        "12": "Wiederholerkurs Jugendliche",
        "13": "Sonstiger Spezieller Kurs",
        "14": "Wiederholerkurs Frauen",
        "15": "Wiederholerkurs Eltern",
        "16": "Wiederholerkurs Förderkurs",
        "18": "Wiederholerkurs Sonst. Spez. Kurs",
        "19": "Zweitschriftlernerkurs",
        "20": "Wiederholerkurs Zweitschriftlerner",
        "23": "Geringliteralisiertenkurs",
        "24": "Wiederholerkurs Geringliteralisiert",
    }
)
LITERACY_COURSES = frozenset({"4", "11", "19", "20", "23", "24"})
#: Courses for deaf and for blind people: the code alone is health data, so it is dropped.
HEALTH_COURSES = frozenset({"5", "17", "21", "22"})
#: int:abschlusstestergebnisinterpretation: the level one part of a test says was reached; 190 says "not A2"
PART_LEVELS: Mapping[str, str | None] = MappingProxyType(
    {"190": None, "191": "A2", "192": "A2", "193": "A2", "194": "B1", "195": "B1", "196": "B1"}
)
#: The result of a test as a whole: our code of the scale "dtz", and the level it says was reached.
OVERALL_RESULTS: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {"unter A2": ("below-A2", None), "A2": ("A2", "A2"), "B1": ("B1", "B1")}
)

#: Of several languages, of none, or of unknown ones; Kurdish alone is Kurmanji or Sorani.
_SAY_TOO_LITTLE = frozenset({"kur", "ku", "mul", "und", "mis", "zxx"})
#: CLDR writes these as dialects or neighbours of others.
_KEPT = {"prs": "prs", "kmr": "kmr", "ckb": "ckb", "tgl": "tl", "sdh": "sdh"}
_ALIASES: Mapping[str, str] = get_global("language_aliases")
_KNOWN = frozenset(code for code in map(str, Locale("en").languages) if code.isalpha())
#: Codes of ISO 639-2 made from the English name: each has a sister made from the language's own.
_BIBLIOGRAPHIC = frozenset(
    "alb arm baq bur chi cze dut fre geo ger gre ice mac mao may per rum slo tib wel".split()  # noqa: SIM905 - read as a list
)
#: Where several codes mean one tag: the one of the language as a whole, the others are of one of its forms.
_WHOLE_LANGUAGES = {
    "ps": "pus",
    "zh": "zho",
    "et": "est",
    "lv": "lav",
    "ms": "msa",
    "qu": "que",
    "om": "orm",
    "ik": "ipk",
}
_ISO3: Mapping[str, str] = {
    alias: code
    for code, alias in sorted(_ALIASES.items(), key=lambda pair: pair[0][:2] == pair[1])
    if len(code) == 3 and len(alias) == 2 and code not in _BIBLIOGRAPHIC
} | _WHOLE_LANGUAGES


def tag_of(code: str) -> str | None:
    """Return the BCP 47 tag of an ISO 639 code of two or three letters, or None where it does not name one language."""
    code = code.lower()
    if code in _SAY_TOO_LITTLE:
        return None
    if code in _KEPT:
        return _KEPT[code]
    alias = _ALIASES.get(code, "")
    return alias if len(alias) == 2 else code if code in _KNOWN else None


def language_code(tag: str) -> str | None:
    """Return the ISO 639-2 (terminological) or 639-3 code of a language tag without script and region, or None."""
    if len(tag) != 2:
        return tag if len(tag) == 3 else None
    return _ISO3.get(tag)
