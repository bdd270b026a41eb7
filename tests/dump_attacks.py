"""Attacks on a dump of the linker's tables by somebody who has the plaintext of much the same people.

The tables hold, for each appearance, keyed digests of pairs of evidence. Without the keys no digest can be made; what
is left to look at is how often each occurs, and which occur together. The attacker makes the same from her own list
under keys of her own, and matches structure with structure. `research/linkage.md`, section 7, has the sources.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: The digests stored for each person; both sides under the same keys, of which no attack here makes use.
Postings: TypeAlias = "Mapping[str, frozenset[int]]"
_FREQUENCIES = 16


@dataclass(frozen=True, slots=True)
class Claims:
    """What an attacker says that she recognised."""

    right: int
    made: int


def by_frequency(dump: Postings, own: Postings, top: int) -> Claims:
    """Take the n-th most frequent digest of the dump for the n-th most frequent of one's own."""
    ranks = [[digest for digest, _ in counted(side).most_common(top)] for side in (dump, own)]
    return Claims(sum(one == other for one, other in zip(*ranks, strict=True)), top)


def by_likeness(dump: Postings, own: Postings) -> Claims:
    """Take for each person of one's own who shows the most similar frequencies in the dump."""
    (there, theirs), (here, mine) = _shown(dump), _shown(own)
    right = 0
    for first in range(0, len(here), 1000):
        some = mine[first : first + 1000]
        far = (some**2).sum(1)[:, None] - 2 * some @ theirs.T + (theirs**2).sum(1)[None]
        guesses = far.argmin(1)
        right += sum(here[first + at] == there[guess] for at, guess in enumerate(guesses))
    return Claims(right, len(here))


def by_company(dump: Postings, own: Postings, rounds: int) -> Claims:
    """Colour persons by their digests and digests by their persons, in turns, and match colours that are single.

    The refinement of Weisfeiler and Leman: two who are told apart by which digests occur together get two colours.
    """
    there, here = _single(_coloured(dump, rounds)), _single(_coloured(own, rounds))
    common = there.keys() & here.keys()
    return Claims(sum(there[colour] == here[colour] for colour in common), len(common))


def counted(side: Postings) -> Counter[int]:
    """Return how many persons share each digest."""
    return Counter(digest for digests in side.values() for digest in digests)


def _shown(side: Postings) -> tuple[list[str], NDArray[np.float64]]:
    counts = counted(side)
    shown = np.zeros((len(side), _FREQUENCIES + 1))
    for row, digests in zip(shown, side.values(), strict=True):
        frequencies = sorted((counts[one] for one in digests), reverse=True)[:_FREQUENCIES]
        row[: len(frequencies)] = np.log1p(frequencies)
        row[-1] = len(digests)
    return list(side), shown


def _coloured(side: Postings, rounds: int) -> dict[str, int]:
    bearers: dict[int, list[str]] = defaultdict(list)
    for person, digests in side.items():
        for one in digests:
            bearers[one].append(person)
    shade = {digest: len(persons) for digest, persons in bearers.items()}
    for _ in range(rounds):
        colour = {person: hash(tuple(sorted(shade[one] for one in digests))) for person, digests in side.items()}
        shade = {digest: hash((shade[digest], *sorted(colour[one] for one in bearers[digest]))) for digest in shade}
    return colour


def _single(colours: Mapping[str, int]) -> dict[int, str]:
    often = Counter(colours.values())
    return {colour: person for person, colour in colours.items() if often[colour] == 1}
