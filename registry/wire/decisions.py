"""Questions to the keeper about who is who, and its answers."""

from __future__ import annotations

from uuid import UUID

import msgspec

from registry.wire.asking import CodeProof, Message, PasskeyProof
from registry.wire.rows import AppearanceRow, GrantRow, LinkRow, SealedRow
from schemas.vocabularies.access import Verdict

#: Identities an agency may ask about in a day by lists: the names of somebody are one, each number is another.
LISTED_A_DAY = 5_000


class Match(Message, frozen=True, tag="match"):
    """Ask who this may be: an intake officer's question, sealed for the linker.

    `content` is canonical JSON of {"entries": [{"kind", "value"}]} of sections identity and identifiers.
    """

    session: bytes
    content: bytes


class MatchList(Message, frozen=True, tag="match-list"):
    """Ask who these may be, for a run of an agency that may ask about so many identities; nothing is recorded.

    Each item is about one human being and in the form of `Match.content`.
    """

    run: UUID
    contents: list[bytes]


class Hint(Message, frozen=True, tag="hint"):
    """Commit a line for whom the linker found, then show masked values of that appearance."""

    session: bytes
    finding: bytes


class Link(Message, frozen=True, tag="link"):
    """Decide on what the linker found, in this order; a run decides what is known and proposes the rest.

    What an officer says of it is decided, settled against, or (unsure) proposed for others to decide.
    """

    findings: list[bytes]
    session: bytes | None = None
    run: UUID | None = None
    chosen: bytes | None = None  #: with a session: the finding that this officer's question led to, and she chose
    verdict: str = Verdict.SAME.value  #: with a session: what she says of it


class Identify(Message, frozen=True, tag="identify"):
    """Seal for the linker who appearances of this source are that were stored before."""

    appearances: list[UUID]
    session: bytes | None = None
    run: UUID | None = None


class Decide(Message, frozen=True, tag="decide"):
    """Let an officer of one of the two sources settle a proposal."""

    session: bytes
    link: UUID
    same: bool


class Confirm(Message, frozen=True, tag="confirm"):
    """Let the person say with proof that an appearance linked to her is hers."""

    session: bytes
    appearance: UUID
    proof: CodeProof | PasskeyProof


class Unlink(Message, frozen=True, tag="unlink"):
    """Let the person, or an officer of one of the two sources, say that a linked appearance is somebody else's.

    What was proved to be hers takes two officers (`second`), one of them an approver.
    """

    session: bytes
    appearance: UUID
    second: bytes | None = None


class Matching(msgspec.Struct, frozen=True, tag_field="op", tag="matching"):
    """The questions, for the linker alone; with the appearances they are about, where they are about any."""

    queries: list[bytes]
    appearances: list[UUID] = []


class Hinted(msgspec.Struct, frozen=True, tag_field="op", tag="hinted"):
    """Masked values by entry kind."""

    values: list[tuple[str, str]]


class LinkMade(msgspec.Struct, frozen=True):
    """A proposal or decision to store, and the appearances whose row it changes; a proposal changes none."""

    link: LinkRow
    appearances: list[AppearanceRow] = []


class Linked(msgspec.Struct, frozen=True, tag_field="op", tag="linked"):
    """One result per finding, in order; None where both are one person already."""

    results: list[LinkMade | None]


class Unlinked(msgspec.Struct, frozen=True, tag_field="op", tag="unlinked"):
    """The appearance given back; what was granted of it is under new keys that no grant has."""

    link: LinkRow
    appearances: list[AppearanceRow]  #: the one given back, then those of the person it leaves that change with it
    sealed: list[SealedRow]
    grants: list[GrantRow]  #: those that named it, without it; one that named nothing else has ended
    agencies: list[UUID]  #: whose wraps of it are deleted
    words: list[UUID] = []  #: her own words that were destroyed with her letter
