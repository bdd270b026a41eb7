"""Questions to the keeper about who can come in, and its answers: enrolling, signing in, and what is proved with."""

from __future__ import annotations

from uuid import UUID  # noqa: TC003 - msgspec reads annotations when it runs

import msgspec

from registry.wire.asking import CodeProof, Message, PasskeyProof, PasswordProof
from registry.wire.rows import AgencyRow, AppearanceRow, CredentialRow, OfficerRow, SessionRow


class EnrolFirst(Message, frozen=True, tag="enrol-first"):
    """Make the first administrator, once, while there is none."""

    login: str
    name: str
    password: str


class EnrolAgency(Message, frozen=True, tag="enrol-agency"):
    """Add an office; `approvals` are the session tokens of two administrators."""

    approvals: list[bytes]
    name: str
    kind: str
    number: str | None


class EnrolOfficer(Message, frozen=True, tag="enrol-officer"):
    """Add an officer; while only one administrator exists, her token alone adds the second."""

    approvals: list[bytes]
    agency_id: UUID | None
    login: str
    name: str
    roles: list[str]
    password: str


class EnrolLetter(Message, frozen=True, tag="enrol-letter"):
    """Make a letter for a person of this officer's own agency.

    It voids the letter before; while that one counts, its code or an approver's session (`second`) is needed.
    """

    session: bytes
    person_id: UUID
    pin: str
    old_code: str | None = None
    second: bytes | None = None


class AskChallenge(Message, frozen=True, tag="ask-challenge"):
    """Make what a passkey or an identity provider shall sign next: good for one act, once, and for five minutes.

    `purpose`, for strangers: sign-in | id-token (`about` the issuer); in a session: add | confirm (the appearance's id)
    | remove (the credential's id) | consent (the record). What a decision is about is signed with it.
    """

    purpose: str
    about: bytes = b""
    session: bytes | None = None


class EnrolPasskey(Message, frozen=True, tag="enrol-passkey"):
    """Add a passkey of whoever is signed in; `attestation` is the browser's JSON.

    A person proves with her letter, an officer with password and code: a session that somebody left open adds none.
    """

    session: bytes
    attestation: bytes
    proof: CodeProof | PasswordProof


class RemovePasskey(Message, frozen=True, tag="remove-passkey"):
    """Let one's own passkey count no more, and the sessions that it opened end."""

    session: bytes
    credential: UUID
    proof: CodeProof | PasskeyProof | PasswordProof


class EnrolCertificate(Message, frozen=True, tag="enrol-certificate"):
    """Pin the key of a certificate that an agency's own system signs in with; `certificate` is PEM or DER."""

    approvals: list[bytes]
    agency_id: UUID
    certificate: bytes


class EnrolIdentity(Message, frozen=True, tag="enrol-identity"):
    """Say by which subject an issuer of ID tokens knows an officer."""

    approvals: list[bytes]
    officer_id: UUID
    issuer: str
    subject: str


class RevokeCredential(Message, frozen=True, tag="revoke-credential"):
    """Let a certificate, an identity or an officer's passkey count no more; one administrator is enough."""

    session: bytes
    credential: UUID


class SignIn(Message, frozen=True, tag="sign-in"):
    """One way and nothing of another.

    Officer: login, password, totp; or passkey; or id_token. Person: letter_code, pin; or passkey. Machine: jwt.
    """

    login: str | None = None
    password: str | None = None
    totp: str | None = None
    letter_code: str | None = None
    pin: str | None = None
    passkey: bytes | None = None  #: JSON of an assertion over a challenge for sign-in
    jwt: str | None = None  #: signed with the key of a pinned certificate
    id_token: str | None = None  #: its nonce is a challenge for its issuer


class SignOut(Message, frozen=True, tag="sign-out"):
    """End a session for good."""

    session: bytes


class Touch(Message, frozen=True, tag="touch"):
    """Is this session alive? It counts as a use."""

    session: bytes


class Enrolled(msgspec.Struct, frozen=True, tag_field="op", tag="enrolled"):
    """Rows to store, and what is shown once: the TOTP secret (base32), or the letter's codes."""

    agency: AgencyRow | None = None
    officer: OfficerRow | None = None
    credential: CredentialRow | None = None
    totp_secret: str | None = None
    letter_code: str | None = None
    codes: list[str] = []
    appearances: list[AppearanceRow] = []  #: those that the letter makes hers: the counter saw who she is


class SignedIn(msgspec.Struct, frozen=True, tag_field="op", tag="signed-in"):
    """The token for the bearer, and the row to store."""

    token: bytes
    session: SessionRow
    roles: list[str]


class Challenge(msgspec.Struct, frozen=True, tag_field="op", tag="challenge"):
    """What to sign, as which party; whose passkey (`user`, an opaque handle) and which ones there are."""

    challenge: bytes
    party: str
    user: bytes = b""
    passkeys: list[bytes] = []
