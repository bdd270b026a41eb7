"""Questions to the keeper after a restore, and its answers: how far it saw the log, and what ends once more.

A closed keeper answers these alone, beside the two that everybody may ask.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from registry.wire.asking import Message
from registry.wire.rows import ErasureRow, Row, SealedRow, WrapRow


class LineRow(Row, frozen=True, array_like=True):
    """A line of the log, whole."""

    id: UUID
    at: datetime
    event: str
    outcome: str
    reason: str | None
    session_id: bytes | None
    agency_id: UUID | None
    officer_id: UUID | None
    responsible_id: UUID | None
    run_id: UUID | None
    object_id: UUID | None
    purpose: str | None
    basis: str | None
    grants: list[UUID]
    appearances: list[UUID]
    compartments: list[str]
    results: int | None
    leaf: bytes


class Step(msgspec.Struct, frozen=True):
    """One line after those before it: what the chain needs, and of an end all that is needed to repeat it."""

    leaf: bytes
    line: LineRow | None = None  #: of an end
    erasure: ErasureRow | None = None  #: of an erasure: the order as the keeper vouched for it


class TellHead(Message, frozen=True, tag="tell-head"):
    """How far was the log seen, and is the keeper open?"""


class Replay(Message, frozen=True, tag="replay"):
    """The next piece of an export; a piece that begins where the main database ends begins anew."""

    first: int  #: the number of its first line
    steps: list[Step]
    head: str | None = None  #: with the last piece: what the keeper signed when it was exported
    keys: tuple[str, ...] = ()  #: and what its signing keys said of those that followed them, in their order


class EndAgain(Message, frozen=True, tag="end-again"):
    """Make what ending this replayed grant changes in the main database, if it is still active there."""

    grant_id: UUID


class SeparateAgain(Message, frozen=True, tag="separate-again"):
    """Make what undoing this replayed link changes in the main database, if it is not undone there."""

    link_id: UUID


class LiftSunken(Message, frozen=True, tag="lift-sunken"):
    """Seal anew, above their floors, compartments that the restored database has under older keys."""

    after: UUID | None = None  #: the last appearance of the answer before; None: from the first on


class Reopen(Message, frozen=True, tag="reopen"):
    """Open, now that everything is stored."""


class Head(msgspec.Struct, frozen=True, tag_field="op", tag="head"):
    """So many lines of the log were seen committed, and the chain after them; signed by a keeper that is open."""

    size: int
    chain: bytes
    closed: str | None
    signed: str | None
    keys: list[str] = []  #: what each signing key said of the one that followed it


class Lifted(msgspec.Struct, frozen=True, tag_field="op", tag="lifted"):
    """Compartments above their floors with the wraps that live on; `last` is None where nothing is left to look at.

    `skipped`: below their floor, and not readable; they are left as they are.
    """

    sealed: list[SealedRow]
    wraps: list[WrapRow]
    last: UUID | None
    skipped: int = 0
