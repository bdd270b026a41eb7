"""Two lists, one pass: encode, find candidates, and compare them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import numpy as np

from registry.linkage.batch.comparing.counting import Counts
from registry.linkage.batch.comparing.pairs import Comparing
from registry.linkage.batch.joining.candidates import BLOCK, database
from registry.linkage.batch.learning import SAMPLE, learned
from registry.linkage.batch.lists.encoding import Secrets, encoding
from registry.linkage.batch.lists.packing import Merging
from registry.linkage.comparison import weights

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    from registry.linkage.batch.comparing.pairs import Evidence
    from registry.linkage.batch.joining.candidates import Keys
    from registry.linkage.batch.learning import Learned
    from registry.linkage.batch.lists.encoding import Encoding
    from registry.linkage.batch.lists.packing import Indexes
    from registry.linkage.batch.work import Work


class Store(Protocol):
    """Gives what joins the keys of a run."""

    def __call__(self, *, threads: int, beside: Path | None) -> AbstractContextManager[Keys]:
        """Open it, with so many threads; it may write in a folder."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Candidates of some questions, ordered by question."""

    block: int  #: questions from block * BLOCK on
    found: Indexes  #: places in the first list
    asked: Indexes  #: places in the second list
    evidence: Evidence

    @property
    def features(self) -> NDArray[np.float32]:
        """Return the features of each pair."""
        return self.evidence.features


@dataclass(frozen=True, slots=True)
class Linking:
    """Two lists as tokens, ready to be compared."""

    left_ids: list[str]
    right_ids: list[str]
    comparing: Comparing
    keys: Keys
    threads: int

    def learned(self) -> Learned:
        """Return the weights for these lists: the shipped ones, corrected by what a sample of the lists shows."""
        questions = len(self.right_ids)
        step = max(1, questions // SAMPLE)
        found, asked = self.keys.candidates(0, questions, step)
        ends = np.searchsorted(asked, np.arange(0, questions, step * BLOCK)[1:])
        pieces = zip(np.split(found, ends), np.split(asked, ends), strict=True)
        evidence = ((self.comparing.features(pairs), pairs[1]) for pairs in pieces)
        return learned(evidence, people=len(self.left_ids), questions=-(-questions // step))

    def blocks(self) -> int:
        """Return how many blocks of questions there are."""
        return -(-len(self.right_ids) // BLOCK)

    def compared(self, but: Collection[int] = ()) -> Iterator[Compared]:
        """Yield the candidates of all questions with what speaks for and against them, in order.

        Args:
            but: blocks that are left out.
        """
        wanted = (block for block in range(self.blocks()) if block not in but)
        with ThreadPoolExecutor(self.threads) as pool:
            waiting = [pool.submit(self._block, block) for block in islice(wanted, self.threads)]
            while waiting:
                done = waiting.pop(0).result()
                waiting += [pool.submit(self._block, block) for block in islice(wanted, 1)]
                yield done

    def _block(self, block: int) -> Compared:
        start = block * BLOCK
        stop = min(start + BLOCK, len(self.right_ids))
        found, asked = self.keys.candidates(start, stop)
        return Compared(block, found, asked, self.comparing.evidence((found, asked)))


@contextmanager
def prepared(
    left: Iterable[list[dict[str, str]]],
    right: Iterable[list[dict[str, str]]],
    *,
    told: Callable[[int], None],
    processes: int | None = None,
    store: Store = database,
    work: Work | None = None,
    salted: bool = False,
) -> Iterator[Linking]:
    """Encode two lists under keys of this run and give what compares them.

    Args:
        left: those who can be found, as `reading.read` yields them; `right` those who are asked about.
        told: called with the number of lines that were encoded since the last call.
        processes: how many encode; as many as there are processors.
        store: what joins keys.
        work: where finished pieces are kept, and the keys under which they were made.
        salted: make tokens of names that are equal only among people of one birth year, or of one day and month;
            without meaning where there is `work`, whose keys say so.
    """
    workers = processes or len(os.sched_getaffinity(0))
    merging = Merging()
    with store(threads=workers, beside=work.folder if work else None) as keys:
        with encoding(work.secrets if work else Secrets.fresh(salted=salted), workers) as lists:
            left_ids, right_ids = (
                _encoded(pieces, lists, keys, asking=asking, told=told, merging=merging, work=work)
                for asking, pieces in ((False, left), (True, right))
            )
        keys.weigh()
        both, tables = merging.whole()
        one, other = both.split(len(left_ids))
        counts = Counts.of([one, other], tables, guesses=(weights.YEAR_GUESS, weights.NATIONALITY_GUESS))
        comparing = Comparing.of(one, other, tables=tables, counts=counts)
        yield Linking(left_ids, right_ids, comparing, keys, workers)


def _encoded(
    pieces: Iterable[list[dict[str, str]]],
    lists: Encoding,
    keys: Keys,
    *,
    asking: bool,
    told: Callable[[int], None],
    merging: Merging,
    work: Work | None,
) -> list[str]:
    """Take in a list; return its ids."""
    ids: list[str] = []
    side = "asked" if asking else "found"
    kept = partial(work.piece, side) if work else _nothing
    for number, (piece, is_new) in enumerate(lists.encoded(pieces, kept, asking=asking)):
        if is_new and work is not None:
            work.keep_piece(side, number, piece)
        keys.add(piece.keys, piece.owners + np.int32(len(ids)), asking=asking)
        ids += piece.ids
        merging.add(piece.people, piece.tables)
        told(len(piece.ids))
    return ids


def _nothing(_number: int) -> None:
    """Return that no piece was kept."""
