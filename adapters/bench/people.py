"""Invented people in BA's JSON form, as many as a measurement needs: the same numbers give the same bytes."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

from adapters.bench import origins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from adapters.bench.origins import Origin

_SEXES = ("MAENNLICH", "WEIBLICH")
_LEVELS = ("Grundkenntnisse", "Erweiterte Kenntnisse", "Verhandlungssicher")
_PLACES = (("70173", "Stuttgart"), ("70565", "Stuttgart"), ("73728", "Esslingen"), ("71638", "Ludwigsburg"))
_SCHOOLS = (
    ("SCHULE", "Grundschule, ohne Abschluss", "KEIN_ABSCHLUSS"),
    ("SCHULE", "Mittelschule", "HAUPTSCHULABSCHLUSS"),
    ("SCHULE", "Sekundarschule", "MITTLERE_REIFE"),
    ("SCHULE", "Oberschule", "HOCHSCHULREIFE"),
    ("STUDIUM", "Studium der Wirtschaftswissenschaften", "BACHELOR"),
    ("STUDIUM", "Studium des Bauingenieurwesens, ohne Abschluss", "KEIN_ABSCHLUSS"),
    ("BERUFSAUSBILDUNG", "Ausbildung in einem Betrieb der Familie", "OHNE_ZERTIFIKAT"),
)
#: KldB 2010 code, title as BA writes it, and a field of skills with some of it.
_JOBS = (
    ("25212", "Kfz-Mechaniker/in", "Kfz-Technik", ("Motoreninstandsetzung", "Bremsen", "Fahrzeugdiagnose")),
    ("51311", "Helfer/in - Lagerwirtschaft, Transport", "Lager", ("Kommissionieren", "Verpacken", "Inventur")),
    ("29302", "Koch/Köchin", "Küche", ("Warme Küche", "Hygiene", "Kalkulation", "Backen")),
    ("32122", "Maurer/in", "Hochbau", ("Mauern", "Putzen", "Schalen", "Baustellenlogistik")),
    ("82102", "Altenpfleger/in", "Pflege", ("Grundpflege", "Dokumentation", "Begleitung im Alltag")),
    ("28222", "Änderungsschneider/in", "Schneiderei", ("Nähen", "Zuschneiden", "Ändern", "Maßnehmen")),
    ("62102", "Verkäufer/in", "Verkauf", ("Beratung", "Kasse", "Warenpräsentation", "Bestellwesen")),
    ("52122", "Berufskraftfahrer/in", "Fahren", ("Ladungssicherung", "Routenplanung", "Lenkzeiten")),
    ("84114", "Lehrer/in - Grundschulen", "Unterricht", ("Unterrichtsplanung", "Elternarbeit", "Mathematik")),
    ("43104", "Informatiker/in", "Informatik", ("Datenbanken", "Netze", "Programmieren", "Fehlersuche")),
    ("11101", "Helfer/in - Landwirtschaft", "Landbau", ("Ernte", "Bewässerung", "Tierhaltung")),
    ("54101", "Helfer/in - Reinigung", "Reinigung", ("Unterhaltsreinigung", "Glasreinigung", "Maschinen")),
)
_STRENGTHS = ("Zuverlässigkeit", "Sorgfalt/Genauigkeit", "Teamfähigkeit", "Belastbarkeit", "Lernbereitschaft")
_NEEDS = (
    ("QUALIFIKATION", "Anerkennung des Abschlusses klären; Teilqualifizierung im erlernten Beruf"),
    ("SPRACHE", "Berufssprachkurs mit Ziel B2, danach erneute Einschätzung"),
    ("RAHMENBEDINGUNGEN", "Kinderbetreuung am Nachmittag fehlt, Teilzeit gewünscht"),
    ("MOBILITAET", "Fahrerlaubnis des Herkunftslandes umschreiben lassen"),
)


def write(path: Path, *, persons: int, office: str, series: int = 0) -> None:
    """Write a file of JSON Lines, some 2.6 kB for each person.

    Args:
        office: the number that the sending office gives itself.
        series: another one gives other people, with other numbers.
    """
    with path.open("w", encoding="utf-8") as file:
        for profile in profiles(persons=persons, office=office, series=series):
            file.write(json.dumps(profile, ensure_ascii=False))
            file.write("\n")


def profiles(*, persons: int, office: str, series: int = 0) -> Iterator[dict[str, Any]]:
    """Yield applicant profiles as BA sends them."""
    chance = Random(f"einmal/{series}")  # noqa: S311 - invented people, no secret
    for number in range(persons):
        yield _profile(chance, series * 1_000_000 + number, office)


def _profile(chance: Random, number: int, office: str) -> dict[str, Any]:
    origin = chance.choice(origins.ORIGINS)
    birth_year = chance.randint(1960, 2003)
    jobs = chance.sample(_JOBS, chance.randint(1, 4))
    plz, place = chance.choice(_PLACES)
    sex = chance.randrange(2)
    unemployed = _day(chance, 2022, 2024)
    return {
        "refnr": f"10001-{number:018d}-B",
        "kundennummer": f"{number % 1000:03d}D{number // 1000:06d}",
        "dienststelle": {"nummer": office, "art": "AA", "name": "Agentur für Arbeit"},
        "rechtskreis": chance.choice(("SGB II", "SGB III")),
        "stand": f"{_day(chance, 2025, 2025)}T{chance.randint(8, 17):02d}:{chance.randint(0, 59):02d}:07+01:00",
        "person": {
            "familienname": origin.family(chance),
            "vorname": origin.given(chance, sex),
            "geburtsdatum": _birth_date(chance, birth_year),
            "geschlecht": _SEXES[sex],
            "staatsangehoerigkeit": origin.country,
            "plz": plz,
            "ort": place,
        },
        "bewerberstatus": {
            "arbeitsuchendSeit": unemployed,
            "arbeitslosSeit": unemployed,
            "profillage": chance.choice(("MARKTPROFIL", "AKTIVIERUNGSPROFIL", "FOERDERPROFIL", "ENTWICKLUNGSPROFIL")),
        },
        "ausbildungen": _schooling(chance, birth_year, origin.country),
        "berufspraxis": _work(chance, birth_year, jobs, country=origin.country),
        "zielberufe": [{"hauptDkz": f"{job[0]}-{chance.randint(100, 199)}", "bezeichnung": job[1]} for job in jobs[:2]],
        "fertigkeiten": [_skills(chance, job[2], job[3]) for job in jobs],
        "sprachkenntnisse": _languages(chance, origin),
        "staerken": chance.sample(_STRENGTHS, 3),
        "mobilitaet": {"fuehrerscheine": chance.choice(([], ["B"], ["B", "C"])), "umkreisKm": chance.randint(10, 100)},
        "handlungsbedarfe": [
            {"schluesselgruppe": group, "text": text} for group, text in chance.sample(_NEEDS, chance.randint(1, 3))
        ],
        "veroeffentlichung": {"einwilligung": chance.random() < 0.5, "kontaktweg": "ANONYM"},
    }


def _birth_date(chance: Random, year: int) -> str:
    """Return a day; every tenth is the first of January, which many papers have for an unknown one."""
    if chance.random() < 0.1:
        return f"{year}-01-01"
    return _day(chance, year, year)


def _day(chance: Random, first: int, last: int) -> str:
    return f"{chance.randint(first, last)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"


def _schooling(chance: Random, birth_year: int, country: str) -> list[dict[str, Any]]:
    year = birth_year + 6
    listed = []
    for kind, title, degree in chance.sample(_SCHOOLS, chance.randint(1, 3)):
        until = year + chance.randint(3, 6)
        listed.append(
            {
                "art": kind, "bezeichnung": title, "von": f"{year}-09", "bis": f"{until}-06", "land": country,
                "abschluss": degree, "inDeutschlandAnerkannt": chance.choice(("JA", "NEIN", "UNBEKANNT")),
            }
        )  # fmt: skip
        year = until
    return listed


def _work(chance: Random, birth_year: int, jobs: list[Any], *, country: str) -> list[dict[str, Any]]:
    year = birth_year + 18
    listed = []
    for code, title, *_ in jobs:
        until = min(year + chance.randint(1, 4), 2025)
        listed.append(
            {
                "hauptDkz": f"{code}-{chance.randint(100, 199)}", "bezeichnung": title, "kldb": code,
                "von": f"{year}-{chance.randint(1, 12):02d}", "bis": f"{until}-{chance.randint(1, 12):02d}",
                "land": chance.choice((country, country, "DEU")), "anforderungsniveau": code[-1],
            }
        )  # fmt: skip
        year = until
    return listed


def _skills(chance: Random, field: str, skills: tuple[str, ...]) -> dict[str, Any]:
    levels: dict[str, list[str]] = {}
    for skill in skills:
        levels.setdefault(chance.choice(("Expertenkenntnisse", "Erweiterte Kenntnisse", "Grundkenntnisse")), []).append(
            skill
        )
    return {"hierarchieName": field, "auspraegungen": levels}


def _languages(chance: Random, origin: Origin) -> list[dict[str, Any]]:
    german: dict[str, Any] = {"bezeichnung": "Deutsch", "auspraegung": chance.choice(_LEVELS)}
    if chance.random() < 0.6:
        german["nachweis"] = {
            "art": chance.choice(("DTZ", "Goethe-Zertifikat", "telc Deutsch")),
            "ger": chance.choice(("A2", "B1", "B2")),
            "datum": _day(chance, 2018, 2025),
        }
    others = [{"bezeichnung": name, "auspraegung": chance.choice(_LEVELS)} for name in origin.further]
    return [{"bezeichnung": origin.mother_tongue, "auspraegung": "Muttersprache"}, german, *others]
