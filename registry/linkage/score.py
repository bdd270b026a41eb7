"""Two identities, one judgement: how likely they are of one human being, and why."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

from registry.linkage.comparison import dates, weights
from registry.linkage.comparison.names import NameComparison
from registry.wire.linking import Reason

if TYPE_CHECKING:
    from registry.folding.identity import Identity, Word
    from registry.linkage.comparison.frequency import Frequencies
    from registry.linkage.comparison.names import Names

KNOWN, LOOK, NEW = "known", "look", "new"
#: Names and birth date that must agree: two of them.
_LEAST_AGREEING = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """A judgement in one of three grades."""

    grade: str  #: known | look | new
    bits: float  #: log2 of the odds that it is one human being
    reasons: tuple[Reason, ...]
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    bits: float
    reasons: tuple[Reason, ...] = ()
    differences: tuple[str, ...] = ()


_SILENT = _Part(0.0)


def compare(left: Identity[int], right: Identity[int], frequencies: Frequencies) -> Comparison:
    """Judge two identities; the order of the two changes little and never which attributes contradict.

    Args:
        frequencies: of the people among whom the other was found.
    """
    shared = next((one for one in left.nationalities if one in right.nationalities), None)
    names = NameComparison(frequencies, shared).compare(left, right)
    birth = _birth(left, right, frequencies)
    numbers = _numbers(left, right)
    parts = (
        _Part(names.bits, names.reasons, names.differences),
        birth,
        _sex(left, right),
        _nationality(left, right, shared, frequencies=frequencies),
        _place(left, right, frequencies),
        numbers,
    )
    people = max(frequencies.population, weights.FEWEST_PEOPLE)
    bits = sum(part.bits for part in parts) - log2(people)
    return Comparison(
        _grade(bits, names, birth, numbers=numbers),
        bits,
        tuple(reason for part in parts for reason in part.reasons),
        tuple(difference for part in parts for difference in part.differences),
    )


def _grade(bits: float, names: Names, birth: _Part, *, numbers: _Part) -> str:
    """Grade by bits, within what no sum of weights may decide.

    Without a shared personal number nobody is known whose birth dates or given names contradict (namesakes; twins), of
    whom fewer than two of names and date agree, or whose names many bear where the date is only a year. With one, not
    against name and date. A shared personal number is never hidden from a human.
    """
    shares_number = any(reason.attribute in weights.PERSONAL for reason in numbers.reasons)
    if shares_number:
        doubtful = names.agreeing == 0 and bool(birth.differences)
    else:
        contradicting = bool(birth.differences) or "given-name" in names.differences
        agreeing = names.agreeing + bool(birth.reasons)
        few = names.agreeing == 0 or agreeing < _LEAST_AGREEING
        doubtful = contradicting or few or _is_vague(names, birth)
    if bits >= weights.KNOWN_BITS and not doubtful:
        return KNOWN
    speaks = names.agreeing > 0 or bool(birth.reasons)
    return LOOK if shares_number or (speaks and bits >= weights.LOOK_BITS) else NEW


def _is_vague(names: Names, birth: _Part) -> bool:
    """Say whether names and date may well be shared by chance; what is not counted yet is judged by the usual names."""
    levels = {reason.level for reason in birth.reasons}
    if levels.isdisjoint(weights.BIRTH_VAGUE):
        return False
    return names.common or (names.usual and "placeholder" in levels)


def _birth(left: Identity[int], right: Identity[int], frequencies: Frequencies) -> _Part:
    found = dates.best_level(left.births, right.births)
    if found is None:
        return _SILENT
    level, birth = found
    bits = weights.BIRTH[level]
    if level in weights.BIRTH_YEAR_COUNTS:
        bits -= log2(frequencies.share(birth.year, weights.YEAR_GUESS)) + weights.YEAR_USUAL_BITS
    if level in weights.BIRTH_CONTRADICTS:
        return _Part(bits, (), ("birth-date",))
    return _Part(bits, (Reason("agrees", "birth-date", level),))


def _sex(left: Identity[int], right: Identity[int]) -> _Part:
    if not left.sexes or not right.sexes:
        return _SILENT
    agrees, contradicts = weights.SEX
    if any(sex in right.sexes for sex in left.sexes):
        return _Part(agrees, (Reason("agrees", "sex", "exact"),))
    return _Part(contradicts, (), ("sex",))


def _nationality(left: Identity[int], right: Identity[int], shared: int | None, *, frequencies: Frequencies) -> _Part:
    if not left.nationalities or not right.nationalities:
        return _SILENT
    if shared is None:
        return _Part(weights.NATIONALITY_CONTRADICTS, (), ("nationality",))
    share = frequencies.share(shared, weights.NATIONALITY_GUESS)
    return _Part(log2(weights.NATIONALITY_AGREES / share), (Reason("agrees", "nationality", "exact"),))


def _place(left: Identity[int], right: Identity[int], frequencies: Frequencies) -> _Part:
    """Places are spelt in more ways than names and moved to the nearest town: they help more than they harm."""
    if not left.places or not right.places:
        return _SILENT
    found = [
        (level, share)
        for one in left.places
        for other in right.places
        for level, share in _same_place(one, other, frequencies)
    ]
    if not found:
        return _Part(weights.PLACE_CONTRADICTS, (), ("birth-place",))
    level, share = min(found, key=_share)
    bits = min(log2(weights.PLACE_AGREES / share), weights.PLACE_MOST)
    return _Part(max(bits, 0.0), (Reason("agrees", "birth-place", level),))


def _same_place(one: Word[int], other: Word[int], frequencies: Frequencies) -> list[tuple[str, float]]:
    if one.exact == other.exact:
        return [("exact", frequencies.share(one.exact, weights.PLACE_GUESS))]
    if one.sound == other.sound:
        return [("sound", frequencies.share(one.sound, weights.PLACE_GUESS))]
    shared = [token for token in one.skeletons if token in other.skeletons]
    return [("spelling", max(frequencies.share(token, weights.PLACE_GUESS) for token in shared))] if shared else []


def _share(found: tuple[str, float]) -> float:
    return found[1]


def _numbers(left: Identity[int], right: Identity[int]) -> _Part:
    bits, reasons, differences = 0.0, [], []
    for scheme in sorted({one.scheme for one in left.numbers} & {one.scheme for one in right.numbers}):
        mine = {one.number for one in left.numbers if one.scheme == scheme}
        agrees, contradicts = weights.NUMBERS.get(scheme, weights.UNKNOWN_NUMBER)
        if any(one.number in mine for one in right.numbers if one.scheme == scheme):
            bits += agrees
            reasons.append(Reason("agrees", scheme, "exact"))
        else:
            bits += contradicts
            differences.append(scheme)
    return _Part(bits, tuple(reasons), tuple(differences))
