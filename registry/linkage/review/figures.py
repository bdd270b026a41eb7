"""What decisions of people say about the linker: how often it is right, what it misses, whether its weights still fit.

Pure: shares with their uncertainty, out of decisions that somebody counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from registry.wire.linking import bits_in, reasons_in
from schemas.vocabularies.access import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

#: Standard deviations that hold 95 of 100, and 99 of 100: for what is judged for many pieces of evidence at once.
USUAL, STRICT = 1.96, 2.576
#: Fewer are not told: with so few an estimate says nothing, and a figure could be somebody.
FEWEST = 5
_SAME, _DIFFERENT = frozenset({"decided", "confirmed"}), frozenset({"rejected", "undone"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one proposal or link; nothing in it says of whom."""

    grade: str  #: known | look
    status: str  #: proposed | decided | confirmed | rejected | undone
    kind: str  #: who brought it there: run | officer | person
    texts: Sequence[str]  #: reasons and weights, as a row keeps them
    differences: Sequence[str]

    @property
    def verdict(self) -> Verdict | None:
        """Return what people said; None where nobody has: a link that an import made by itself, an open proposal."""
        if self.status in _DIFFERENT:
            return Verdict.DIFFERENT
        if self.kind == "run":
            return None
        return Verdict.SAME if self.status in _SAME else Verdict.UNSURE


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, and between which bounds the true share lies (Wilson 1927)."""

    hits: int
    total: int
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, total: int, z: float = USUAL) -> Share:
        """Return a share of at least one with its bounds.

        Args:
            z: standard deviations to each side.
        """
        share, spread = hits / total, z * z / total
        middle = (share + spread / 2) / (1 + spread)
        half = z / (1 + spread) * sqrt(share * (1 - share) / total + spread / (4 * total))
        return cls(hits, total, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))

    @property
    def value(self) -> float:
        """Return it as a number."""
        return self.hits / self.total

    @property
    def is_told(self) -> bool:
        """Say whether it is of many on both sides: a share of all but one would tell of that one."""
        return min(self.hits, self.total - self.hits) >= FEWEST


@dataclass(frozen=True, slots=True)
class Sort:
    """How many links and proposals there are of one sort, among the newest."""

    month: date  #: its first day; of the younger of the two records
    grade: str
    status: str
    is_late: bool  #: decided later than on the day after the younger record came
    count: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the newest links and proposals."""

    at_once: int  #: linked as known, on the day of the younger record or the next
    later: int  #: linked as known, but later: one of the two did not look like the other at first
    taken: int  #: only worth a look for the linker, and the same for people
    waiting: int  #: only worth a look, and still open


@dataclass(frozen=True, slots=True)
class Fit:
    """One piece of evidence: how often those who shared it were the same, and how often the weights said so."""

    code: str  #: a reason (code:attribute:level), or an attribute that contradicts
    is_difference: bool
    observed: Share
    predicted: float

    @property
    def has_drifted(self) -> bool:
        """Say whether chance alone hardly explains how far the two are apart."""
        return not self.observed.low <= self.predicted <= self.observed.high


def near(count: int) -> int:
    """Return what is told of a count: the nearest multiple of the fewest that are told; 0 for fewer."""
    return round(count / FEWEST) * FEWEST if count >= FEWEST else 0


def counted(sorts: Iterable[Sort]) -> Counted:
    """Return what became of links and proposals."""
    found = dict.fromkeys(("at_once", "later", "taken", "waiting"), 0)
    for one in sorts:
        if one.status in _SAME:
            found["taken" if one.grade != "known" else "later" if one.is_late else "at_once"] += one.count
        elif (one.status, one.grade) == ("proposed", "look"):
            found["waiting"] += one.count
    return Counted(**found)


def linked_by_month(sorts: Iterable[Sort], *, since: date) -> list[tuple[date, int]]:
    """Return how many records were linked with an older one when they came, the newest month first."""
    found: Counter[date] = Counter()
    for one in sorts:
        if one.status in _SAME and not one.is_late and one.month >= since:
            found[one.month] += one.count
    return sorted(found.items(), reverse=True)


def precision(decisions: Iterable[Decision]) -> dict[str, Share]:
    """Return for each grade how many of those that people settled were the same; without grades of too few."""
    said = defaultdict(list)
    for one in decisions:
        if one.verdict in {Verdict.SAME, Verdict.DIFFERENT}:
            said[one.grade].append(one.verdict is Verdict.SAME)
    return {grade: Share.of(sum(same), len(same)) for grade, same in said.items() if len(same) >= FEWEST}


def recall(counted: Counted, right: Share | None) -> Share | None:
    """Return how many of the pairs that anybody found the linker called known at once; None where too few are known.

    An upper bound: a pair that neither linker nor people ever met is in no count.

    Args:
        right: how many of those only worth a look are the same; so many of the open ones count as missed too.
    """
    missed = counted.later + counted.taken + round(counted.waiting * right.value if right else 0)
    total = counted.at_once + missed
    return Share.of(counted.at_once, total) if total >= FEWEST else None


def fits(decisions: Iterable[Decision]) -> list[Fit]:
    """Return each piece of evidence that enough settled decisions share, those first that fit the least."""
    met: dict[tuple[str, bool], list[tuple[bool, float]]] = defaultdict(list)
    for one in decisions:
        verdict = one.verdict
        chance = _chance(one) if verdict in {Verdict.SAME, Verdict.DIFFERENT} else None
        if chance is not None:
            said = (verdict is Verdict.SAME, chance)
            for code in dict.fromkeys(reasons_in(one.texts)):
                met[code, False].append(said)
            for attribute in one.differences:
                met[attribute, True].append(said)
    found = [_fit(code, told, is_difference=against) for (code, against), told in met.items() if len(told) >= FEWEST]
    return sorted(found, key=_misfit)


def _fit(code: str, told: Sequence[tuple[bool, float]], *, is_difference: bool) -> Fit:
    observed = Share.of(sum(same for same, _ in told), len(told), STRICT)
    return Fit(code, is_difference, observed, sum(chance for _, chance in told) / len(told))


def _misfit(fit: Fit) -> tuple[bool, float, str]:
    return not fit.has_drifted, -abs(fit.observed.value - fit.predicted), fit.code


def _chance(decision: Decision) -> float | None:
    """Return how probably it is one person by its weights; they were rounded down, by half a bit in the middle."""
    bits = bits_in(decision.texts)
    return 1 / (1 + 2.0 ** -(sum(bits) + 0.5)) if bits else None
