"""The child in which an adapter reads or writes: no environment, no database, no keeper, no further descriptor.

Started as `python -I -m adapters.engine.child ADAPTER survey|read|write test|live`, with a socket as standard output
and, to be read, the file as standard input. What is to be written comes over the socket, asked for batch by batch.

Confined is what a stranger's file makes an adapter do. An adapter's module is loaded before that, with all the rights
of the worker's user: whoever installs an adapter trusts it. Without root the child stays the worker's user and could
still send signals to that user's other processes.
"""

from __future__ import annotations

import codecs
import contextlib
import gc
import os
import resource
import socket
import sys
import traceback
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, BinaryIO

from adapters.contract import ADAPTERS, Record, Refused, RefusedFileError, TransientError
from adapters.contract import PermanentError as Permanent
from adapters.engine.messages import ENCODER, TO_CHILD, Batch, Begin, FileRefused, Finished, Part, Surveyed, Wanted
from registry.wire.sockets import frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import AgencyAdapter, Piece, Share
    from adapters.engine.messages import FromChild

#: Records in a batch, and bytes of them: what the parent, the keeper and the database take at once.
BATCH_RECORDS = 100
BATCH_BYTES = 4 * 1024 * 1024
#: A written file is passed on when there is so much of it.
PART_BYTES = 256 * 1024
MEMORY_BYTES = 300 * 1024 * 1024
#: What agencies' files and our canonical form are written in.
_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-be", "cp1252", "latin-1")
#: A user without an account, so without files and processes; PostgreSQL may run as `nobody`.
_STRANGER = 65_533
#: A slow machine translates 300 kB in a second; who needs ten times as long hangs.
_CPU_SECONDS, _BYTES_PER_CPU_SECOND = 60, 30_000
_BYTES_PER_PERSON = 3_000


def main(arguments: list[str]) -> None:
    """Survey and read the file, or write what comes; every ending is a message, unless the child is killed."""
    name, task, endpoint = arguments
    channel = socket.socket(fileno=1)
    with open(0, "rb", closefd=False) as file:
        try:
            adapter = _adapter(name)
            gc.freeze()
            gc.set_threshold(100_000, 20, 100)  # records are many objects without cycles
            if task == "write":
                begin = _received(channel)
                confine(begin.persons * _BYTES_PER_PERSON)
                messages = written(adapter, begin, channel)
            else:
                confine(os.fstat(0).st_size)
                messages = told(adapter, file, only_survey=task == "survey", endpoint_is_test=endpoint == "test")
            for message in messages:
                frames.send(channel, ENCODER.encode(message))
        except BrokenPipeError:
            # The parent lost interest: there is nobody to tell.
            return
        except MemoryError:
            frames.send(channel, ENCODER.encode(FileRefused(0, "file.too-large", "It took too much memory.")))
        except Exception as fault:  # noqa: BLE001 - the edge of a process that ends here; the parent logs it
            frames.send(channel, ENCODER.encode(FileRefused(0, "adapter.failed", _described(fault))))


def told(adapter: AgencyAdapter, file: BinaryIO, *, only_survey: bool, endpoint_is_test: bool) -> Iterator[FromChild]:
    """Yield what the parent is told about a file: its survey, then batches and the end, or its refusal."""
    try:
        survey = adapter.survey(file, endpoint_is_test=endpoint_is_test)
        yield Surveyed(survey)
        if only_survey:
            return
        file.seek(0)
        told_records = 0
        for batch in _batches(adapter.read(file, endpoint_is_test=endpoint_is_test)):
            told_records += len(batch.records) + len(batch.refused)
            yield batch
        is_same = told_records == survey.records
        yield Finished() if is_same else FileRefused(0, "file.changed", "The file changed while it was read.")
    except RefusedFileError as refusal:
        yield FileRefused(refusal.line, refusal.reason_code, refusal.reason)
    except (TransientError, Permanent) as failure:
        yield FileRefused(0, failure.code, str(failure))


def written(adapter: AgencyAdapter, begin: Begin, channel: socket.socket) -> Iterator[FromChild]:
    """Yield the files an adapter makes of the shares that come over the channel, part by part, and the end."""
    try:
        yield from _parts(adapter.write(_shares(channel), begin.office, at=begin.at))
        yield Finished()
    except (TransientError, Permanent) as failure:
        yield FileRefused(0, failure.code, str(failure))


def confine(file_bytes: int) -> None:
    """Take from this process whatever reading a file does not need; from now on it can open nothing.

    Descriptors that are open stay so. The limit on new ones is none at all: closing one makes no room for another.
    """
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)  # loaded at first use otherwise, and then nothing can be loaded any more
    seconds = _CPU_SECONDS + file_bytes // _BYTES_PER_CPU_SECOND
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: MEMORY_BYTES,
    }
    for limit, value in limits.items():
        # Some systems know a limit and do not let it be set (RLIMIT_AS on macOS).
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    if os.geteuid() == 0:
        # Root could raise each limit again; not so the root of a namespace of users that lacks this one.
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setgid(_STRANGER)
            os.setuid(_STRANGER)


def _shares(channel: socket.socket) -> Iterator[Share]:
    while True:
        frames.send(channel, ENCODER.encode(Wanted()))
        body = frames.receive(channel)
        batch = TO_CHILD.decode(body) if body is not None else None
        if batch is None or isinstance(batch, Begin):
            raise BrokenPipeError("the parent left in the middle")
        if not batch.shares:
            return
        yield from batch.shares


def _parts(pieces: Iterator[Piece]) -> Iterator[Part]:
    """Join small pieces of one name and cut large ones; several files may grow side by side."""
    waiting: dict[str, bytearray] = {}
    size_bytes = 0
    for piece in pieces:
        waiting.setdefault(piece.name, bytearray()).extend(piece.content)
        size_bytes += len(piece.content)
        if size_bytes >= PART_BYTES:
            yield from _cut(waiting)
            waiting, size_bytes = {}, 0
    yield from _cut(waiting)


def _cut(waiting: dict[str, bytearray]) -> Iterator[Part]:
    for name, content in waiting.items():
        for at in range(0, max(len(content), 1), PART_BYTES):
            yield Part(name, bytes(content[at : at + PART_BYTES]))


def _received(channel: socket.socket) -> Begin:
    body = frames.receive(channel)
    begin = TO_CHILD.decode(body) if body is not None else None
    if not isinstance(begin, Begin):
        raise BrokenPipeError("the parent left before it began")
    return begin


def _batches(results: Iterator[Record | Refused]) -> Iterator[Batch]:
    records: list[Record] = []
    refused: list[Refused] = []
    size_bytes = 0
    for result in results:
        if isinstance(result, Refused):
            refused.append(result)
        else:
            records.append(result)
            size_bytes += len(ENCODER.encode(result))
        if len(records) + len(refused) >= BATCH_RECORDS or size_bytes >= BATCH_BYTES:
            yield Batch(records, refused)
            records, refused, size_bytes = [], [], 0
    if records or refused:
        yield Batch(records, refused)


def _adapter(name: str) -> AgencyAdapter:
    (entry,) = entry_points(group=ADAPTERS, name=name)
    adapter: AgencyAdapter = entry.load()
    return adapter


def _described(fault: Exception) -> str:
    """Say which error where, never its text: that can hold what a person said."""
    places = traceback.extract_tb(fault.__traceback__)
    place = f" at {places[-1].name}, line {places[-1].lineno}" if places else ""
    return f"The adapter failed ({type(fault).__name__}{place})."


if __name__ == "__main__":
    main(sys.argv[1:])
