"""Made-up lists of occupations and skills, as large as the official ones and in their publishers' forms.

The same words each time. Sizes are those of ESCO 1.2, KldB 2010 (edition 2020) with BA's titles, and ISCO-08.
"""

from __future__ import annotations

from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from registry.bench.words import publishing
from registry.bench.words.publishing import BASE, Download, Group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SKILLS, SKILL_GROUPS, SKILL_RELATIONS = 13_896, 640, 20_429
OCCUPATIONS, OCCUPATION_SKILLS = 3_042, 123_788
#: Codes on each level, from the top.
KLDB, ISCO = (10, 37, 144, 703, 1_301), (10, 43, 130, 436)
TITLES, CROSSINGS = 18_838, 1_506
#: Alternative names of one skill and one occupation, in each language.
_ALSO = {"en": (7, 11), "de": (3, 2)}
#: Different notes, and words of one.
_NOTES, _NOTES_WORDS = 500, 40
#: Armed forces; the only codes to which a reader gives the zero back that a spreadsheet took.
_KLDB_ARMED = ("01", "011", "012", "013", "014", "0110", "0120", "0130", "0140", "01104", "01203", "01302", "01402")
_ISCO_ARMED = ("01", "02", "03", "011", "021", "031", "0110", "0210", "0310")
#: Beginnings of words that people type; the others are made of syllables.
_STEMS = ("bäck", "kfz-mech", "pfleg", "schloss", "verkauf", "lehr", "maur", "maler", "koch", "elektr", "lager", "fahr")
_WORDS = 14_000
_SYLLABLES = tuple(first + vowel for first in "bdfghklmnprstvwz" for vowel in ("a", "e", "i", "o", "u", "ä", "ü"))


class _Words:
    """Speaks made-up words, a few of them often, as a language does."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._known = [*_STEMS, *("".join(chance.choices(_SYLLABLES, k=chance.randint(2, 5))) for _ in range(_WORDS))]
        self._notes = [self.some(_NOTES_WORDS, _NOTES_WORDS) for _ in range(_NOTES)]

    def some(self, least: int, most: int) -> str:
        """Return so many words."""
        count = self._chance.randint(least, most)
        return " ".join(self._known[int(len(self._known) * self._chance.random() ** 2)] for _ in range(count))

    def title(self) -> str:
        """Return a title of an occupation as BA writes it."""
        return f"{self.some(1, 1).capitalize()}er/in - {self.some(1, 2).title()}"

    def names(self, count: int) -> str:
        """Return alternative names as ESCO writes them into a cell."""
        return "\n".join(self.some(1, 4) for _ in range(count))

    def notes(self) -> str:
        """Return what is written about a concept; it is read and not kept."""
        return self._chance.choice(self._notes)


def write_all(folder: Path) -> list[Download]:
    """Write all downloads into a folder, in the order in which they are imported."""
    chance = Random("einmal/lists")  # noqa: S311 - made-up words, no secret
    words = _Words(chance)
    isco, kldb = _tree(ISCO, _ISCO_ARMED), _tree(KLDB, _KLDB_ARMED)
    units = [code for code in isco if len(code) == len(ISCO)]
    types = [code for code in kldb if len(code) == len(KLDB)]
    skills, occupations = _uris(chance, "skill", SKILLS), _uris(chance, "occupation", OCCUPATIONS)
    groups = _uris(chance, "skill", SKILL_GROUPS)
    within = dict(zip(occupations, cycle(units), strict=False))
    classification = _kldb(folder, kldb, words)
    return [
        Download("isco-08", (_isco(folder, isco, words),)),
        Download("esco-isco-groups", _isco_groups(folder, isco, words)),
        Download("kldb-2010", (classification,)),
        Download("kldb-2010-titles", (classification,)),
        Download("kldb-isco-crosswalk", (publishing.crosswalk(folder, _steps(types, units)),)),
        Download("esco-skill-groups", _skill_groups(folder, groups, words)),
        Download("esco-skills", _skills(folder, skills, words)),
        Download("esco-skill-relations", (_skill_relations(folder, skills, groups),)),
        Download("esco-occupations", _occupations(folder, within, words)),
        Download("esco-occupation-relations", (_occupation_relations(folder, within),)),
        Download("esco-occupation-skill", (_occupation_skills(folder, occupations, skills),)),
    ]


def _tree(sizes: Sequence[int], armed: Sequence[str]) -> list[str]:
    """Return codes, each behind the one it lies within; as many on each level as asked for."""
    level = [str(digit) for digit in range(sizes[0])]
    codes = set(level) | set(armed)
    for depth, size in enumerate(sizes[1:], 2):
        parents = [code for code in level if not code.startswith("0")]
        missing = size - sum(len(code) == depth for code in armed)
        # Each parent in turn gets its child 1, then its child 2, until there are enough.
        level = [f"{parents[number % len(parents)]}{number // len(parents) + 1}" for number in range(missing)]
        codes.update(level)
    return sorted(codes)


def _uris(chance: Random, kind: str, count: int) -> list[str]:
    return [f"{BASE}/{kind}/{UUID(int=chance.getrandbits(128))}" for _ in range(count)]


def _steps(types: Sequence[str], units: Sequence[str]) -> dict[str, list[str]]:
    """Return where KldB's types lead: each to one unit group, some to a second."""
    steps = {code: [unit] for code, unit in zip(types, cycle(units), strict=False)}
    for code in types[: CROSSINGS - len(types)]:
        steps[code].append(units[units.index(steps[code][0]) - 1])
    return steps


