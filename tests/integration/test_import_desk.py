"""The worker's desk: one client at a time, and no client can break it."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import psutil
import pytest

from adapters.engine.client import ImportStoppedError, at_the_desk, hand_over
from adapters.engine.messages import FileReport
from adapters.engine.reading import Source
from adapters.engine.worker import Desk, listening
from registry.wire.sockets import frames

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def desk() -> Iterator[Desk]:
    folder = Path(tempfile.mkdtemp(prefix="einmal-desk-", dir="/tmp"))
    opened = Desk(uuid4(), folder / "worker.sock", is_for_test=True)
    with listening(opened.path) as listener:
        serving = threading.Thread(target=serve, args=(opened, listener))
        serving.start()
        yield opened
        listener.shutdown(socket.SHUT_RDWR)
        serving.join(10)
    assert not opened.path.exists()
    shutil.rmtree(folder)


def serve(desk: Desk, listener: socket.socket) -> None:
    with suppress(OSError):
        desk.run(listener)


def never() -> None:
    pytest.fail("nobody goes first")


def broken_file(path: Path) -> Iterator[Source]:
    path.write_text('{"refnr":', encoding="utf-8")
    with path.open("rb") as file:
        yield Source("broken.json", file.fileno(), "ba", is_for_test=True)


def test_a_file_is_handed_over_as_an_open_descriptor(desk: Desk, tmp_path: Path) -> None:
    with at_the_desk(desk.path, never) as worker:
        (report,) = hand_over(worker, uuid4(), broken_file(tmp_path / "x"), on_progress=print)
    assert isinstance(report, FileReport)
    assert (report.file, report.is_whole, report.refused[0].code) == ("broken.json", False, "json.truncated")


def test_the_socket_is_for_this_user_alone(desk: Desk) -> None:
    assert desk.path.stat().st_mode & 0o777 == 0o600


def test_a_second_client_is_told_that_it_waits_and_gets_its_turn(desk: Desk) -> None:
    waiting = threading.Event()
    with at_the_desk(desk.path, never) as first:
        second = threading.Thread(target=take_a_turn, args=(desk.path, waiting))
        second.start()
        assert waiting.wait(10)
        assert second.is_alive()
        first.shutdown(socket.SHUT_RDWR)
        second.join(10)
        assert not second.is_alive()


def take_a_turn(path: Path, waiting: threading.Event) -> None:
    with at_the_desk(path, waiting.set):
        pass


def test_a_client_that_talks_nonsense_or_leaves_does_not_break_the_desk(desk: Desk, tmp_path: Path) -> None:
    for nonsense in (b"\xff" * 40, b"\x00\x00\x00\x02hi", b""):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(str(desk.path))
            client.sendall(nonsense)
    with at_the_desk(desk.path, never) as worker:
        assert len(list(hand_over(worker, uuid4(), broken_file(tmp_path / "x"), on_progress=print))) == 1


def test_a_worker_that_goes_away_is_said_to_have_gone(tmp_path: Path) -> None:
    mine, theirs = socket.socketpair()
    theirs.close()
    with mine, pytest.raises(ImportStoppedError, match="went away"):
        list(hand_over(mine, uuid4(), broken_file(tmp_path / "x"), on_progress=print))


def test_an_announced_file_without_a_descriptor_ends_only_that_client(desk: Desk) -> None:
    with at_the_desk(desk.path, never) as worker:
        order = {"is": "hand-over", "run": str(uuid4()), "adapter": "ba", "file": "x"}
        frames.send(worker, encoded(order))
        worker.sendall(b"+")
        assert frames.receive(worker) is None
    with at_the_desk(desk.path, never):
        pass


def encoded(order: dict[str, str]) -> bytes:
    return msgspec.msgpack.encode(order)


def test_a_descriptor_is_closed_when_its_file_is_done(desk: Desk, tmp_path: Path) -> None:
    with at_the_desk(desk.path, never) as worker:
        before = psutil.Process().num_fds()
        for _ in range(5):
            list(hand_over(worker, uuid4(), broken_file(tmp_path / "x"), on_progress=print))
        assert psutil.Process().num_fds() <= before + 1  # the last one may be closed a moment after its report
