"""What others stated and BA may use, in BA's fields and apart from what BA's own office stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.ba.rebuilding import NoPlaceError, merge
from adapters.ba.sections.abilities import part_of_skills
from adapters.ba.statements import part_of, said_in
from adapters.translation.leftovers import Document
from adapters.translation.statements import bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SKILL = "skills.skill"


def from_others(granted: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one profile in BA's form for each source, day and sort of evidence.

    BA's fields hold what they have words for, which can be less than was said (a level of another scale has none).
    Such an entry, and one that must be deleted on a day, stands beside them in full, under `aussagen`.
    """
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for entry in granted:
        evidence = (entry.get("evidence") or {}).get("type") or ""
        groups.setdefault((entry["source"], entry.get("valid_from") or "", evidence), []).append(entry)
    return [_fragment(origin, entries) for origin, entries in sorted(groups.items(), key=_first)]


def _fragment(origin: tuple[str, str, str], entries: list[Mapping[str, Any]]) -> dict[str, Any]:
    named = {"quelle": origin[0], "stand": origin[1], "nachweisart": origin[2]}
    profile: dict[str, Any] = {}
    in_full: list[Mapping[str, Any]] = []
    for together in _together(entries):
        first = together[0]
        values = [entry["value"] for entry in together]
        is_skill = first["kind"] == _SKILL
        part = part_of_skills(values[0].get("group"), values) if is_skill else part_of(first, {})
        said = [(one["kind"], one["value"]) for _, one in said_in(Document(part))]
        try:
            merge(profile, part, joins_lists=True)
        except NoPlaceError:
            said = []
        in_full += [one for one in together if (one["kind"], one["value"]) not in said or one.get("delete_on")]
    named = {name: value for name, value in named.items() if value}
    shown = [bare(entry, "recorded_at") for entry in in_full]
    return named | profile | ({"aussagen": shown} if shown else {})


def _together(entries: list[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return entries one by one, but skills group by group: BA writes them so."""
    groups: dict[object, list[Mapping[str, Any]]] = {}
    for number, entry in enumerate(entries):
        alone = number if entry["kind"] != _SKILL else entry["value"].get("group")
        groups.setdefault((entry["kind"], alone), []).append(entry)
    return list(groups.values())


def _first(group: tuple[tuple[str, str, str], object]) -> tuple[str, str, str]:
    return group[0]
