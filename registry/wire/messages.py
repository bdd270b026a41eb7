"""Questions to the keeper and its answers; who may ask what is the keeper's table of sockets (design, section 4).

No question names an agency, an officer or a role as the asker: those follow from the session or run, and the socket.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from registry.wire import admitting, decisions, delivering, rotating
from registry.wire.asking import CodeProof, Message, PasskeyProof
from registry.wire.rows import (
    AppearanceRow,
    ErasureRow,
    GrantRow,
    RunRow,
    SealedRow,
    WrapRow,
)
from registry.wire.upkeep import restoring


class Ready(Message, frozen=True, tag="ready"):
    """Is it there, and open?"""


class Ping(Message, frozen=True, tag="ping"):
    """Is it there?"""


class OpenRun(Message, frozen=True, tag="open-run"):
    """Authorise bulk work for the administrator's own agency."""

    session: bytes
    operation: str
    budget: int


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What the line of an opening says beside who opens and when: what is opened, whose it is, for what and why."""

    person: UUID
    appearances: Annotated[list[UUID], msgspec.Meta(max_length=500)]
    compartments: Annotated[list[str], msgspec.Meta(max_length=64)]
    purpose: str | None = None
    basis: str | None = None  #: consent | statute | own
    grants: Annotated[list[UUID], msgspec.Meta(max_length=500)] = []


class Open(Message, frozen=True, tag="open"):
    """Commit the line of an opening, then open what it names for whoever the session or the run belongs to."""

    said: Said
    session: bytes | None = None
    run: UUID | None = None  #: only on the socket of its agency's worker


class OpenSelf(Message, frozen=True, tag="self"):
    """Commit the line that the person looked, then open these compartments of her own appearances."""

    session: bytes
    appearances: list[UUID]
    compartments: list[str]


class Document(msgspec.Struct, frozen=True):
    """What one compartment will hold: canonical JSON of {"entries": […]}."""

    content: bytes
    delete_on: date | None = None  #: the keeper's own reckoning; what a caller says here is not heard
    base_version: int = 0  #: the version it was made from; 0 for a new appearance


class WriteRecord(msgspec.Struct, frozen=True):
    """One record: for a new appearance every compartment is sealed, those not named as empty.

    `key` (the source's own id of it) and `digest` (SHA-256 of its content) make a repeated import recognisable.
    `stated_at`: when the source wrote it, as far as known: "2026-02", "2026-02-11", "2026-02-11T07:14:22.513000" (UTC).
    `has_changes`: it tells what has changed, and is not the source's whole present view.
    """

    documents: dict[str, Document]
    appearance_id: UUID | None = None
    person_id: UUID | None = None
    key: str | None = None
    digest: bytes | None = None
    stated_at: str | None = None
    has_changes: bool = False


class Write(Message, frozen=True, tag="write"):
    """Seal what this source says."""

    records: list[WriteRecord]
    session: bytes | None = None
    run: UUID | None = None


class OfficersProof(msgspec.Struct, frozen=True, tag="officers"):
    """Two officers of one agency; for their own agency also the sign-in code of the person's letter."""

    first: bytes
    second: bytes
    letter_code: str | None = None


class Wrap(Message, frozen=True, tag="wrap"):
    """Make the wraps of the grant that the consent record describes, if the proof holds."""

    record: bytes
    proof: CodeProof | PasskeyProof | OfficersProof
    session: bytes | None = None


class Rotate(Message, frozen=True, tag="rotate"):
    """End a grant: new keys for all it could open. Without session only for a grant whose time has passed."""

    grant_id: UUID
    session: bytes | None = None


class Settle(Message, frozen=True, tag="settle"):
    """The caller committed new epochs of these appearances; raise the floor to what is committed."""

    appearances: list[UUID]


class Prune(Message, frozen=True, tag="prune"):
    """Take out of these appearances what is due for deletion today, by the keeper's own clock."""

    appearances: list[UUID]


class Trim(Message, frozen=True, tag="trim"):
    """Take from grants of these appearances what is above the ceiling, as the keeper knows it."""

    appearances: list[UUID]


class OrderErasure(Message, frozen=True, tag="order-erasure"):
    """Let the person herself, or two officers, order that she is forgotten."""

    session: bytes
    second: bytes | None = None
    person_id: UUID | None = None


class Erase(Message, frozen=True, tag="erase"):
    """Carry out a committed order whose line is committed too; may be repeated."""

    erasure_id: UUID


class Sign(Message, frozen=True, tag="sign"):
    """Sign the consent record of a committed grant as a receipt."""

    grant_id: UUID
    record: bytes


class PublicKeys(Message, frozen=True, tag="public-keys"):
    """Which keys sign receipts?"""


Question = (
    Ping
    | Ready
    | admitting.EnrolFirst
    | admitting.EnrolAgency
    | admitting.EnrolOfficer
    | admitting.EnrolLetter
    | admitting.AskChallenge
    | admitting.EnrolPasskey
    | admitting.RemovePasskey
    | admitting.EnrolCertificate
    | admitting.EnrolIdentity
    | admitting.RevokeCredential
    | admitting.SignIn
    | admitting.SignOut
    | admitting.Touch
    | OpenRun
    | Open
    | OpenSelf
    | delivering.NameGrants
    | Write
    | Wrap
    | Rotate
    | Settle
    | Prune
    | Trim
    | decisions.Match
    | decisions.MatchList
    | decisions.Hint
    | decisions.Link
    | decisions.Identify
    | decisions.Decide
    | decisions.Confirm
    | decisions.Unlink
    | OrderErasure
    | Erase
    | Sign
    | PublicKeys
    | rotating.OrderRun
    | rotating.Renew
    | rotating.Rekey
    | rotating.DestroyKey
    | rotating.TellKeys
    | restoring.TellHead
    | restoring.Replay
    | restoring.EndAgain
    | restoring.SeparateAgain
    | restoring.LiftSunken
    | restoring.Reopen
)


class Refused(msgspec.Struct, frozen=True, tag_field="op", tag="refused"):
    """Nothing was done; `code` says why, for the log and never for an outsider."""

    code: str


class Done(msgspec.Struct, frozen=True, tag_field="op", tag="done"):
    """It is done and there is nothing to tell."""


class RunOpened(msgspec.Struct, frozen=True, tag_field="op", tag="run-opened"):
    """The run to store."""

    run: RunRow


class Opened(msgspec.Struct, frozen=True):
    """The plaintext of one compartment."""

    appearance_id: UUID
    compartment: str
    version: int
    content: bytes


class Plaintext(msgspec.Struct, frozen=True, tag_field="op", tag="plaintext"):
    """What was permitted, proved and logged."""

    opened: list[Opened]


class Written(msgspec.Struct, frozen=True):
    """What became of one record: created, sealed (in place), unchanged, or changed (known, nothing sealed yet).

    `is_older`: of a changed one, the source wrote it before the last one that was stored of this record.
    """

    status: str
    appearance_id: UUID
    appearance: AppearanceRow | None = None
    token: bytes | None = None
    key_version: int | None = None  #: of the look-up key, under which the token lies
    kept: bytes | None = None  #: what the source calls the record, sealed for the keeper
    fingerprint: bytes | None = None
    stated_at: str | None = None
    is_older: bool = False
    sealed: list[SealedRow] = []
    query: bytes | None = None  #: who this is, for the linker alone; None where that did not change


class Sealed(msgspec.Struct, frozen=True, tag_field="op", tag="sealed"):
    """One result per record, in order."""

    results: list[Written]


class Wrapped(msgspec.Struct, frozen=True, tag_field="op", tag="wrapped"):
    """The grant as proved, and its wraps."""

    grant: GrantRow
    wraps: list[WrapRow]


class Rotated(msgspec.Struct, frozen=True, tag_field="op", tag="rotated"):
    """The grant as ended, its compartments under new keys, and all wraps that live on.

    `agencies`: whose wraps of these compartments are replaced, the ended one's included.
    """

    grant: GrantRow
    sealed: list[SealedRow]
    wraps: list[WrapRow]
    agencies: list[UUID]


class Pruned(msgspec.Struct, frozen=True, tag_field="op", tag="pruned"):
    """Compartments without what was due, under new keys, with all wraps that live on; the rest of them stays sealed.

    `identities`: for the linker, of appearances that lost something of who they are. `skipped`: due by their row, but
    not readable, or with nothing due inside; they are left as they are.
    """

    sealed: list[SealedRow]
    wraps: list[WrapRow]
    identities: dict[UUID, bytes]
    skipped: int = 0


class Trimmed(msgspec.Struct, frozen=True, tag_field="op", tag="trimmed"):
    """Compartments under new keys, with all wraps that stay within the ceiling, and those that went."""

    sealed: list[SealedRow]
    wraps: list[WrapRow]
    cut: list[WrapRow]


class ErasureOrdered(msgspec.Struct, frozen=True, tag_field="op", tag="erasure-ordered"):
    """The order to store together with its line."""

    erasure: ErasureRow


class Signature(msgspec.Struct, frozen=True, tag_field="op", tag="signature"):
    """A compact JWS."""

    jws: str


class Keys(msgspec.Struct, frozen=True, tag_field="op", tag="keys"):
    """JWKs of the receipt keys."""

    keys: list[dict[str, str]]


Answer = (
    Refused
    | Done
    | admitting.Enrolled
    | admitting.SignedIn
    | admitting.Challenge
    | RunOpened
    | Plaintext
    | delivering.Grants
    | Sealed
    | Wrapped
    | Rotated
    | Pruned
    | Trimmed
    | decisions.Matching
    | decisions.Hinted
    | decisions.Linked
    | decisions.Unlinked
    | ErasureOrdered
    | Signature
    | Keys
    | rotating.KeyRenewed
    | rotating.Rekeyed
    | rotating.KeyDestroyed
    | rotating.KeysTold
    | restoring.Head
    | restoring.Lifted
)

ENCODER = msgspec.msgpack.Encoder()
QUESTIONS: msgspec.msgpack.Decoder[Question] = msgspec.msgpack.Decoder(Question)
ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
