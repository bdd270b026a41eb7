"""Two identities, one judgement: how likely they are of one human being, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor, log2
from typing import TYPE_CHECKING

from registry.linkage.comparison import dates, weights
from registry.linkage.comparison.evidence import (
    BIRTH_CONTRADICTS,
    BIRTH_VAGUE,
    BIRTH_YEAR_COUNTS,
    FITTED_NUMBERS,
    birth_kind,
    name_kind,
)
from registry.linkage.comparison.model import MODEL
from registry.linkage.comparison.names import NameComparison
from registry.linkage.comparison.words import related
from registry.wire.linking import Reason, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.folding.identity import Identity, Number
    from registry.linkage.comparison.frequency import Frequencies
    from registry.linkage.comparison.names import Names
    from registry.linkage.comparison.words import Relation

KNOWN, LOOK, NEW = "known", "look", "new"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A judgement in one of three grades."""

    grade: str  #: known | look | new
    bits: float  #: log2 of the odds that it is one human being
    reasons: tuple[Reason, ...]
    differences: tuple[str, ...]
    evidence: tuple[tuple[str, float], ...] = ()  #: what `bits` is made of, by name of `wire.linking.Weight`

    def weights(self) -> tuple[Weight, ...]:
        """Return what `bits` is made of in whole bits; together they are `bits` rounded down.

        Down, because the bounds of the grades are whole: so the sum lies on the side of them on which it was judged.
        Each is rounded down and the bits that this loses go to those that lost the most.
        """
        lost = floor(self.bits) - sum(floor(bits) for _, bits in self.evidence)
        by_loss = sorted(self.evidence, key=_fraction, reverse=True)
        raised = {name for name, _ in by_loss[:lost]}
        return tuple(Weight(name, floor(bits) + (name in raised)) for name, bits in self.evidence)


def _salting(asked: Identity[int]) -> float:
    """Return what names under salt are worth less, in bits."""
    return 0.0 if all(form.salt is None for form in asked.forms) else weights.SALTED_BITS


def _fraction(piece: tuple[str, float]) -> float:
    return piece[1] % 1


@dataclass(frozen=True, slots=True)
class _Part:
    name: str = ""  #: of its weight
    features: Mapping[str, float] = field(default_factory=dict)  #: by names of `evidence.FEATURES`
    reasons: tuple[Reason, ...] = ()
    differences: tuple[str, ...] = ()
    unfitted: float = 0.0  #: bits of evidence that has no fitted weight

    def bits(self) -> float:
        """Return what it is worth."""
        return self.unfitted + MODEL.bits(self.features)


_SILENT = _Part()


def compare(left: Identity[int], right: Identity[int], frequencies: Frequencies) -> Comparison:
    """Judge two identities; the order of the two changes little and never which attributes contradict.

    Args:
        frequencies: of the people among whom the other was found.
    """
    shared = next((one for one in left.nationalities if one in right.nationalities), None)
    names = NameComparison(frequencies, shared).compare(left, right)
    level, birth = _birth(left, right, frequencies)
    numbers = _numbers(left, right)
    parts = (
        _Part("names", names.features, names.reasons, names.differences, _salting(left) if names.features else 0.0),
        birth,
        _together(level, names),
        _sex(left, right),
        _nationality(left, right, shared, frequencies=frequencies),
        _place(left, right, frequencies),
        *numbers,
    )
    people = max(frequencies.population, weights.FEWEST_PEOPLE)
    spoken = [(part.name, part.bits()) for part in parts if part.features or part.reasons or part.differences]
    evidence = (("start", MODEL.start_among(people)), *spoken)
    bits = sum(worth for _, worth in evidence)
    return Comparison(
        _grade(bits, names, birth, shares_number=any(_is_personal(one) for one in numbers)),
        bits,
        tuple(reason for part in parts for reason in part.reasons),
        tuple(difference for part in parts for difference in part.differences),
        evidence,
    )


def _grade(bits: float, names: Names, birth: _Part, *, shares_number: bool) -> str:
    """Grade by bits, within what no sum of weights may decide.

    Without a shared personal number nobody is known whose birth dates or given names contradict (namesakes; twins), of
    whom not both a name and a birth date agree, or whose names many bear where the date is only a year. With one, not
    against name and date. A shared personal number is never hidden from a human.
    """
    if shares_number:
        doubtful = names.agreeing == 0 and bool(birth.differences)
    else:
        contradicting = bool(birth.differences) or "given-name" in names.differences
        doubtful = contradicting or names.agreeing == 0 or not birth.reasons or _is_vague(names, birth)
    if bits >= weights.KNOWN_BITS and not doubtful:
        return KNOWN
    speaks = names.agreeing > 0 or bool(birth.reasons)
    return LOOK if shares_number or (speaks and bits >= weights.LOOK_BITS) else NEW


