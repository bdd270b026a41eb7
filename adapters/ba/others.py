"""What others stated and BA may use, in BA's fields and apart from what BA's own office stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.ba.rebuilding import NoPlaceError, merge
from adapters.ba.sections.abilities import part_of_skills
from adapters.ba.statements import part_of, said_in
from adapters.translation.leftovers import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SKILL = "skills.skill"
_SHOWN = ("kind", "value", "evidence", "valid_from", "delete_on", "reference", "recorded_at")


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
    in_full = []
    for entry in entries:
        skill = entry["value"]
        part = part_of_skills(skill.get("group"), [skill]) if entry["kind"] == _SKILL else part_of(entry, {})
        said = [(one["kind"], one["value"]) for _, one in said_in(Document(part))]
        is_said = (entry["kind"], entry["value"]) in said and entry.get("delete_on") is None
        try:
            merge(profile, part, joins_lists=True)
        except NoPlaceError:
            is_said = False
        if not is_said:
            in_full.append({name: entry[name] for name in _SHOWN if entry.get(name) is not None})
    named = {name: value for name, value in named.items() if value}
    return named | profile | ({"aussagen": in_full} if in_full else {})


def _first(group: tuple[tuple[str, str, str], object]) -> tuple[str, str, str]:
    return group[0]
