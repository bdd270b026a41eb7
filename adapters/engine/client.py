"""A client's side of a worker: hands files over and yields their reports, or fetches an export."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING, ClassVar, TypeVar

import msgspec

from adapters.engine.messages import (
    ENCODER,
    FROM_WORKER,
    AskWho,
    Export,
    Exported,
    FileReport,
    HandOver,
    Part,
    Progress,
    Started,
    Stopped,
    Who,
)
from registry.errors import RegistryError
from registry.wire.sockets import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from uuid import UUID

    from adapters.engine.messages import FromWorker
    from adapters.engine.reading import Source

L = TypeVar("L", Exported, Who)

_GONE = "The worker went away. Try again; nothing was written."
#: Seconds until a worker that is being started listens.
START_SECONDS = 30.0
#: Seconds a batch takes at the most, the worker's own waiting for database and keeper included.
PATIENCE_SECONDS = 300.0


class ImportStoppedError(RegistryError):
    """The worker could not go on. What it took in stays in; importing the same file again changes nothing of that."""

    code: ClassVar[str] = "import.stopped"


class ExportStoppedError(RegistryError):
    """The worker could not go on. What it has sent so far is no whole file."""

    code: ClassVar[str] = "export.stopped"


class ListStoppedError(RegistryError):
    """The worker could not go on asking who of a list is known."""

    code: ClassVar[str] = "list.stopped"


@contextlib.contextmanager
def at_the_desk(path: Path, on_wait: Callable[[], None]) -> Iterator[socket.socket]:
    """Connect to a worker and wait for this client's turn.

    Args:
        on_wait: called once where somebody else goes first.

    Raises:
        ImportStoppedError: no worker listens there.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as worker:
        _connect(worker, path)
        worker.settimeout(2.0)
        try:
            told = worker.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            on_wait()
            worker.settimeout(None)
            told = worker.recv(1, socket.MSG_PEEK)
        worker.settimeout(PATIENCE_SECONDS)
        if not told or not isinstance(_told(worker), Started):
            raise ImportStoppedError("The worker closed before it began. Try again; nothing was done yet.")
        yield worker


def hand_over(
    worker: socket.socket, run: UUID, sources: Iterable[Source], *, on_progress: Callable[[Progress], None]
) -> Iterator[FileReport]:
    """Hand over one file after the other and yield what became of each.

    Raises:
        ImportStoppedError: the worker said that it cannot go on, or went away.
    """
    for source in sources:
        try:
            frames.send(worker, ENCODER.encode(HandOver(run, source.adapter, source.name)))
            socket.send_fds(worker, [b"+"], [source.descriptor])
            while isinstance(message := _told(worker), Progress):
                on_progress(message)
        except (OSError, msgspec.DecodeError) as gone:
            raise _went_away() from gone
        if isinstance(message, Stopped):
            raise ImportStoppedError(f"{source.name}: {message.reason} What was taken in so far stays in.")
        if not isinstance(message, FileReport):
            raise _went_away()
        yield message


def fetch(
    worker: socket.socket, order: Export, *, on_part: Callable[[Part], None], on_progress: Callable[[Progress], None]
) -> Exported:
    """Have the worker write what its agency may have; return how much it was, once all parts have come.

    Raises:
        ExportStoppedError: the worker said that it cannot go on, or went away; the parts that came make no whole file.
    """
    try:
        frames.send(worker, ENCODER.encode(order))
        while isinstance(message := _told(worker), Progress | Part):
            if isinstance(message, Part):
                on_part(message)
            else:
                on_progress(message)
    except (ConnectionError, TimeoutError, msgspec.DecodeError) as gone:
        raise ExportStoppedError(_GONE) from gone
    return _last(message, Exported, ExportStoppedError)


def ask_who(worker: socket.socket, order: AskWho) -> list[str]:
    """Have the worker ask who of these is known already; return a grade for each.

    Raises:
        ListStoppedError: the worker said that it cannot, or went away.
    """
    try:
        frames.send(worker, ENCODER.encode(order))
        message = _told(worker)
    except (ConnectionError, TimeoutError, msgspec.DecodeError) as gone:
        raise ListStoppedError(_GONE) from gone
    return _last(message, Who, ListStoppedError).grades


def _last(message: FromWorker | None, expected: type[L], error: type[RegistryError]) -> L:
    """Return the message that ends an order, or raise what it says."""
    if isinstance(message, Stopped):
        raise error(f"{message.reason} Nothing was written.")
    if not isinstance(message, expected):
        raise error(_GONE)
    return message


def _told(worker: socket.socket) -> FromWorker | None:
    body = frames.receive(worker)
    return None if body is None else FROM_WORKER.decode(body)


def _connect(worker: socket.socket, path: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            worker.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError) as absent:
            if time.monotonic() > end:
                raise ImportStoppedError(
                    "That agency's worker does not listen; see its log under REGISTRY_HOME/logs."
                ) from absent
            time.sleep(0.1)
        else:
            return


def _went_away() -> ImportStoppedError:
    return ImportStoppedError("The worker went away. Import the file again; what was taken in stays unchanged.")
