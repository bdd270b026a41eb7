"""Names against names: every word of one form meets its best counterpart in the other, whatever field it is in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from registry.folding.identity import FAMILY, GIVEN
from registry.linkage.comparison import weights
from registry.linkage.comparison.evidence import LOOSE_LEVELS, MOST_AGREEING, MOST_CONTRADICTING, MOST_MORE
from registry.linkage.comparison.model import MODEL
from registry.linkage.comparison.words import related
from registry.wire.linking import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.folding.identity import Form, Identity, Joined, Word
    from registry.linkage.comparison.frequency import Frequencies
    from registry.linkage.comparison.words import Relation

_RARE = "rare:first", "rare:second", "rare:further"
_FIELDS = {FAMILY: "family-name", GIVEN: "given-name"}


@dataclass(frozen=True, slots=True)
class Names:
    """What the names say."""

    features: Mapping[str, float]  #: by names of `evidence.FEATURES`
    bits: float  #: their sum by the weights
    reasons: tuple[Reason, ...]
    differences: tuple[str, ...]
    agreeing: int  #: words that agree
    contradicting: int  #: words that each side has left over
    common: bool  #: each of them is counted often; salted, among few: or among the usual ones
    usual: bool  #: each of them is among the names that very many people bear


class _Pair(NamedTuple):
    """Made for every pair of words that agree: a named tuple, because it is made in a third of the time."""

    bits: float
    rarity: float  #: bits; 0 where it is not counted
    left: tuple[int, ...]  #: indexes of words
    right: tuple[int, ...]
    level: str
    slots: tuple[int, int]
    common: bool = False
    usual: bool = False


_NONE = Names({}, 0.0, (), (), 0, 0, common=False, usual=False)


@dataclass(frozen=True, slots=True)
class NameComparison:
    """Compares names of two people who share a nationality, or (None) do not."""

    frequencies: Frequencies
    nationality: int | None
    salt: int | None = None  #: of the two forms that are compared

    def compare(self, left: Identity[int], right: Identity[int]) -> Names:
        """Return what the two forms say that agree best; a side without a name says nothing.

        Nor do salted names that no salt makes comparable.
        """
        return max(
            (
                self._under(one.salt)._forms(one, other)  # noqa: SLF001 - one of ours
                for one in left.forms
                for other in right.forms
                if one.salt == other.salt
            ),
            key=_bits,
            default=_NONE,
        )

    def _under(self, salt: int | None) -> NameComparison:
        return self if salt is None else NameComparison(self.frequencies, self.nationality, salt)

    def _forms(self, left: Form[int], right: Form[int]) -> Names:
        if not left.words or not right.words:
            return _NONE
        taken: list[_Pair] = []
        used_left: set[int] = set()
        used_right: set[int] = set()
        for pair in sorted(self._pairs(left, right), key=_bits, reverse=True):
            if pair.bits > -1 and used_left.isdisjoint(pair.left) and used_right.isdisjoint(pair.right):
                taken.append(pair)
                used_left.update(pair.left)
                used_right.update(pair.right)
        return _summed(
            taken,
            [word.slot for at, word in enumerate(left.words) if at not in used_left],
            [word.slot for at, word in enumerate(right.words) if at not in used_right],
        )

    def _pairs(self, left: Form[int], right: Form[int]) -> list[_Pair]:
        pairs: list[_Pair] = []
        most = max(len(left.words), len(right.words))
        chances = max(1.0, 0.7 * most)  # the more words, the likelier one of them fits by chance
        for at, word in enumerate(left.words):
            for there, other in enumerate(right.words):
                found = related(word, other, self._seen, guess=_guess(word, other))
                if found is not None:
                    pairs.append(self._pair((at, word), (there, other), found, chances=chances))
        for one in right.joined:
            both = (one.first, one.first + 1)
            pairs += [
                _joined((at,), both, (word.slot, one.slot)) for at, word in enumerate(left.words) if _share(word, one)
            ]
        for one in left.joined:
            both = (one.first, one.first + 1)
            pairs += [
                _joined(both, (at,), (one.slot, word.slot)) for at, word in enumerate(right.words) if _share(word, one)
            ]
        return pairs

    def _pair(
        self, left: tuple[int, Word[int]], right: tuple[int, Word[int]], found: Relation, *, chances: float
    ) -> _Pair:
        (at, word), (there, other) = left, right
        share = max(found.share, weights.RAREST_NAME if self.salt is None else weights.RAREST_SALTED)
        usual = word.usual and other.usual
        return _Pair(
            _name_bits(found.level, share * chances, same_field=word.slot == other.slot),
            -log2(share),
            (at,),
            (there,),
            found.level,
            (word.slot, other.slot),
            (usual and self.salt is not None) or any(self._common(token) for token in found.tokens),
            usual,
        )

    def _seen(self, token: int, guess: float) -> float:
        return self.frequencies.share_within(self.nationality, token, guess, salt=self.salt)

    def _common(self, token: int) -> bool:
        return self.frequencies.is_common(self.nationality, token)


def _bits(item: Names | _Pair) -> float:
    return item.bits


def _share(word: Word[int], joined: Joined[int]) -> bool:
    return any(token in joined.skeletons for token in word.skeletons)


def _guess(word: Word[int], other: Word[int]) -> float:
    return weights.USUAL_NAME if word.usual or other.usual else weights.OTHER_NAME


def _joined(left: tuple[int, ...], right: tuple[int, ...], slots: tuple[int, int]) -> _Pair:
    bits = _name_bits("joined", weights.JOINED_BY_CHANCE, same_field=slots[0] == slots[1])
    return _Pair(bits, 0.0, left, right, "joined", slots)


def _name_bits(level: str, share: float, *, same_field: bool) -> float:
    """Return how much a pair of words is worth while the best counterparts are sought."""
    field = weights.SAME_FIELD if same_field else weights.OTHER_FIELD
    return log2(weights.NAME_AGREES[level] / max(share, weights.RAREST_NAME)) + field


def _summed(taken: list[_Pair], left_over: list[int], right_over: list[int]) -> Names:
    contradicting = min(len(left_over), len(right_over))
    more = min(abs(len(left_over) - len(right_over)), MOST_MORE)
    differences = [
        name for slot, name in _FIELDS.items() if slot in left_over and slot in right_over and not _met(taken, slot)
    ]
    features = _agreeing(taken)
    features[f"names:{min(len(taken), MOST_AGREEING)}:{min(contradicting, MOST_CONTRADICTING)}"] = 1
    if more:
        features[f"more:{more}"] = 1
    features.update({f"against:{name}": 1 for name in differences})
    return Names(
        features,
        MODEL.bits(features),
        tuple(dict.fromkeys(_reason(pair) for pair in taken)),
        tuple(differences),
        len(taken),
        contradicting,
        common=all(pair.common for pair in taken),
        usual=all(pair.usual for pair in taken),
    )


def _agreeing(taken: list[_Pair]) -> defaultdict[str, float]:
    """Return the features of words that agree, the most telling first."""
    features: defaultdict[str, float] = defaultdict(float)
    for turn, pair in enumerate(taken):
        features[f"word:{pair.level}"] += 1
        features[_RARE[min(turn, 2)]] += pair.rarity
        if pair.level in LOOSE_LEVELS:
            features["rare:loose"] += pair.rarity
        if pair.slots[0] != pair.slots[1]:
            features["word:moved"] += 1
    return features


def _met(taken: list[_Pair], slot: int) -> bool:
    return any(slot in pair.slots for pair in taken)


def _reason(pair: _Pair) -> Reason:
    left, right = pair.slots
    if left == right:
        return Reason("agrees", _FIELDS[left], pair.level)
    return Reason("moved", "name", pair.level)
