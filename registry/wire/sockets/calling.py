"""Asking a process of ours: one connection per thread, one question at a time."""

from __future__ import annotations

import select
import socket
import threading
from typing import TYPE_CHECKING

from registry.wire import frames

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

        A connection that the other side closed meanwhile (it was started anew) is noticed before anything is sent.

        Raises:
            Exception: what `away` makes: it cannot be reached, or went away before it answered; what it did then is
                unknown.
            ValueError: the body fits into no frame; nothing was sent.
        """
        try:
            connection = self._connection()
            frames.send(connection, body)
            answer = frames.receive(connection)
        except OSError as problem:
            self.close()
            raise self._away(f"The {self._name} cannot be reached ({type(problem).__name__}).") from None
        if answer is None:
            self.close()
            raise self._away(f"The {self._name} went away before it answered.")
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
            raise RuntimeError(f"which {self._name}? configure its client first")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self._patience_seconds)
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise
        self._local.connection = connection
        return connection
