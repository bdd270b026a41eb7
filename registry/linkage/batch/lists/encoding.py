"""From a list's lines to tokens: each process folds pieces of it, and no text leaves it but the ids of lines."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

import numpy as np

from registry.folding.identity import tokenized
from registry.keeper.tokens import tokenizer
from registry.linkage import blocking
from registry.linkage.batch.lists.packing import Tables, pack
from registry.linkage.batch.lists.people import identity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from registry.linkage.batch.lists.packing import Indexes, People, Tokens

#: Pieces that wait to be taken, for each process: more would only fill memory.
_WAITING: Final = 2
#: Texts remembered with their tokens in each process.
_REMEMBERED: Final = 1 << 19


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of one run, made for it and forgotten with it: what they made of two runs' names cannot be compared."""

    tokens: bytes
    keys: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a list, as tokens."""

    ids: list[str]
    people: People
    tables: Tables
    keys: Tokens  #: under which they are found, or asked for
    owners: Indexes  #: whose key each is, counted from the first line of the piece


def encoded(
    pieces: Iterable[list[dict[str, str]]], secrets: Secrets, *, asking: bool, processes: int
) -> Iterator[Piece]:
    """Yield the pieces of a list as tokens, in their order.

    Args:
        pieces: as `reading.read` yields them.
        asking: make the keys to ask for instead of those to be found by.
        processes: how many work at it; with one, this one does.
    """
    if processes == 1:
        token = _remembering(secrets.tokens)
        for rows in pieces:
            yield _encoded(rows, token, secrets.keys, asking=asking)
        return
    waiting: deque[Future[Piece]] = deque()
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_prepare, initargs=(secrets,)) as pool:
        for rows in pieces:
            waiting.append(pool.submit(_encoded_there, rows, asking))
            if len(waiting) > _WAITING * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _encoded(
    rows: list[dict[str, str]], token: Callable[[str, str, str], int], secret: bytes, *, asking: bool
) -> Piece:
    identities = [tokenized(identity_of(row), token) for row in rows]
    tables = Tables()
    people = pack(identities, tables)
    found_by = blocking.questions_of if asking else blocking.keys_of
    keys = [found_by(identity, secret) for identity in identities]
    owners = np.repeat(np.arange(len(keys), dtype=np.int32), [len(some) for some in keys])
    flat: NDArray[np.int64] = np.fromiter((key for some in keys for key in some), np.int64, len(owners))
    return Piece([row["rec_id"] for row in rows], people, tables, flat, owners)


def _remembering(key: bytes) -> Callable[[str, str, str], int]:
    """Return a tokenizer that remembers every text: the list it comes from is in this process anyway."""
    return lru_cache(maxsize=_REMEMBERED)(tokenizer(key, 1))


class _There:
    """What a process of the pool is given once."""

    token: Callable[[str, str, str], int]
    secret: bytes


def _prepare(secrets: Secrets) -> None:
    _There.token = staticmethod(_remembering(secrets.tokens))
    _There.secret = secrets.keys


def _encoded_there(rows: list[dict[str, str]], asking: bool) -> Piece:  # noqa: FBT001 - submitted by position
    return _encoded(rows, _There.token, _There.secret, asking=asking)
