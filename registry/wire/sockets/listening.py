"""Answering on Unix sockets: one thread per connection, until it is stopped."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from registry.wire import frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Makes of a question's frame the frame that answers it, and never raises.
Answering: TypeAlias = "Callable[[bytes], bytes]"


class Listeners:
    """The sockets on which a process answers, each in its own way."""

    def __init__(self, *, too_long: bytes, on_leave: Callable[[], None] | None = None) -> None:
        """Open nothing yet.

        Args:
            too_long: what is answered where an answer fits into no frame.
            on_leave: gives back what belongs to the calling thread, whose connection has ended.
        """
        self._too_long = too_long
        self._on_leave = on_leave
        self._listeners: dict[Path, socket.socket] = {}
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_stopped = False

    def listen(self, path: Path, answering: Answering) -> None:
        """Open a socket for this process's own user alone; returns once it accepts. One that was left there goes."""
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(64)
        self._listeners[path] = listener
        threading.Thread(target=self._accept, args=(listener, answering), daemon=True).start()

    def has(self, path: Path) -> bool:
        """Say whether there is a socket at this place already."""
        return path in self._listeners

    def stop(self) -> None:
        """Close sockets and connections, for good; a question that is being answered gets no answer."""
        with self._lock:
            self._is_stopped = True
            connections = list(self._connections)
        for path, listener in self._listeners.items():
            _wake(listener)
            listener.close()
            path.unlink(missing_ok=True)
        for connection in connections:
            _wake(connection)

    def _accept(self, listener: socket.socket, answering: Answering) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                if self._is_stopped:
                    connection.close()
                    return
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection, answering), daemon=True).start()

    def _serve(self, connection: socket.socket, answering: Answering) -> None:
        try:
            with connection:
                questions = frames.Ahead(connection)
                while (body := questions.receive()) is not None:
                    answer = answering(body)
                    frames.send(connection, answer if len(answer) <= frames.LIMIT_BYTES else self._too_long)
        except OSError:
            pass  # the other side went away; it asks again on a new connection
        finally:
            with self._lock:
                self._connections.discard(connection)
            if self._on_leave is not None:
                self._on_leave()


def _wake(waiting: socket.socket) -> None:
    """End what a thread waits for at a socket; closing it alone would leave the thread waiting."""
    with suppress(OSError):  # the other side was faster
        waiting.shutdown(socket.SHUT_RDWR)
