"""Names against names: every word of one form meets its best counterpart in the other, whatever field it is in."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from registry.folding.identity import FAMILY, GIVEN
from registry.linkage.comparison import weights
from registry.wire.linking import Reason

if TYPE_CHECKING:
    from registry.folding.identity import Form, Identity, Joined, Word
    from registry.linkage.comparison.frequency import Frequencies

_FIELDS = {FAMILY: "family-name", GIVEN: "given-name"}


@dataclass(frozen=True, slots=True)
class Names:
    """What the names say."""

    bits: float
    reasons: tuple[Reason, ...]
    differences: tuple[str, ...]
    agreeing: int  #: words that agree
    common: bool  #: each of them is counted often
    usual: bool  #: each of them is among the names that very many people bear


class _Pair(NamedTuple):
    """Made for every pair of words that agree: a named tuple, because it is made in a third of the time."""

    bits: float
    left: tuple[int, ...]  #: indexes of words
    right: tuple[int, ...]
    level: str
    slots: tuple[int, int]
    common: bool = False
    usual: bool = False


_NONE = Names(0.0, (), (), 0, common=False, usual=False)


@dataclass(frozen=True, slots=True)
class NameComparison:
    """Compares names of two people who share a nationality, or (None) do not."""

    frequencies: Frequencies
    nationality: int | None

    def compare(self, left: Identity[int], right: Identity[int]) -> Names:
        """Return what the two forms say that agree best; a side without a name says nothing."""
        return max((self._forms(one, other) for one in left.forms for other in right.forms), key=_bits, default=_NONE)

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
                found = self._word(word, other)
                if found is not None:
                    level, share, common = found
                    bits = _name_bits(level, share * chances, same_field=word.slot == other.slot)
                    usual = word.usual and other.usual
                    pairs.append(_Pair(bits, (at,), (there,), level, (word.slot, other.slot), common, usual))
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

    def _word(self, word: Word[int], other: Word[int]) -> tuple[str, float, bool] | None:
        """Return how closely two words agree, the share of people who would by chance, and whether it is common."""
        guess = weights.USUAL_NAME if word.usual or other.usual else weights.OTHER_NAME
        if word.exact == other.exact:
            return "exact", self._seen(word.exact, guess), self._common(word.exact)
        if word.sound == other.sound:
            return "sound", self._seen(word.sound, guess), self._common(word.sound)
        shared = [token for token in word.skeletons if token in other.skeletons]
        if shared:
            share = 0.8 * max(self._seen(token, 2 * guess) for token in shared)
            return "spelling", share, any(self._common(token) for token in shared)
        return None

    def _seen(self, token: int, guess: float) -> float:
        return self.frequencies.share_within(self.nationality, token, guess)

    def _common(self, token: int) -> bool:
        return self.frequencies.is_common(self.nationality, token)


def _bits(item: Names | _Pair) -> float:
    return item.bits


def _share(word: Word[int], joined: Joined[int]) -> bool:
    return any(token in joined.skeletons for token in word.skeletons)


def _joined(left: tuple[int, ...], right: tuple[int, ...], slots: tuple[int, int]) -> _Pair:
    bits = _name_bits("joined", weights.JOINED_BY_CHANCE, same_field=slots[0] == slots[1])
    return _Pair(bits, left, right, "joined", slots)


def _name_bits(level: str, share: float, *, same_field: bool) -> float:
    field = weights.SAME_FIELD if same_field else weights.OTHER_FIELD
    return log2(weights.NAME_AGREES[level] / max(share, weights.RAREST_NAME)) + field


def _summed(taken: list[_Pair], left_over: list[int], right_over: list[int]) -> Names:
    bits = sum(pair.bits * (1.0 if at == 0 else weights.FURTHER_NAME) for at, pair in enumerate(taken))
    contradicting = min(len(left_over), len(right_over))
    bits += weights.NAMES_AGREEING[min(len(taken), 3)]
    bits += weights.NAMES_CONTRADICTING[min(contradicting, 2)]
    bits += weights.NAMES_MORE[min(abs(len(left_over) - len(right_over)), 2)]
    differences = [
        name for slot, name in _FIELDS.items() if slot in left_over and slot in right_over and not _met(taken, slot)
    ]
    if _FIELDS[GIVEN] in differences:
        bits += weights.GIVEN_CONTRADICTS
    return Names(
        bits,
        tuple(dict.fromkeys(_reason(pair) for pair in taken)),
        tuple(differences),
        len(taken),
        common=all(pair.common for pair in taken),
        usual=all(pair.usual for pair in taken),
    )


def _met(taken: list[_Pair], slot: int) -> bool:
    return any(slot in pair.slots for pair in taken)


def _reason(pair: _Pair) -> Reason:
    left, right = pair.slots
    if left == right:
        return Reason("agrees", _FIELDS[left], pair.level)
    return Reason("moved", "name", pair.level)
