"""Two lists, one pass: encode, find candidates, and compare them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from registry.linkage.batch import candidates
from registry.linkage.batch.comparing.counting import Counts
from registry.linkage.batch.comparing.pairs import Comparing
from registry.linkage.batch.learning import SAMPLE, learned
from registry.linkage.batch.lists.encoding import Secrets, encoded
from registry.linkage.batch.lists.packing import People, merged
from registry.linkage.comparison import weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from registry.linkage.batch.candidates import Keys
    from registry.linkage.batch.learning import Learned
    from registry.linkage.batch.lists.packing import Indexes, Tables

#: Questions whose candidates are compared at once.
AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Compared:
    """Candidates of some questions, ordered by question."""

    found: Indexes  #: places in the first list
    asked: Indexes  #: places in the second list
    features: NDArray[np.float32]
    questions: int  #: how many were asked, with candidates or without


@dataclass(frozen=True, slots=True)
class Linking:
    """Two lists as tokens, ready to be compared."""

    left_ids: list[str]
    right_ids: list[str]
    comparing: Comparing
    keys: Keys

    def learned(self) -> Learned:
        """Return the weights for these lists: the shipped ones, corrected by what a sample of the lists shows."""
        questions = len(self.right_ids)
        step = max(1, questions // SAMPLE)
        found, asked = self.keys.candidates(0, questions, step)
        ends = np.searchsorted(asked, np.arange(0, questions, step * AT_ONCE)[1:])
        pieces = zip(np.split(found, ends), np.split(asked, ends), strict=True)
        evidence = ((self.comparing.features(pairs), pairs[1]) for pairs in pieces)
        return learned(evidence, people=len(self.left_ids), questions=-(-questions // step))

    def compared(self) -> Iterator[Compared]:
        """Yield the candidates of all questions with what speaks for and against them."""
        for start in range(0, len(self.right_ids), AT_ONCE):
            stop = min(start + AT_ONCE, len(self.right_ids))
            found, asked = self.keys.candidates(start, stop)
            yield Compared(found, asked, self.comparing.features((found, asked)), stop - start)


@contextmanager
def prepared(
    left: Iterable[list[dict[str, str]]],
    right: Iterable[list[dict[str, str]]],
    *,
    told: Callable[[int], None],
    processes: int | None = None,
) -> Iterator[Linking]:
    """Encode two lists under keys of this run and give what compares them.

    Args:
        left: those who can be found, as `reading.read` yields them; `right` those who are asked about.
        told: called with the number of lines that were encoded since the last call.
        processes: how many encode; as many as there are processors.
    """
    workers = processes or len(os.sched_getaffinity(0))
    keys_of_run = Secrets.fresh()
    with candidates.database(threads=workers) as keys:
        sides: list[tuple[list[str], People, Tables]] = []
        for asking, pieces in ((False, left), (True, right)):
            sides.append(_encoded(pieces, keys_of_run, keys, asking=asking, told=told, processes=workers))
        keys.weigh()
        (left_ids, one, its_tables), (right_ids, other, their_tables) = sides
        both, tables = merged([(one, its_tables), (other, their_tables)])
        one, other = both.split(len(left_ids))
        counts = Counts.of([one, other], tables, guesses=(weights.YEAR_GUESS, weights.NATIONALITY_GUESS))
        yield Linking(left_ids, right_ids, Comparing.of(one, other, tables=tables, counts=counts), keys)


def _encoded(
    pieces: Iterable[list[dict[str, str]]],
    keys_of_run: Secrets,
    keys: Keys,
    *,
    asking: bool,
    told: Callable[[int], None],
    processes: int,
) -> tuple[list[str], People, Tables]:
    ids: list[str] = []
    parts: list[tuple[People, Tables]] = []
    for piece in encoded(pieces, keys_of_run, asking=asking, processes=processes):
        keys.add(piece.keys, piece.owners + np.int32(len(ids)), asking=asking)
        ids += piece.ids
        parts.append((piece.people, piece.tables))
        told(len(piece.ids))
    people, tables = merged(parts)
    return ids, people, tables
