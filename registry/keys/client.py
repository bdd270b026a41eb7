"""Asking the keeper: one connection per thread, one question at a time."""

from __future__ import annotations

import select
import socket
import threading
from typing import TYPE_CHECKING, TypeVar

import msgspec

from registry.errors import RegistryError
from registry.wire import frames, messages

if TYPE_CHECKING:
    from pathlib import Path

    from registry.config import Settings

A = TypeVar("A", bound=msgspec.Struct)

#: Longer than any operation takes; a keeper that is silent for so long is taken for gone.
PATIENCE_SECONDS = 60.0


class KeeperRefused(RegistryError):  # noqa: N818 - an answer, not a fault
    """The keeper does not do it; `reason` is for the log alone."""

    code = "keeper.refused"

    def __init__(self, reason: str) -> None:
        super().__init__("The keeper refused.")
        self.reason = reason


class KeeperAway(RegistryError):  # noqa: N818 - the name says what is the case
    """The keeper cannot be reached; nothing was opened. Trying again later is safe."""

    code = "keeper.away"


class Keeper:
    """This process's way to the keeper; `configure` says once on which socket."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._local = threading.local()

    def configure(self, path: Path) -> None:
        """Use this socket from now on; the calling thread's connection to another is closed."""
        self.close()
        self._path = path
        self._local = threading.local()

    def ask(self, question: messages.Question, expected: type[A]) -> A:
        """Ask, and return the answer of the expected form.

        A connection that the keeper closed in the meantime (it was started anew) is noticed before anything is sent.

        Raises:
            KeeperRefused: it said no.
            KeeperAway: it cannot be reached, or went away before it answered; what it did then is unknown.
        """
        try:
            connection = self._connection()
            frames.send(connection, messages.ENCODER.encode(question))
            body = frames.receive(connection)
        except OSError as problem:
            self.close()
            raise KeeperAway(f"The keeper cannot be reached ({type(problem).__name__}).") from None
        if body is None:
            self.close()
            raise KeeperAway("The keeper went away before it answered.")
        answer = messages.ANSWERS.decode(body)
        if isinstance(answer, messages.Refused):
            raise KeeperRefused(answer.code)
        if not isinstance(answer, expected):
            raise TypeError(f"the keeper answered {type(answer).__name__}, expected {expected.__name__}")
        return answer

    def close(self) -> None:
        """Close this thread's connection, if it has one."""
        connection: socket.socket | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def _connection(self) -> socket.socket:
        connection: socket.socket | None = getattr(self._local, "connection", None)
        if connection is not None and not select.select([connection], [], [], 0)[0]:
            return connection
        self.close()
        if self._path is None:
            raise RuntimeError("which keeper? call registry.keys.client.configure first")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(PATIENCE_SECONDS)
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise
        self._local.connection = connection
        return connection


#: The keeper as this process reaches it; with `registry.db.Sessions` the only state of a module.
KEEPER = Keeper()


def configure(settings: Settings) -> None:
    """Reach the keeper on the socket of this process's role; a worker on its agency's own."""
    role = f"worker-{settings.agency}" if settings.process == "worker" else settings.process
    KEEPER.configure(settings.run_dir / f"keeper-{role}.sock")
