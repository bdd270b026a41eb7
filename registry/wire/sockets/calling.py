"""Asking a process of ours: one connection per thread, one question at a time."""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.wire.sockets import frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Caller:
    """The way to one process, for all threads of this one; `configure` says once on which socket."""

    def __init__(self, name: str, *, away: Callable[[str], Exception], patience_seconds: float) -> None:
        """Remember whom to reach; nothing is opened yet.

        Args:
            name: what messages call the other side, for example "keeper".
            away: makes of a sentence the error that says that the other side cannot be reached.
            patience_seconds: whoever is silent for so long is taken for gone.
        """
        self._name = name
        self._away = away
        self._patience_seconds = patience_seconds
        self._path: Path | None = None
        self._local = threading.local()

    def configure(self, path: Path) -> None:
        """Use this socket from now on; the calling thread's connection to another is closed."""
        self.close()
        self._path = path
        self._local = threading.local()

    def call(self, body: bytes) -> bytes:
        """Send one frame and return the one that answers it.

        Where the other side closed the connection meanwhile (it was started anew), the frame goes to a new one: what
        nobody could read was not done.

        Raises:
            Exception: what `away` makes: it cannot be reached, or went away before it answered; what it did then is
                unknown.
            ValueError: the body fits into no frame; nothing was sent.
        """
        try:
            answer = self._sent(body).receive()
        except BlockingIOError:
            self.close()
            raise self._away(f"The {self._name} was silent for too long.") from None
        except OSError as problem:
            self.close()
            raise self._away(f"The {self._name} cannot be reached ({type(problem).__name__}).") from None
        except BaseException:
            self.close()  # an answer that nobody waited for must not become that of the next question
            raise
        if answer is None:
            self.close()
            raise self._away(f"The {self._name} went away before it answered.")
        return answer

    def close(self) -> None:
        """Close this thread's connection, if it has one."""
        line: _Line | None = getattr(self._local, "line", None)
        self._local.line = None
        if line is not None:
            line.connection.close()

    def _sent(self, body: bytes) -> frames.Ahead:
        """Send a frame and return where its answer comes."""
        line: _Line | None = getattr(self._local, "line", None)
        if line is not None:
            try:
                frames.send(line.connection, body)
            except (BrokenPipeError, ConnectionResetError):
                self.close()
            else:
                return line.answers
        line = self._connected()
        self._local.line = line
        frames.send(line.connection, body)
        return line.answers

    def _connected(self) -> _Line:
        if self._path is None:
            raise RuntimeError(f"which {self._name}? configure its client first")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # The system's own patience: Python's would ask before each call whether there is anything to read.
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                connection.setsockopt(socket.SOL_SOCKET, option, _timeval(self._patience_seconds))
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise
        return _Line(connection, frames.Ahead(connection))


@dataclass(frozen=True, slots=True)
class _Line:
    """A thread's connection, and what is read from it."""

    connection: socket.socket
    answers: frames.Ahead


def _timeval(seconds: float) -> bytes:
    whole, part = divmod(round(seconds * 1_000_000), 1_000_000)
    return struct.pack("@ll", whole, part)
