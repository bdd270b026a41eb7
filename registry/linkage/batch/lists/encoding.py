"""From a list's lines to tokens: each process folds pieces of it, and no text leaves it but the ids of lines."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from secrets import randbits, token_bytes
from typing import TYPE_CHECKING, Final

from registry.keeper.tokens import tokenizer
from registry.linkage.batch.lists.keys import keys_of
from registry.linkage.batch.lists.packer import Packer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from registry.linkage.batch.lists.packing import Indexes, People, Tables, Tokens

_LOOK_SECONDS: Final = 1.0
#: Pieces that wait to be taken, for each process: more would only fill memory.
_WAITING: Final = 2


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of one run, made for it and forgotten with it: what they made of two runs' names cannot be compared."""

    tokens: bytes = field(repr=False)  #: 32 bytes
    keys: int = field(repr=False)  #: 63 bits
    salted: bool = False  #: whether tokens of names are equal only among people of one birth year, or day and month

    @classmethod
    def fresh(cls, *, salted: bool = False) -> Secrets:
        """Make the keys of a run."""
        return cls(token_bytes(32), randbits(63), salted)

    @classmethod
    def loaded(cls, text: str) -> Secrets:
        """Read keys as `dumped` writes them."""
        tokens, keys, salted = json.loads(text)
        return cls(bytes.fromhex(tokens), keys, salted)

    def dumped(self) -> str:
        """Return the keys as a text, for a run that may be broken off."""
        return json.dumps([self.tokens.hex(), self.keys, self.salted])

    def packer(self) -> Packer:
        """Return what makes tokens under these keys."""
        return Packer(tokenizer(self.tokens, 1), salted=self.salted)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a list, as tokens."""

    ids: list[str]
    people: People
    tables: Tables
    keys: Tokens  #: under which they are found, or asked for
    owners: Indexes  #: whose key each is, counted from the first line of the piece


class Encoding:
    """Makes tokens of lists, in as many processes as are wanted."""

    def __init__(self, secrets: Secrets, pool: ProcessPoolExecutor | None, processes: int) -> None:
        self._secrets, self._pool, self._processes = secrets, pool, processes
        self._packer = secrets.packer()

    def encoded(
        self, pieces: Iterable[list[dict[str, str]]], kept: Callable[[int], Piece | None], *, asking: bool
    ) -> Iterator[tuple[Piece, bool]]:
        """Yield the pieces of a list as tokens, in their order, and whether each is new.

        Args:
            pieces: as `reading.read` yields them.
            kept: returns a piece, by its number, that an earlier run made under the same keys.
            asking: make the keys to ask for instead of those to be found by.
        """
        waiting: deque[Future[Piece] | Piece] = deque()
        for number, rows in enumerate(pieces):
            waiting.append(kept(number) or self._begun(rows, asking=asking))
            while waiting and (len(waiting) > _WAITING * self._processes or isinstance(waiting[0], Piece)):
                yield _finished(waiting.popleft())
        while waiting:
            yield _finished(waiting.popleft())

    def _begun(self, rows: list[dict[str, str]], *, asking: bool) -> Future[Piece]:
        if self._pool is not None:
            return self._pool.submit(_encoded_there, rows, asking)
        made: Future[Piece] = Future()
        made.set_result(_encoded(rows, self._packer, self._secrets.keys, asking=asking))
        return made


@contextmanager
def encoding(secrets: Secrets, processes: int) -> Iterator[Encoding]:
    """Give what encodes lists.

    Args:
        processes: how many work at it; with one, this one does.
    """
    if processes == 1:
        yield Encoding(secrets, None, 1)
        return
    initial = (secrets, os.getpid())
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_prepare, initargs=initial) as pool:
        yield Encoding(secrets, pool, processes)


def _finished(one: Future[Piece] | Piece) -> tuple[Piece, bool]:
    return (one, False) if isinstance(one, Piece) else (one.result(), True)


def _encoded(rows: list[dict[str, str]], packer: Packer, secret: int, *, asking: bool) -> Piece:
    people, tables = packer.pack(rows, asking=asking)
    keys, owners = keys_of(people, tables, secret=secret, asking=asking)
    return Piece([row["rec_id"] for row in rows], people, tables, keys, owners)


class _There:
    """What a process of the pool is given once."""

    packer: Packer
    secret: int


def _prepare(secrets: Secrets, parent: int) -> None:
    _There.packer = secrets.packer()
    _There.secret = secrets.keys
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process soon after the one that started it was killed: nobody else would tell it to."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def _encoded_there(rows: list[dict[str, str]], asking: bool) -> Piece:  # noqa: FBT001 - submitted by position
    return _encoded(rows, _There.packer, _There.secret, asking=asking)
