"""Length-prefixed msgpack frames over a Unix socket."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from socket import socket

#: A frame holds at most this many bytes: an import's batch of records is the largest that is ever needed.
LIMIT_BYTES = 32 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_AHEAD_BYTES = 64 * 1024


class DisconnectedError(ConnectionError):
    """The other side closed, or sent more than a frame may hold."""


def send(sock: socket, body: bytes) -> None:
    """Send one frame.

    Raises:
        ValueError: for a body over the limit; nothing is sent.
    """
    if len(body) > LIMIT_BYTES:
        raise ValueError("a frame holds at most 32 MiB; send fewer records at once")
    sock.sendall(_LENGTH.pack(len(body)) + body)


def receive(sock: socket) -> bytes | None:
    """Return one frame, or None where the other side closed between frames.

    Raises:
        DisconnectedError: in the middle of a frame, or for a length over the limit.
    """
    head = _exactly(sock, _LENGTH.size, at_boundary=True)
    if head is None:
        return None
    return _exactly(sock, _size(head), at_boundary=False)


class Ahead:
    """Receives frames from a socket that carries nothing else, reading as much at once as there is.

    A short frame takes one call of the system, and between two calls another thread may have taken the interpreter.
    """

    __slots__ = ("_read", "_sock")

    def __init__(self, sock: socket) -> None:
        self._sock = sock
        self._read = b""

    def receive(self) -> bytes | None:
        """Return one frame, or None; as `receive`, which must not be called for this socket any more."""
        while len(self._read) < _LENGTH.size:
            part = self._sock.recv(_AHEAD_BYTES)
            if not part and self._read:
                raise DisconnectedError("the other side closed in the middle of a frame")
            if not part:
                return None
            self._read += part
        end = _LENGTH.size + _size(self._read[: _LENGTH.size])
        body, missing = self._read[_LENGTH.size : end], end - len(self._read)
        self._read = self._read[end:]
        return body + (_exactly(self._sock, missing, at_boundary=False) or b"") if missing > 0 else body


def _size(head: bytes) -> int:
    (size_bytes,) = _LENGTH.unpack(head)
    if size_bytes > LIMIT_BYTES:
        raise DisconnectedError("a frame claims to be over 32 MiB")
    return int(size_bytes)


def _exactly(sock: socket, size_bytes: int, *, at_boundary: bool) -> bytes | None:
    received = sock.recv(size_bytes) if size_bytes else b""
    if len(received) == size_bytes:
        return received
    if not received and at_boundary:
        return None
    parts, have = [received], len(received)
    while have < size_bytes:
        part = sock.recv(min(size_bytes - have, 1 << 20))
        if not part:
            raise DisconnectedError("the other side closed in the middle of a frame")
        parts.append(part)
        have += len(part)
    return b"".join(parts)
