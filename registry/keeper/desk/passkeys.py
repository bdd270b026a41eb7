"""Passkeys: added by whoever is signed in and proves it again, signed in with, and proving one decision each.

The browser's JSON is read here, strictly; what it signs is checked by py_webauthn. Attestation is not asked for: which
make of phone a person has is nobody's business.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn.authentication.verify_authentication_response import verify_authentication_response
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography, parse_attestation_object
from webauthn.helpers import structs as forms
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.registration.verify_registration_response import verify_registration_response

from registry.crypto import macs
from registry.crypto.signing import base64url
from registry.keeper.desk.challenges import Act
from registry.keeper.desk.vault import Secret
from registry.keeper.rows import vouch
from registry.keeper.rules import Refusal, insist
from registry.wire import admitting
from registry.wire.asking import CodeProof
from registry.wire.rows import CredentialRow

if TYPE_CHECKING:
    from datetime import datetime

    from registry.keeper.desk.challenges import Challenges, Party
    from registry.keeper.desk.letters import Letters
    from registry.keeper.desk.officers import Officers
    from registry.keeper.desk.presence import Presence
    from registry.keeper.desk.vault import Vault
    from registry.wire.asking import PasskeyProof, PasswordProof
    from registry.wire.rows import SessionRow

#: So many passkeys of one owner count; more devices than that are a sign of something else.
MOST = 10
_YEARS = 10
_ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
#: What strange bytes make of the library, of CBOR and of keys that are none.
_BROKEN = (
    WebAuthnException, InvalidSignature, UnsupportedAlgorithm,
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class _Passkey(msgspec.Struct, frozen=True):
    """What is sealed of a passkey: nobody else can see whose authenticator it is on."""

    credential_id: bytes
    public_key: bytes  #: COSE
    agency: UUID | None  #: whose counter handed over the letter that it was added with
    approved: bool


class _ClientData(msgspec.Struct):
    type: str
    challenge: str
    origin: str
    cross_origin: bool = msgspec.field(default=False, name="crossOrigin")


class _Response(msgspec.Struct, rename="camel"):
    client_data_json: str = msgspec.field(name="clientDataJSON")
    attestation_object: str = ""
    authenticator_data: str = ""
    signature: str = ""
    user_handle: str | None = None


class _Given(msgspec.Struct, rename="camel"):
    """A credential as `PublicKeyCredential.toJSON()` gives it; what else it tells is not read."""

    id: str
    raw_id: str
    type: str
    response: _Response


_GIVEN = msgspec.json.Decoder(_Given)
_CLIENT_DATA = msgspec.json.Decoder(_ClientData)


@dataclass(frozen=True, slots=True)
class Passkeys:
    """Adds passkeys, and checks what they sign."""

    presence: Presence
    vault: Vault
    challenges: Challenges
    letters: Letters
    officers: Officers
    party: Party

    def enrol(self, asked: admitting.EnrolPasskey, now: datetime) -> admitting.Enrolled:
        """Add a passkey of a person against her letter, of an officer against password and code."""
        session = self.presence.anybody(asked.session, now)
        owned = self.of(session.actor_id)
        insist(that=len(owned) < MOST, code="passkey.too-many")
        credential_id, key, count = self._made(asked.attestation, Act("add", b"", session.id), now)
        # Nobody takes another's name: which id a passkey has, only whoever made it says.
        insist(that=not self.presence.reader.lookup_taken(macs.digest(credential_id), "passkey"), code="passkey.known")
        agency, approved = self._prove(session, asked.proof, now)
        secret = _Passkey(credential_id, key, agency, approved)
        row_id = uuid4()
        row = CredentialRow(
            id=row_id,
            owner_kind=session.kind,
            owner_id=session.actor_id,
            kind="passkey",
            lookup=macs.digest(credential_id),
            secret=self.vault.seal(row_id, secret),
            issued_by=None,
            created_at=now,
            expires_at=now + timedelta(days=365 * _YEARS),
        )
        self.presence.store.living.add(row.owner_id, row.id, count)
        return admitting.Enrolled(credential=vouch(row, self.presence.store.keyring))

    def sign_in(self, assertion: bytes, now: datetime) -> admitting.SignedIn:
        """Let in whoever unlocked a passkey: no name is typed, the passkey says whose it is."""
        credential = self._checked(assertion, Act("sign-in"), now)
        if credential.owner_kind == "person":
            return self.presence.issue(credential, "person", agency=None, roles=[], now=now)
        officer = self.presence.reader.officer(credential.owner_id)
        return self.presence.issue_to_officer(credential, officer, now)

    def prove(self, session: SessionRow, proof: PasskeyProof, act: Act, *, now: datetime) -> None:
        """Check that a passkey of hers signed exactly this act.

        Raises:
            Refusal: it signed another, on another site, without her being recognised, or is somebody else's.
        """
        credential = self._checked(proof.assertion, act, now, owner=session.actor_id)
        insist(that=credential.owner_kind == session.kind, code="passkey.foreign")

    def terms(self, session: SessionRow, proof: PasskeyProof) -> tuple[UUID | None, bool]:
        """Return whose counter handed over the letter behind the passkey that signed, and whether two approved."""
        given, _ = _read(proof.assertion)
        credential = self._named(given)
        insist(that=credential.owner_id == session.actor_id, code="passkey.foreign")
        secret = self._opened(credential)
        return secret.agency, secret.approved

    def of(self, owner: UUID) -> list[CredentialRow]:
        """Return the passkeys of somebody that count."""
        rows = self.presence.reader.credentials_of(owner, "passkey")
        return [row for row in rows if self.presence.store.living.counts(owner, row.id)]

    def ids(self, owner: UUID) -> list[bytes]:
        """Return by which ids authenticators know somebody's passkeys."""
        return [self._opened(row).credential_id for row in self.of(owner)]

    def handle(self, owner: UUID) -> bytes:
        """Return what an authenticator knows an owner as: no id of ours, and the same for all devices."""
        return self.vault.mac("passkey-user", owner)

    def _prove(self, session: SessionRow, proof: CodeProof | PasswordProof, now: datetime) -> tuple[UUID | None, bool]:
        if session.kind == "person":
            if not isinstance(proof, CodeProof):
                raise Refusal("proof.form")
            self.letters.prove(session, proof, now)
            letter = self.vault.opened(self.letters.of(session.actor_id, now), Secret)
            return letter.agency, letter.approved
        if isinstance(proof, CodeProof):
            raise Refusal("proof.form")
        self.officers.prove(session.actor_id, proof, now)
        return None, False

    def _made(self, attestation: bytes, act: Act, now: datetime) -> tuple[bytes, bytes, int]:
        """Return id, public key (COSE) and count of a passkey that was just made for us."""
        given, client = _read(attestation)
        challenge = self._expected(client, act, now)
        made = _bytes(given.response.attestation_object)
        credential = forms.RegistrationCredential(
            id=given.id,
            raw_id=_bytes(given.raw_id),
            response=forms.AuthenticatorAttestationResponse(_bytes(given.response.client_data_json), made),
        )
        try:
            statement = parse_attestation_object(made)
            insist(that=statement.fmt == "none" or _is_own_word(statement), code="passkey.attestation")
            verified = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.party.name,
                expected_origin=client.origin,
                require_user_verification=True,
                supported_pub_key_algs=_ALGORITHMS,
            )
            decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
        except _BROKEN as broken:
            raise Refusal("passkey.wrong") from broken
        insist(that=verified.credential_id == credential.raw_id, code="passkey.wrong")
        self.challenges.use_up(challenge, now)
        return verified.credential_id, verified.credential_public_key, verified.sign_count

    def _checked(self, assertion: bytes, act: Act, now: datetime, *, owner: UUID | None = None) -> CredentialRow:
        """Return the passkey that signed exactly this act, once, after recognising its user."""
        given, client = _read(assertion)
        challenge = self._expected(client, act, now)
        row = self._named(given)
        insist(that=owner in {None, row.owner_id}, code="passkey.foreign")
        handle = given.response.user_handle
        insist(that=not handle or macs.same(_bytes(handle), self.handle(row.owner_id)), code="passkey.foreign")
        insist(that=now < row.expires_at, code="passkey.expired")
        count = self._verified(given, client, challenge, key=self._opened(row).public_key)
        self.challenges.use_up(challenge, now)
        insist(that=self.presence.store.living.advance(row.owner_id, row.id, count), code="passkey.void")
        return row

    def _verified(self, given: _Given, client: _ClientData, challenge: bytes, *, key: bytes) -> int:
        """Return how far the authenticator has counted; raises Refusal unless the signature holds."""
        response = given.response
        credential = forms.AuthenticationCredential(
            id=given.id,
            raw_id=_bytes(given.raw_id),
            response=forms.AuthenticatorAssertionResponse(
                _bytes(response.client_data_json), _bytes(response.authenticator_data), _bytes(response.signature)
            ),
        )
        try:
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.party.name,
                expected_origin=client.origin,
                credential_public_key=key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except _BROKEN as broken:
            raise Refusal("passkey.wrong") from broken
        return verified.new_sign_count

    def _expected(self, client: _ClientData, act: Act, now: datetime) -> bytes:
        """Return the challenge that was signed, if it is one for this act, on a page of ours that nobody frames."""
        insist(that=self.party.is_ours(client.origin), code="passkey.origin")
        insist(that=not client.cross_origin, code="passkey.framed")
        challenge = _bytes(client.challenge)
        self.challenges.insist(challenge, act, now)
        return challenge

    def _named(self, given: _Given) -> CredentialRow:
        insist(that=given.type == "public-key", code="passkey.form")
        return self.presence.reader.credential_by(macs.digest(_bytes(given.raw_id)), "passkey")

    def _opened(self, row: CredentialRow) -> _Passkey:
        return self.vault.opened(row, _Passkey)


def _read(content: bytes) -> tuple[_Given, _ClientData]:
    try:
        given = _GIVEN.decode(content)
        return given, _CLIENT_DATA.decode(_bytes(given.response.client_data_json))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("passkey.form") from None


def _bytes(text: str) -> bytes:
    """Read base64url without padding, in its one form (RFC 4648, 3.5)."""
    insist(that=_BASE64URL.fullmatch(text) is not None and len(text) % 4 != 1, code="passkey.form")
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    insist(that=base64url(content) == text, code="passkey.form")
    return content


def _is_own_word(statement: forms.AttestationObject) -> bool:
    """Say whether a passkey vouches for itself alone, as some do although nobody asked."""
    return statement.fmt == "packed" and statement.att_stmt.x5c is None