def _is_personal(number: _Part) -> bool:
    return any(one.attribute in weights.PERSONAL and one.level == "exact" for one in number.reasons)


def _is_vague(names: Names, birth: _Part) -> bool:
    """Say whether names and date may well be shared by chance; what is not counted yet is judged by the usual names."""
    levels = {reason.level for reason in birth.reasons}
    if levels.isdisjoint(BIRTH_VAGUE):
        return False
    return names.common or (names.usual and "placeholder" in levels)


def _birth(left: Identity[int], right: Identity[int], frequencies: Frequencies) -> tuple[str | None, _Part]:
    found = dates.best_level(left.births, right.births)
    if found is None:
        return None, _SILENT
    level, birth = found
    features = {f"birth:{level}": 1.0}
    if level in BIRTH_YEAR_COUNTS:
        share = frequencies.share(birth.year, weights.YEAR_GUESS)
        features["birth:rare"] = -log2(share) - weights.YEAR_USUAL_BITS
    if level in BIRTH_CONTRADICTS:
        return level, _Part("birth-date", features, (), ("birth-date",))
    return level, _Part("birth-date", features, (Reason("agrees", "birth-date", level),))


def _together(level: str | None, names: Names) -> _Part:
    """Names and dates say other things together than alone: a whole name outweighs another date, one word does not."""
    kinds = f"{birth_kind(level)}:{name_kind(names.agreeing, names.contradicting)}"
    return _Part("together", {f"together:{kinds}": 1.0})


def _sex(left: Identity[int], right: Identity[int]) -> _Part:
    if not left.sexes or not right.sexes:
        return _SILENT
    if any(sex in right.sexes for sex in left.sexes):
        return _Part("sex", {"sex:agrees": 1.0}, (Reason("agrees", "sex", "exact"),))
    return _Part("sex", {"sex:contradicts": 1.0}, (), ("sex",))


def _nationality(left: Identity[int], right: Identity[int], shared: int | None, *, frequencies: Frequencies) -> _Part:
    if not left.nationalities or not right.nationalities:
        return _SILENT
    if shared is None:
        return _Part("nationality", {"nationality:contradicts": 1.0}, (), ("nationality",))
    rarity = -log2(frequencies.share(shared, weights.NATIONALITY_GUESS))
    features = {"nationality:agrees": 1.0, "nationality:rare": rarity}
    return _Part("nationality", features, (Reason("agrees", "nationality", "exact"),))


def _place(left: Identity[int], right: Identity[int], frequencies: Frequencies) -> _Part:
    """Places are spelt in more ways than names and moved to the nearest town: the rarest word that agrees counts."""
    if not left.places or not right.places:
        return _SILENT
    found = [
        relation
        for one in left.places
        for other in right.places
        if (relation := related(one, other, frequencies.share, guess=weights.PLACE_GUESS)) is not None
    ]
    if not found:
        return _Part("birth-place", {"place:contradicts": 1.0}, (), ("birth-place",))
    best = min(found, key=_share)
    features = {f"place:{best.level}": 1.0, "place:rare": min(-log2(best.share), weights.PLACE_MOST)}
    return _Part("birth-place", features, (Reason("agrees", "birth-place", best.level),))


def _share(found: Relation) -> float:
    return found.share


def _numbers(left: Identity[int], right: Identity[int]) -> list[_Part]:
    return [
        _number(scheme, *([one for one in side.numbers if one.scheme == scheme] for side in (left, right)))
        for scheme in sorted({one.scheme for one in left.numbers} & {one.scheme for one in right.numbers})
    ]


def _number(scheme: str, mine: list[Number[int]], theirs: list[Number[int]]) -> _Part:
    how = _same_number(mine, theirs)
    level = {"agrees": "exact", "close": "close"}.get(how)
    reasons = (Reason("agrees", scheme, level),) if level else ()
    differences = () if level else (scheme,)
    if scheme in FITTED_NUMBERS:
        return _Part(scheme, {f"{scheme}:{how}": 1.0}, reasons, differences)
    agrees, contradicts = weights.NUMBERS.get(scheme, weights.UNKNOWN_NUMBER)
    return _Part(scheme, {}, reasons, differences, agrees if how == "agrees" else contradicts)


def _same_number(mine: list[Number[int]], theirs: list[Number[int]]) -> str:
    """Return agrees, close (one sign differs) or contradicts."""
    if not {one.number for one in mine}.isdisjoint(one.number for one in theirs):
        return "agrees"
    blurred = {token for one in mine for token in one.blurred}
    return "contradicts" if blurred.isdisjoint(token for one in theirs for token in one.blurred) else "close"
