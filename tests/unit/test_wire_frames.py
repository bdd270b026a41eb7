"""Frames: whole, or an error; nothing in between."""

from __future__ import annotations

import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from registry.wire.sockets.frames import LIMIT_BYTES, DisconnectedError, receive, send

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of one socket pair, which connects to nobody; made before the guard against connections."""
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(20)
        other.settimeout(20)
        yield one, other


@pytest.mark.parametrize("body", [b"", b"a", bytes(1000)], ids=len)
def test_a_frame_comes_back_as_it_was_sent(ends: tuple[socket.socket, socket.socket], body: bytes) -> None:
    send(ends[0], body)
    assert receive(ends[1]) == body


def test_frames_keep_their_order_and_their_borders(ends: tuple[socket.socket, socket.socket]) -> None:
    bodies = [b"first", b"", b"third"]
    for body in bodies:
        send(ends[0], body)
    assert [receive(ends[1]) for _ in bodies] == bodies


def test_a_frame_is_its_length_and_its_body(ends: tuple[socket.socket, socket.socket]) -> None:
    send(ends[0], b"body")
    assert ends[1].recv(100) == b"\0\0\0\x04body"


def test_a_frame_that_arrives_byte_by_byte_is_put_together(ends: tuple[socket.socket, socket.socket]) -> None:
    with ThreadPoolExecutor(1) as pool:
        received = pool.submit(receive, ends[1])
        for byte in b"\0\0\0\x05drops":
            ends[0].send(bytes((byte,)))
        assert received.result(20) == b"drops"


def test_a_frame_larger_than_any_buffer_is_put_together(ends: tuple[socket.socket, socket.socket]) -> None:
    body = bytes(range(256)) * 20_000
    with ThreadPoolExecutor(1) as pool:
        received = pool.submit(receive, ends[1])
        send(ends[0], body)
        assert received.result(20) == body


def test_a_frame_may_hold_exactly_the_limit(ends: tuple[socket.socket, socket.socket]) -> None:
    with ThreadPoolExecutor(1) as pool:
        received = pool.submit(receive, ends[1])
        send(ends[0], bytes(LIMIT_BYTES))
        assert received.result(20) == bytes(LIMIT_BYTES)


def test_the_other_side_may_close_between_frames(ends: tuple[socket.socket, socket.socket]) -> None:
    send(ends[0], b"last")
    ends[0].close()
    assert receive(ends[1]) == b"last"
    assert receive(ends[1]) is None


@pytest.mark.parametrize("sent", [b"\0", b"\0\0\0", b"\0\0\0\x04", b"\0\0\0\x04bod"], ids=repr)
def test_closing_in_the_middle_of_a_frame_is_an_error(ends: tuple[socket.socket, socket.socket], sent: bytes) -> None:
    ends[0].sendall(sent)
    ends[0].close()
    with pytest.raises(DisconnectedError, match="middle"):
        receive(ends[1])


@pytest.mark.parametrize("claimed", [LIMIT_BYTES + 1, 2**32 - 1])
def test_a_length_over_the_limit_is_an_error_before_anything_is_read(
    ends: tuple[socket.socket, socket.socket], claimed: int
) -> None:
    ends[0].sendall(struct.pack(">I", claimed) + b"body")
    with pytest.raises(DisconnectedError, match="32 MiB"):
        receive(ends[1])
    assert ends[1].recv(100) == b"body"


def test_a_body_over_the_limit_is_not_sent_at_all(ends: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(ValueError, match="32 MiB"):
        send(ends[0], bytes(LIMIT_BYTES + 1))
    ends[0].close()
    assert receive(ends[1]) is None


def test_a_silent_other_side_ends_in_the_callers_own_deadline(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[1].settimeout(0.05)
    ends[0].sendall(b"\0\0\0\x04bo")
    with pytest.raises(TimeoutError):
        receive(ends[1])
