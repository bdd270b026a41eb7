"""A profile part by part into our words, and one of our statements into a part of a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.ba.additions import days_of, stated_in
from adapters.ba.sections.abilities import (
    part_of_ability,
    said_of_mobility,
    said_of_myskills,
    said_of_skills,
    said_of_strengths,
)
from adapters.ba.sections.education import part_of_education, said_of_education
from adapters.ba.sections.languages import part_of_language, said_of_languages
from adapters.ba.sections.needs import part_of_need, said_of_needs
from adapters.ba.sections.person import part_of_person, said_of_numbers, said_of_person
from adapters.ba.sections.working import part_of_work, said_of_goals, said_of_status, said_of_work
from adapters.translation.days import day_of_moment
from adapters.translation.leftovers import Document, Path, pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from adapters.ba.sections.said import Part, Said

#: Which fields of a profile are read by whom.
_READERS: tuple[tuple[frozenset[str], Callable[[Document], Iterator[Said]]], ...] = (
    (frozenset({"person"}), said_of_person),
    (frozenset({"refnr", "kundennummer"}), said_of_numbers),
    (frozenset({"sprachkenntnisse"}), said_of_languages),
    (frozenset({"ausbildungen"}), said_of_education),
    (frozenset({"berufspraxis"}), said_of_work),
    (frozenset({"bewerberstatus", "rechtskreis"}), said_of_status),
    (frozenset({"fertigkeiten"}), said_of_skills),
    (frozenset({"staerken"}), said_of_strengths),
    (frozenset({"mobilitaet"}), said_of_mobility),
    (frozenset({"myskills"}), said_of_myskills),
    (frozenset({"handlungsbedarfe"}), said_of_needs),
    (frozenset({"zielberufe"}), said_of_goals),
)
#: The lists of a profile whose items are statements.
LISTS: frozenset[Path] = frozenset(
    {
        ("sprachkenntnisse",), ("ausbildungen",), ("berufspraxis",), ("fertigkeiten",), ("staerken",),
        ("mobilitaet", "fuehrerscheine"), ("handlungsbedarfe",), ("zielberufe",),
    }
)  # fmt: skip


def said_in(document: Document) -> Iterator[Said]:
    """Yield every statement of a profile with its place, without its day."""
    for names, reader in _READERS:
        if not names.isdisjoint(document.content):
            yield from reader(document)


def entries_of(document: Document) -> list[dict[str, Any]]:
    """Take every statement of a profile, with the day since when it holds."""
    days, profile_day = days_of(document), day_of(document)
    entries = []
    for path, entry in said_in(document):
        day = days.get((pointer(path), entry["kind"]), profile_day) if days else profile_day
        entries.append(entry | {"valid_from": day} if day else entry)
    return entries + stated_in(document)


def day_of(document: Document) -> str | None:
    """Return the day of a profile's `stand`; the moment itself no entry keeps, so it is not taken."""
    return day_of_moment(document.text(("stand",)) or "")


def part_of(entry: Mapping[str, Any], comparabilities: Mapping[str, str]) -> Part:
    """Return how BA would write an entry, as far as BA's fields can; empty where they cannot say it at all.

    Skills are not written one by one: see part_of_skills.

    Args:
        comparabilities: subject -> day of each statement of comparability of the same person.
    """
    kind, value = entry["kind"], entry["value"]
    match kind.partition(".")[0]:
        case "identity" | "identifiers" | "contact":
            return part_of_person(kind, value)
        case "languages" if kind == "languages.language":
            return part_of_language(value)
        case "education":
            return part_of_education(kind, value, comparabilities)
        case "skills" | "goals" if kind in {"skills.strength", "skills.licence", "skills.assessment", "goals.mobility"}:
            return part_of_ability(kind, value)
        case "work" | "goals" | "pathway":
            return part_of_work(kind, value)
        case "needs":
            return part_of_need(kind, value)
        case _:
            return {}
