"""The child that writes: it asks for persons, sends files in parts, and its failure leaves no whole file."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
import pytest

from adapters.contract import AdapterError, Office, PermanentError, Piece, Share
from adapters.engine.child import PART_BYTES, written
from adapters.engine.messages import ENCODER, FROM_CHILD, Begin, FileRefused, Finished, Part, Shares, Wanted
from adapters.engine.reading import said, started
from registry.wire.sockets import frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.contract import AgencyAdapter
    from adapters.engine.messages import FromChild

BEGIN = Begin(Office("677", "Agentur"), "2026-03-01T12:00:00Z", 3)


@dataclass(frozen=True, slots=True)
class Writer:
    """A small adapter: one file tells who came, another grows beside it, as large as a test likes."""

    filling: int = 0
    failure: AdapterError | None = None

    def write(self, shares: Iterator[Share], office: Office, *, at: str) -> Iterator[Piece]:
        """Write a line of each person into two files."""
        yield Piece("a.txt", f"{office.name} {at}\n".encode())
        for share in shares:
            yield Piece("a.txt", f"{share.appearance} {len(share.own)} {len(share.granted)}\n".encode())
            yield Piece("b.txt", b"x" * self.filling)
        if self.failure:
            raise self.failure


def talk(adapter: Writer, batches: Sequence[list[Share]]) -> list[FromChild]:
    """Do the parent's part of the talk and return what was said beside the questions."""
    mine, theirs = socket.socketpair()
    with mine, theirs:
        mine.settimeout(20)
        child = threading.Thread(target=answer, args=(adapter, theirs))
        child.start()
        heard: list[FromChild] = []
        waiting = iter([*batches, []])
        for message in said(mine):
            if isinstance(message, Wanted):
                frames.send(mine, ENCODER.encode(Shares(next(waiting))))
            else:
                heard.append(message)
            if isinstance(message, Finished | FileRefused):
                break
        child.join(20)
    return heard


def answer(adapter: AgencyAdapter, channel: socket.socket) -> None:
    for message in written(adapter, BEGIN, channel):
        frames.send(channel, ENCODER.encode(message))


def joined(heard: list[FromChild]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for part in heard:
        if isinstance(part, Part):
            assert len(part.content) <= PART_BYTES
            files[part.name] = files.get(part.name, b"") + part.content
    return files


def share(name: str) -> Share:
    return Share(name, own=({"kind": "identity.sex"},))


def test_persons_are_asked_for_batch_by_batch_and_small_pieces_joined() -> None:
    heard = talk(Writer(), [[share("1"), share("2")], [share("3")]])
    assert heard[-1] == Finished()
    assert len(heard) == 3
    assert joined(heard) == {"a.txt": b"Agentur 2026-03-01T12:00:00Z\n1 1 0\n2 1 0\n3 1 0\n", "b.txt": b""}


def test_an_agency_that_may_have_nothing_gets_what_its_format_says_of_nobody() -> None:
    assert joined(talk(Writer(), [])) == {"a.txt": b"Agentur 2026-03-01T12:00:00Z\n"}


def test_large_pieces_of_files_that_grow_side_by_side_are_cut_and_keep_their_order() -> None:
    heard = talk(Writer(filling=2 * PART_BYTES + 5), [[share("1"), share("2")]])
    files = joined(heard)
    assert files["a.txt"].endswith(b"1 1 0\n2 1 0\n")
    assert len(files["b.txt"]) == 2 * (2 * PART_BYTES + 5)


def test_an_adapter_that_cannot_is_heard_with_its_reason() -> None:
    heard = talk(Writer(failure=PermanentError("It has no address.")), [[share("1")]])
    assert heard[-1] == FileRefused(0, "adapter.never", "It has no address.")


@pytest.mark.parametrize("name", ["ba", "bamf", "jobcenter"])
def test_every_adapter_writes_in_a_child_that_can_open_nothing(name: str) -> None:
    """Nobody is the least it can be asked to write; a missing module would be found here."""
    with started([name, "write", "live"]) as child:
        frames.send(child, ENCODER.encode(BEGIN))
        heard: list[FromChild] = []
        for message in said(child):
            if isinstance(message, Wanted):
                frames.send(child, ENCODER.encode(Shares([])))
            heard.append(message)
    assert heard[-1] == Finished()


def test_a_parent_that_leaves_ends_the_child() -> None:
    with started(["ba", "write", "live"]) as child:
        frames.send(child, ENCODER.encode(BEGIN))
        assert isinstance(FROM_CHILD.decode(frames.receive(child) or b""), Wanted)
        (process,) = (one for one in psutil.Process().children() if "adapters.engine.child" in " ".join(one.cmdline()))
        child.shutdown(socket.SHUT_RDWR)
        process.wait(20)


def test_a_parent_that_leaves_before_it_began_is_told_nothing() -> None:
    with started(["ba", "write", "live"]) as child:
        child.shutdown(socket.SHUT_WR)
        assert list(said(child)) == []
