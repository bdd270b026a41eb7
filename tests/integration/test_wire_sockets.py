"""Asking and answering on a Unix socket: threads, restarts, silence, answers too long, and an orderly end."""

from __future__ import annotations

import shutil
import signal
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registry.wire.sockets import frames
from registry.wire.sockets.calling import Caller
from registry.wire.sockets.listening import Listeners

if TYPE_CHECKING:
    from collections.abc import Iterator


class AwayError(Exception):
    """What the callers of these tests raise."""


class Slow:
    """Answers with the question, but not before it may."""

    def __init__(self) -> None:
        self.is_asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self, body: bytes) -> bytes:
        """Wait, and say so."""
        self.is_asked.set()
        return body if self.may_answer.wait(10) else b""


@pytest.fixture
def path() -> Iterator[Path]:
    """A place for a socket; short, as sockets need it."""
    directory = Path(tempfile.mkdtemp(prefix="einmal-socket-", dir="/tmp"))
    yield directory / "one.sock"
    shutil.rmtree(directory)


@pytest.fixture
def caller(path: Path) -> Iterator[Caller]:
    """A way to whoever listens there."""
    made = Caller("oracle", away=AwayError, patience_seconds=0.5)
    made.configure(path)
    yield made
    made.close()


def turned(body: bytes) -> bytes:
    """Answer with the question turned round."""
    return body[::-1]


@pytest.fixture
def oracle(path: Path) -> Iterator[Listeners]:
    """Listens there and answers."""
    listeners = Listeners(too_long=b"too long")
    listeners.listen(path, turned)
    yield listeners
    listeners.stop()


def test_each_thread_has_a_connection_of_its_own_and_hears_its_own_answers(oracle: Listeners, caller: Caller) -> None:
    assert oracle
    start = threading.Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(lambda at: _asked_often(caller, start, at), range(8)))
    assert heard == [[b"%d-%d" % (round_, at) for round_ in range(20)] for at in range(8)]


def _asked_often(caller: Caller, start: threading.Barrier, at: int) -> list[bytes]:
    start.wait(10)
    heard = [caller.call((b"%d-%d" % (round_, at))[::-1]) for round_ in range(20)]
    caller.close()
    return heard


def test_several_sockets_answer_each_in_its_own_way(oracle: Listeners, caller: Caller, path: Path) -> None:
    other = path.with_name("other.sock")
    assert not oracle.has(other)
    oracle.listen(other, bytes.upper)
    assert oracle.has(other)
    assert caller.call(b"abc") == b"cba"
    caller.configure(other)
    assert caller.call(b"abc") == b"ABC"


def test_whoever_was_started_anew_is_asked_on_a_new_connection(oracle: Listeners, caller: Caller, path: Path) -> None:
    assert caller.call(b"one") == b"eno"
    oracle.stop()
    with pytest.raises(AwayError, match="oracle cannot be reached"):
        caller.call(b"two")
    again = Listeners(too_long=b"")
    again.listen(path, turned)
    assert caller.call(b"two") == b"owt"
    again.stop()


def test_a_socket_that_a_killed_process_left_is_no_hindrance(path: Path, caller: Caller) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(path))
    listeners = Listeners(too_long=b"")
    listeners.listen(path, turned)
    assert caller.call(b"one") == b"eno"
    assert path.stat().st_mode & 0o777 == 0o600
    listeners.stop()
    assert not path.exists()


def test_whoever_goes_away_while_it_answers_is_away(path: Path) -> None:
    slow = Slow()
    listeners = Listeners(too_long=b"")
    listeners.listen(path, slow)
    patient = Caller("oracle", away=AwayError, patience_seconds=10)
    patient.configure(path)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(patient.call, b"one")
        assert slow.is_asked.wait(10)
        listeners.stop()
        with pytest.raises(AwayError, match="went away before it answered"):
            answer.result(5)
        slow.may_answer.set()


def test_silence_is_taken_for_absence(path: Path, caller: Caller) -> None:
    slow = Slow()
    listeners = Listeners(too_long=b"")
    listeners.listen(path, slow)
    with pytest.raises(AwayError, match="silent for too long"):
        caller.call(b"one")
    slow.may_answer.set()
    assert caller.call(b"two") == b"two"  # on a new connection: the late answer belongs to nobody
    listeners.stop()


def test_an_answer_that_nobody_waited_for_is_not_that_of_the_next_question(path: Path) -> None:
    """As where a signal ends a question in the midst of waiting."""
    slow = Slow()
    listeners = Listeners(too_long=b"")
    listeners.listen(path, slow)
    patient = Caller("oracle", away=AwayError, patience_seconds=10)
    patient.configure(path)
    before = signal.signal(signal.SIGALRM, _interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(InterruptedWorkError):
            patient.call(b"one")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    slow.may_answer.set()
    assert patient.call(b"two") == b"two"
    patient.close()
    listeners.stop()


class InterruptedWorkError(Exception):
    """What the signal's handler raises."""


def _interrupt(_number: int, _frame: object) -> None:
    raise InterruptedWorkError


def test_an_answer_that_fits_no_frame_is_said_to_be_too_long(path: Path, caller: Caller) -> None:
    listeners = Listeners(too_long=b"too long")
    listeners.listen(path, lambda body: bytes(frames.LIMIT_BYTES + len(body)))
    assert caller.call(b"x") == b"too long"
    listeners.stop()


def test_a_question_that_fits_no_frame_is_not_sent(oracle: Listeners, caller: Caller) -> None:
    assert oracle
    with pytest.raises(ValueError, match="32 MiB"):
        caller.call(bytes(frames.LIMIT_BYTES + 1))
    assert caller.call(b"one") == b"eno"


def test_what_belongs_to_a_connections_thread_is_given_back_when_it_ends(path: Path, caller: Caller) -> None:
    left = threading.Event()
    listeners = Listeners(too_long=b"", on_leave=left.set)
    listeners.listen(path, turned)
    assert caller.call(b"one") == b"eno"
    assert not left.is_set()
    caller.close()
    assert left.wait(10)
    listeners.stop()


def test_a_stop_ends_connections_that_ask_nothing(oracle: Listeners, path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.connect(str(path))
        silent.settimeout(10)
        frames.send(silent, b"one")
        assert frames.receive(silent) == b"eno"
        began = time.monotonic()
        oracle.stop()
        assert silent.recv(1) == b""
        assert time.monotonic() - began < 5


def test_nobody_is_reached_before_it_is_said_where() -> None:
    with pytest.raises(RuntimeError, match="which oracle"):
        Caller("oracle", away=AwayError, patience_seconds=1).call(b"")