def _isco(folder: Path, codes: Sequence[str], words: _Words) -> Path:
    return publishing.isco(folder, (Group(code, words.some(2, 5), words.notes()) for code in codes))


def _kldb(folder: Path, codes: Sequence[str], words: _Words) -> Path:
    types = [code for code in codes if len(code) == len(KLDB)]
    listed: dict[str, list[str]] = {code: [] for code in types}
    for number, code in enumerate(islice(cycle(types), TITLES)):
        listed[code].append(f"{code}-{101 + number // len(types)} {words.title()}")
    groups = (
        Group(code, words.some(4, 8), words.notes(), words.some(2, 4), tuple(listed.get(code, ()))) for code in codes
    )
    return publishing.kldb(folder, groups)


def _isco_groups(folder: Path, codes: Sequence[str], words: _Words) -> tuple[Path, ...]:
    return tuple(
        publishing.esco(
            folder / f"ISCOGroups_{language}.csv",
            publishing.ISCO_GROUPS,
            (_concept("ISCOGroup", f"{BASE}/isco/C{code}", words.some(2, 5)) | {"code": code} for code in codes),
        )
        for language in _ALSO
    )


def _skill_groups(folder: Path, uris: Sequence[str], words: _Words) -> tuple[Path, ...]:
    return tuple(
        publishing.esco(
            folder / f"skillGroups_{language}.csv",
            publishing.GROUPS,
            (_concept("SkillGroup", uri, words.some(2, 5)) for uri in uris),
        )
        for language in _ALSO
    )


def _skills(folder: Path, uris: Sequence[str], words: _Words) -> tuple[Path, ...]:
    return tuple(
        publishing.esco(
            folder / f"skills_{language}.csv",
            publishing.SKILLS,
            (
                _concept("KnowledgeSkillCompetence", uri, words.some(2, 4))
                | {"skillType": "knowledge", "altLabels": words.names(also), "description": words.notes()}
                for uri in uris
            ),
        )
        for language, (also, _) in _ALSO.items()
    )


def _occupations(folder: Path, within: dict[str, str], words: _Words) -> tuple[Path, ...]:
    return tuple(
        publishing.esco(
            folder / f"occupations_{language}.csv",
            publishing.OCCUPATIONS,
            (
                _concept("Occupation", uri, words.some(1, 3))
                | {"iscoGroup": unit, "altLabels": words.names(also), "description": words.notes()}
                for uri, unit in within.items()
            ),
        )
        for language, (_, also) in _ALSO.items()
    )


def _skill_relations(folder: Path, skills: Sequence[str], groups: Sequence[str]) -> Path:
    """Write one group for each skill, and a second one for some."""
    seconds = zip(skills[: SKILL_RELATIONS - len(skills)], cycle(groups[::-1]), strict=False)
    pairs = (*zip(skills, cycle(groups), strict=False), *seconds)
    return publishing.broader(
        folder / "broaderRelationsSkillPillar_en.csv",
        (("KnowledgeSkillCompetence", skill, "SkillGroup", group) for skill, group in pairs),
    )


def _occupation_relations(folder: Path, within: dict[str, str]) -> Path:
    return publishing.broader(
        folder / "broaderRelationsOccPillar_en.csv",
        (("Occupation", uri, "ISCOGroup", f"{BASE}/isco/C{unit}") for uri, unit in within.items()),
    )


def _occupation_skills(folder: Path, occupations: Sequence[str], skills: Sequence[str]) -> Path:
    return publishing.esco(
        folder / "occupationSkillRelations_en.csv", publishing.OCCUPATION_SKILLS, _needed(occupations, skills)
    )


def _needed(occupations: Sequence[str], skills: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield every occupation in turn with the next skill; no pair comes twice before there are enough."""
    pairs = zip(cycle(occupations), cycle(skills), range(OCCUPATION_SKILLS), strict=False)
    for occupation, skill, number in pairs:
        relation = "optional" if number % 2 else "essential"
        yield {"occupationUri": occupation, "relationType": relation, "skillUri": skill}


def _concept(kind: str, uri: str, name: str) -> dict[str, str]:
    return {"conceptType": kind, "conceptUri": uri, "preferredLabel": name, "status": "released"}
