"""Answering on Unix sockets: one thread per connection, until it is stopped."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from registry.wire.sockets import frames

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

    def listen(self, path: Path, answering: Answering, *, group: int | None = None) -> None:
        """Open a socket; returns once it accepts. One that was left there goes.

        Args:
            group: whose members may ask beside this process's own user, as a number; None: nobody.
        """
        listener = self._listeners[path] = bound(path, group=group)
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


def bound(path: Path, *, group: int | None = None) -> socket.socket:
    """Return a listening socket for this process's own user, and for a group where one is named.

    A directory that is missing is made for this user alone; whoever lets others in made it before.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        if group is not None:
            os.chown(path, -1, group)
        path.chmod(0o600 if group is None else 0o660)  # before it accepts anybody
        listener.listen(64)
    except BaseException:
        listener.close()
        raise
    return listener


def _wake(waiting: socket.socket) -> None:
    """End what a thread waits for at a socket; closing it alone would leave the thread waiting."""
    with suppress(OSError):  # the other side was faster
        waiting.shutdown(socket.SHUT_RDWR)
