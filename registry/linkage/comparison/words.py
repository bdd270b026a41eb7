"""Word against word, of names and of places: the same, sounding alike, transliterated otherwise, or mistyped."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from registry.linkage.comparison import weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.folding.identity import Word

#: (token, guess) -> share of people who have the token; the guess is the share among people in general.
Seen: TypeAlias = "Callable[[int, float], float]"


class Relation(NamedTuple):
    """How closely two words agree: made for each pair of words, so a named tuple, which is cheaper."""

    level: str  #: one of `evidence.WORD_LEVELS`
    share: float  #: of people who would agree with a word as closely, by chance
    tokens: tuple[int, ...]  #: what the two share


def related(word: Word[int], other: Word[int], seen: Seen, *, guess: float) -> Relation | None:
    """Return how closely two words agree; None where they have nothing in common."""
    if word.exact == other.exact:
        return Relation("exact", seen(word.exact, guess), (word.exact,))
    if word.sound == other.sound:
        return Relation("sound", seen(word.sound, guess), (word.sound,))
    if shared := tuple(token for token in word.skeletons if token in other.skeletons):
        share = max(seen(token, 2 * guess) for token in shared)
        return Relation("spelling", weights.SPELLING_SHARE * share, shared)
    if frozenset(word.blurred).isdisjoint(other.blurred):  # nearly always, so asked before it is spelt out
        return None
    shared = tuple(token for token in word.blurred if token in other.blurred)
    share = max(seen(token, 2 * guess) for token in shared)
    return Relation("close", weights.CLOSE_SHARE * share, shared)
