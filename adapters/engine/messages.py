"""What is said between the engine and the child that runs an adapter, and between a client and the worker."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from adapters.contract import Office, Record, Refused, Share, Survey


class Message(msgspec.Struct, frozen=True, tag_field="is", forbid_unknown_fields=True):
    """Base of every message."""


class Surveyed(Message, frozen=True, tag="surveyed"):
    """From the child: the file is whole."""

    survey: Survey


class Batch(Message, frozen=True, tag="batch"):
    """From the child: some records, and some that cannot be accepted."""

    records: list[Record]
    refused: list[Refused]


class Finished(Message, frozen=True, tag="finished"):
    """From the child: that was all."""


class FileRefused(Message, frozen=True, tag="file-refused"):
    """From the child: nothing of the file can be taken."""

    line: int
    code: str
    reason: str


class Begin(Message, frozen=True, tag="begin"):
    """To the child: write for this office; about so many persons will come."""

    office: Office
    at: str
    persons: int


class Wanted(Message, frozen=True, tag="wanted"):
    """From the child: it has written what it got and wants more."""


class Shares(Message, frozen=True, tag="shares"):
    """To the child, asked for: what the agency may have of the next persons; none means that these were all."""

    shares: list[Share]


class Part(Message, frozen=True, tag="part"):
    """From the child, and from the worker: more of the file of this name."""

    name: str
    content: bytes


FromChild = Surveyed | Batch | Finished | FileRefused | Wanted | Part
ToChild = Begin | Shares


class HandOver(Message, frozen=True, tag="hand-over"):
    """To the worker: one file, whose open descriptor follows on the same socket."""

    run: UUID
    adapter: str
    file: str


class Export(Message, frozen=True, tag="export"):
    """To the worker: have this adapter write what the run's agency may have; about so many persons are expected."""

    run: UUID
    adapter: str
    persons: int


class AskWho(Message, frozen=True, tag="ask-who"):
    """To the worker: who of these is known already? Each is asked about by entries, in the form that EntryIn loads."""

    run: UUID
    people: list[list[dict[str, Any]]]


class Started(Message, frozen=True, tag="started"):
    """From the worker: it is your turn."""


class Progress(Message, frozen=True, tag="progress"):
    """From the worker: so many records of the file, or persons of an export, are dealt with."""

    file: str
    done: int
    total: int


class Warned(msgspec.Struct, frozen=True):
    """Something in a record looks unusual; the record is taken all the same. The words quote nothing of it."""

    line: int
    words: str


class FileReport(Message, frozen=True, tag="report"):
    """From the worker: what became of one file."""

    file: str
    records: int = 0
    created: int = 0
    linked: int = 0
    unchanged: int = 0
    updated: int = 0
    conflicting: int = 0  #: linked although identity attributes contradict each other
    refused: list[Refused] = []
    unmapped: list[tuple[str, bool]] = []
    warnings: list[Warned] = []  #: as many as are named of refused lines
    is_whole: bool = True  #: False: nothing of the file was taken, or it stopped in the middle


class Stopped(Message, frozen=True, tag="stopped"):
    """From the worker: it cannot go on; what it reported as done is done."""

    code: str
    reason: str


class Exported(Message, frozen=True, tag="exported"):
    """From the worker: the files are whole; of how many persons they tell, and of how many what others granted."""

    persons: int
    granted: int


class Who(Message, frozen=True, tag="who"):
    """From the worker: known, look, new or too-often for each, in order; not what agrees, nor whom it means."""

    grades: list[str]


ToWorker = HandOver | Export | AskWho
FromWorker = Started | Progress | FileReport | Stopped | Part | Exported | Who

ENCODER = msgspec.msgpack.Encoder()
FROM_CHILD: msgspec.msgpack.Decoder[FromChild] = msgspec.msgpack.Decoder(FromChild)
FROM_WORKER: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)
TO_WORKER: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
TO_CHILD: msgspec.msgpack.Decoder[ToChild] = msgspec.msgpack.Decoder(ToChild)
