"""Length-prefixed msgpack frames over a Unix socket."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from socket import socket

#: A frame holds at most this many bytes: an import's batch of records is the largest that is ever needed.
LIMIT_BYTES = 32 * 1024 * 1024
_LENGTH = struct.Struct(">I")


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
    (size_bytes,) = _LENGTH.unpack(head)
    if size_bytes > LIMIT_BYTES:
        raise DisconnectedError("a frame claims to be over 32 MiB")
    return _exactly(sock, size_bytes, at_boundary=False)


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
