"""The engine's side of the child: starts it, believes only whole messages, ends it."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from adapters.contract import RefusedFileError, Survey
from adapters.engine.messages import FROM_CHILD, Batch, FileRefused, Finished, Surveyed
from registry.wire.sockets import frames

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from adapters.engine.messages import FromChild

#: Longer than any adapter thinks about one batch; a child that is silent for so long hangs.
PATIENCE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Source:
    """An open file as somebody handed it over."""

    name: str  #: as the operator calls it; for reports only, never opened
    descriptor: int
    adapter: str
    is_for_test: bool  #: whether this is a system where records marked as tests are welcome


def survey(source: Source) -> Survey:
    """Read a file to its end in a child and return what it holds.

    Raises:
        RefusedFileError: nothing of it can be taken.
    """
    with closing(_messages(source, "survey")) as messages:
        return _surveyed(source, next(messages, None))


def read(source: Source) -> Generator[Survey | Batch, None, None]:
    """Survey a file in a child, then yield its batches as the child translates them.

    Raises:
        RefusedFileError: nothing of it can be taken; or, after the survey, reading it stopped in the middle.
    """
    with closing(_messages(source, "read")) as messages:
        yield _surveyed(source, next(messages, None))
        for message in messages:
            if isinstance(message, Finished):
                return
            if isinstance(message, Batch):
                yield message
            else:
                raise _refused(source, message)
        raise _refused(source, None)


def _surveyed(source: Source, message: FromChild | None) -> Survey:
    if isinstance(message, Surveyed):
        return message.survey
    raise _refused(source, message)


def _refused(source: Source, message: FromChild | None) -> RefusedFileError:
    if isinstance(message, FileRefused):
        return RefusedFileError(message.reason, line=message.line, code=message.code, file=source.name)
    return RefusedFileError(
        "The adapter stopped in the middle: it crashed or went beyond its memory or time.",
        line=0,
        code="adapter.stopped",
        file=source.name,
    )


def _messages(source: Source, task: str) -> Generator[FromChild, None, None]:
    """Yield what the child says until it closes; silence, nonsense and death end the stream alike."""
    with started(_arguments(source, task), file=source.descriptor) as child:
        yield from said(child)


@contextmanager
def started(arguments: Sequence[str], *, file: int = subprocess.DEVNULL) -> Iterator[socket.socket]:
    """Start a child with these arguments, give the socket that leads to it, and end it in any case.

    Args:
        file: an open descriptor that becomes its standard input.
    """
    mine, theirs = socket.socketpair()
    with mine:
        mine.settimeout(PATIENCE_SECONDS)
        with theirs:
            child = subprocess.Popen(
                [sys.executable, "-I", "-m", "adapters.engine.child", *arguments],
                stdin=file,
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
            )
        try:
            yield mine
        finally:
            child.kill()
            child.wait()


def said(child: socket.socket) -> Iterator[FromChild]:
    """Yield a child's messages; what is none ends them, whatever a hostile file made the child send."""
    try:
        while (body := frames.receive(child)) is not None:
            yield FROM_CHILD.decode(body)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return


def _arguments(source: Source, task: str) -> list[str]:
    return [source.adapter, task, "test" if source.is_for_test else "live"]
