"""Birth date against birth date: as equal, as unknown in part, or as a known kind of mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.linkage.comparison.model import MODEL

if TYPE_CHECKING:
    from registry.folding.identity import Birth


def best_level(left: tuple[Birth[int], ...], right: tuple[Birth[int], ...]) -> tuple[str, Birth[int]] | None:
    """Return the level at which any two of the dates agree best, with the left date; None where a side has none."""
    found = [(level_of(one, other), one) for one in left for other in right]
    return max(found, key=_weight, default=None)


def level_of(one: Birth[int], other: Birth[int]) -> str:
    """Return one of `evidence.BIRTH_LEVELS`."""
    if one.day is not None and one.day == other.day:
        return "placeholder" if one.placeholder else "exact"
    if one.year == other.year:
        return _same_year(one, other)
    if _vague(one) or _vague(other):
        return _other_vague_year(one, other)
    if _blurred_alike(one, other):
        return "digit"
    if other.year in one.near and one.anniversary is not None and one.anniversary == other.anniversary:
        return "anniversary"
    return "decade" if other.day is not None and other.day in one.decade else "other"


def _other_vague_year(one: Birth[int], other: Birth[int]) -> str:
    both = _vague(one) and _vague(other)
    if other.year in one.near:
        return "near" if both else "beside"
    return "far" if both and other.year in one.far else "other"


def _same_year(one: Birth[int], other: Birth[int]) -> str:
    if one.day is not None and other.day is not None and one.day == other.swapped:
        return "swapped"
    if one.month is not None and one.month == other.month and (_open_month(one) or _open_month(other)):
        return "month"
    if _vague(one) or _vague(other):
        return "placeholder" if _vague(one) and _vague(other) else "year"
    if one.day is None or other.day is None:
        return "same-year"  # a month against another month
    return "digit" if _blurred_alike(one, other) else "same-year"


def _vague(birth: Birth[int]) -> bool:
    """Say whether only the year can be relied on."""
    return birth.placeholder or birth.month is None


def _open_month(birth: Birth[int]) -> bool:
    """Say whether the day is unknown, or is the first and may stand for unknown; January's first is a placeholder."""
    return birth.day is None or (birth.first and not birth.placeholder)


def _blurred_alike(one: Birth[int], other: Birth[int]) -> bool:
    return any(token in other.blurred for token in one.blurred)


def _weight(found: tuple[str, Birth[int]]) -> float:
    return MODEL.weights[f"birth:{found[0]}"]
