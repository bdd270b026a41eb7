"""Asking the linker: one connection per thread, one question at a time."""

from __future__ import annotations

import select
import socket
import threading
from typing import TYPE_CHECKING

from registry.errors import RegistryError
from registry.wire import frames, linking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from registry.config import Settings
    from registry.wire.linking import Finding

#: Longer than any answer takes; a linker that is silent for so long is taken for gone.
PATIENCE_SECONDS = 30.0
SOCKET = "linker.sock"


class LinkerAway(RegistryError):  # noqa: N818 - the name says what is the case
    """The linker cannot be reached; nothing was answered. Trying again later is safe."""

    code = "linker.away"


class LinkerRefused(RegistryError):  # noqa: N818 - an answer, not a fault
    """The linker does not answer; `reason` is for the log alone."""

    code = "linker.refused"

    def __init__(self, reason: str) -> None:
        super().__init__("The linker refused.")
        self.reason = reason


class Linker:
    """This process's way to the linker; `configure` says once on which socket."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._local = threading.local()

    def configure(self, path: Path) -> None:
        """Use this socket from now on; the calling thread's connection to another is closed."""
        self.close()
        self._path = path
        self._local = threading.local()

    def find(self, sealed: Sequence[bytes]) -> list[list[Finding]]:
        """Return for each sealed query at most five findings, the best first.

        What other transactions committed to `linkage_arrival` before the call is among what is searched.

        Args:
            sealed: what the keeper sealed less than five minutes ago; any number.

        Raises:
            LinkerRefused: one of them is too old or not the keeper's.
            LinkerAway: it cannot be reached, or went away before it answered.
        """
        findings: list[list[Finding]] = []
        for start in range(0, len(sealed), linking.QUERIES):
            answer = self._ask(linking.Find(list(sealed[start : start + linking.QUERIES])))
            if not isinstance(answer, linking.Found):
                raise TypeError(f"the linker answered {type(answer).__name__}")
            findings.extend(answer.findings)
        return findings

    def ping(self) -> None:
        """Return if the linker is there, else raise LinkerAway."""
        self._ask(linking.Ping())

    def close(self) -> None:
        """Close this thread's connection, if it has one."""
        connection: socket.socket | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def _ask(self, question: linking.Question) -> linking.Answer:
        try:
            connection = self._connection()
            frames.send(connection, linking.ENCODER.encode(question))
            body = frames.receive(connection)
        except OSError as problem:
            self.close()
            raise LinkerAway(f"The linker cannot be reached ({type(problem).__name__}).") from None
        if body is None:
            self.close()
            raise LinkerAway("The linker went away before it answered.")
        answer = linking.ANSWERS.decode(body)
        if isinstance(answer, linking.Refused):
            if answer.code == linking.AWAY:
                raise LinkerAway("The linker cannot reach its database.")
            raise LinkerRefused(answer.code)
        return answer

    def _connection(self) -> socket.socket:
        connection: socket.socket | None = getattr(self._local, "connection", None)
        if connection is not None and not select.select([connection], [], [], 0)[0]:
            return connection
        self.close()
        if self._path is None:
            raise RuntimeError("which linker? call registry.linkage.client.configure first")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(PATIENCE_SECONDS)
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise
        self._local.connection = connection
        return connection


#: The linker as this process reaches it.
LINKER = Linker()


def configure(settings: Settings) -> None:
    """Reach the linker on the socket it has in this registry's run directory."""
    LINKER.configure(settings.run_dir / SOCKET)
