"""Rows that only the keeper makes: the caller stores them as they are, and without a valid MAC they do not exist.

Field names are column names. `mac` covers the table's name and all other fields in the order written here.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A row of one table; subclasses name it."""

    def values(self) -> dict[str, object]:
        """Return column -> value, ready for an INSERT or UPDATE."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


class AgencyRow(Row, frozen=True, array_like=True):
    """An office."""

    id: UUID
    name: str
    kind: str
    number: str | None  #: the number it signs its own files with, for example a Dienststellennummer
    status: str  #: active | closed
    created_at: datetime
    mac: bytes = b""


class OfficerRow(Row, frozen=True, array_like=True):
    """Someone working at an agency, or (without agency) an administrator of the registry."""

    id: UUID
    agency_id: UUID | None
    login: str
    name: str
    roles: list[str]
    status: str  #: active | left
    created_at: datetime
    mac: bytes = b""


class CredentialRow(Row, frozen=True, array_like=True):
    """What somebody proves to be with; `secret` is sealed for the keeper alone."""

    id: UUID
    owner_kind: str  #: officer | person | agency
    owner_id: UUID
    kind: str  #: password-totp | letter | passkey | certificate | id-token
    lookup: bytes | None  #: SHA-256 of a letter's 120-bit code, a passkey's id, a public key, or issuer and subject
    secret: bytes
    issued_by: UUID | None  #: officer who handed the letter over
    created_at: datetime
    expires_at: datetime
    mac: bytes = b""


class SessionRow(Row, frozen=True, array_like=True):
    """A sign-in; `id` is SHA-256 of the token that only the bearer has."""

    id: bytes
    kind: str  #: officer | person | machine
    actor_id: UUID
    agency_id: UUID | None
    credential_id: UUID
    created_at: datetime
    ends_at: datetime
    mac: bytes = b""


class RunRow(Row, frozen=True, array_like=True):
    """Authorised bulk work: an agency's, or (without agency) the house's, which two administrators order."""

    id: UUID
    operation: str  #: import | export | match; the house's: rekey | destroy
    agency_id: UUID | None
    opened_by: UUID
    budget: int  #: records it may write, or persons it may read
    created_at: datetime
    ends_at: datetime
    approved_by: UUID | None = None  #: the other administrator of the registry
    key_kind: str | None = None  #: of the house's: which key it is about
    key_scope: str | None = None  #: an agency's id, or empty
    from_version: int | None = None  #: what is to be left, or destroyed
    to_version: int | None = None  #: under which everything shall lie
    mac: bytes = b""


class AppearanceRow(Row, frozen=True, array_like=True):
    """One source's copy of a person, and whose it is: the link is this row."""

    bucket: int
    id: UUID
    person_id: UUID
    source_kind: str  #: agency | person
    source_id: UUID
    basis: str  #: birth (the person was made from it) | own (she wrote it) | confirmed | decided
    created_on: date
    mac: bytes = b""


class LinkRow(Row, frozen=True, array_like=True):
    """A proposal or decision that two appearances are one person; a later state is another row with another MAC."""

    bucket: int
    id: UUID
    appearance_id: UUID  #: the one that moved, or would
    other_id: UUID  #: the one it was found to be like
    from_person: UUID  #: whose it was; a link undone gives it back
    to_person: UUID
    status: str  #: proposed | decided | confirmed | rejected | undone
    grade: str  #: known | look
    reasons: list[str]  #: and weights, as `wire.linking.as_texts` writes them
    differences: list[str]  #: attributes that contradict each other
    decided_kind: str  #: run | officer | person
    decided_by: UUID
    decided_at: datetime
    mac: bytes = b""


class GrantRow(Row, frozen=True, array_like=True):
    """Permission as proved; a later state is another row with another MAC."""

    bucket: int
    id: UUID
    person_id: UUID
    agency_id: UUID
    purpose: str
    basis: str  #: consent | statute
    norm: str | None
    sections: list[str]
    compartments: list[str]
    appearances: list[UUID]
    not_before: datetime
    not_after: datetime
    status: str  #: active | withdrawn | expired
    proof: str  #: letter-code | passkey | two-officers
    record_digest: bytes
    given_at: datetime
    ended_at: datetime | None
    mac: bytes = b""


class ErasureRow(Row, frozen=True, array_like=True):
    """An order to destroy, carried out until it is done."""

    id: UUID
    person_id: UUID
    appearances: list[UUID]
    requested_at: datetime
    mac: bytes = b""


class SealedRow(Row, frozen=True, array_like=True):
    """One compartment of one appearance; vouched for by its own encryption, not by a MAC."""

    bucket: int
    appearance_id: UUID
    compartment: str
    epoch: int
    version: int
    alg: int
    envelope: bytes
    custodian_wrap: bytes
    custodian_version: int
    own_wrap: bytes | None
    own_version: int | None
    delete_on: date | None


class WrapRow(Row, frozen=True, array_like=True):
    """One compartment's key for one grant; its columns are authenticated when it opens."""

    bucket: int
    appearance_id: UUID
    compartment: str
    agency_id: UUID
    purpose: str
    grant_id: UUID
    basis: str
    epoch: int
    not_before: datetime
    not_after: datetime
    key_version: int
    alg: int
    wrapped: bytes
