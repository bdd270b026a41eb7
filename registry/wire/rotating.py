"""Questions to the keeper about its keys, and its answers: versions, states and numbers, never a key.

A run of the house says what is done to which key; two administrators of the registry order it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from registry.wire.asking import Message
from registry.wire.rows import Row

#: What a run does that renews a key; to resalt is to rekey the look-up key and switch whether names are salted.
REKEY, RESALT = "rekey", "resalt"
RENEWING = (REKEY, RESALT)


class OrderRun(Message, frozen=True, tag="order-run"):
    """Authorise what is done to one key; `approvals` are the session tokens of two administrators of the registry."""

    approvals: list[bytes]
    operation: str  #: rekey | resalt | destroy
    kind: str
    scope: str = ""  #: an agency's id, or empty
    version: int | None = None  #: of destroy: which one
    goes_on: bool = False  #: of rekey: makes no new version, moves what was left under older ones


class Renew(Message, frozen=True, tag="renew"):
    """Make the version that the committed run names, once; from then on it makes everything new."""

    run: UUID


class Rekey(Message, frozen=True, tag="rekey"):
    """Wrap with the present key what comes next and lies under another version; nothing is stored by the keeper."""

    run: UUID
    after: UUID | None = None  #: the last appearance of the answer before; None: from the first on


class DestroyKey(Message, frozen=True, tag="destroy-key"):
    """Destroy the key that the committed run names, if nothing lies under it any more; may be repeated."""

    run: UUID


class TellKeys(Message, frozen=True, tag="tell-keys"):
    """Which keys are there, and how much lies under each?"""


class KeyRenewed(msgspec.Struct, frozen=True, tag_field="op", tag="key-renewed"):
    """How many rows still lie under older versions."""

    left: int


class HeldRow(Row, frozen=True, array_like=True):
    """A compartment's wraps for custodian and source, to replace those that stand in this very state of the row."""

    bucket: int
    appearance_id: UUID
    compartment: str
    epoch: int
    version: int
    custodian_wrap: bytes
    custodian_version: int
    own_wrap: bytes | None
    own_version: int | None
    was_custodian_version: int
    was_own_version: int | None


class MovedWrap(Row, frozen=True, array_like=True):
    """A grant's wrap under its agency's present key, to replace the one under the version before."""

    bucket: int
    appearance_id: UUID
    compartment: str
    agency_id: UUID
    purpose: str
    grant_id: UUID
    epoch: int
    key_version: int
    wrapped: bytes
    was_key_version: int


class Identified(msgspec.Struct, frozen=True, array_like=True):
    """Who an appearance is, sealed for the linker with tokens of the present look-up key."""

    appearance_id: UUID
    sealed: bytes


class MovedRecord(Row, frozen=True, array_like=True):
    """A record's token under the present look-up key, to replace the one under the version before."""

    agency_id: UUID
    was_token: bytes
    token: bytes
    was_key_version: int
    key_version: int


class Rekeyed(msgspec.Struct, frozen=True, tag_field="op", tag="rekeyed"):
    """The next wraps to store, each only where its row did not change meanwhile.

    `moved`: what the keeper moved in its own store. `skipped`: what does not open, forged or damaged; it stays.
    `waiting`: identities that the linker has still to take in.
    """

    held: list[HeldRow]
    wraps: list[MovedWrap]
    after: UUID | None  #: to go on after; None: this pass is through
    moved: int = 0
    skipped: int = 0
    identities: list[Identified] = []
    records: list[MovedRecord] = []
    waiting: int = 0


class KeyDestroyed(msgspec.Struct, frozen=True, tag_field="op", tag="key-destroyed"):
    """What was tried with the destroyed key, each in words and refused; whether copies of it open no more either."""

    tried: list[str]
    are_copies_closed: bool


class KeyTold(msgspec.Struct, frozen=True):
    """A key, as anybody at the keeper's machine may know it."""

    kind: str
    scope: str
    version: int
    state: str  #: active | decrypt-only | destroyed
    created_at: datetime
    retired_at: datetime | None
    left: int | None  #: rows that lie under it; None where that is not counted
    salted: bool = False  #: of the look-up key: whether names are salted under it


class KeysTold(msgspec.Struct, frozen=True, tag_field="op", tag="keys-told"):
    """All keys."""

    keys: list[KeyTold]
