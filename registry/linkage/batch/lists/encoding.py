"""From a list's lines to tokens: each process folds pieces of it, and no text leaves it but the ids of lines."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from secrets import randbits, token_bytes
from typing import TYPE_CHECKING, Final

from registry.keeper.tokens import tokenizer
from registry.linkage.batch.lists.keys import keys_of
from registry.linkage.batch.lists.packer import Packer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from registry.linkage.batch.lists.packing import Indexes, People, Tables, Tokens

#: Pieces that wait to be taken, for each process: more would only fill memory.
_WAITING: Final = 2


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of one run, made for it and forgotten with it: what they made of two runs' names cannot be compared."""

    tokens: bytes = field(repr=False)  #: 32 bytes
    keys: int = field(repr=False)  #: 63 bits

    @classmethod
    def fresh(cls) -> Secrets:
        """Make the keys of a run."""
        return cls(token_bytes(32), randbits(63))

    def packer(self) -> Packer:
        """Return what makes tokens under these keys."""
        return Packer(tokenizer(self.tokens, 1))


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
        packer = secrets.packer()
        for rows in pieces:
            yield _encoded(rows, packer, secrets.keys, asking=asking)
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


def _encoded(rows: list[dict[str, str]], packer: Packer, secret: int, *, asking: bool) -> Piece:
    people, tables = packer.pack(rows)
    keys, owners = keys_of(people, tables, secret=secret, asking=asking)
    return Piece([row["rec_id"] for row in rows], people, tables, keys, owners)


class _There:
    """What a process of the pool is given once."""

    packer: Packer
    secret: int


def _prepare(secrets: Secrets) -> None:
    _There.packer = secrets.packer()
    _There.secret = secrets.keys


def _encoded_there(rows: list[dict[str, str]], asking: bool) -> Piece:  # noqa: FBT001 - submitted by position
    return _encoded(rows, _There.packer, _There.secret, asking=asking)
