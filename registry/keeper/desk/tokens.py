"""Sign-ins by a signed token: an agency's own system with its pinned key, an officer with the word of an issuer.

Both are checked here to the end: who terminates TLS, or brings a token along, is believed nothing.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from registry.crypto import macs
from registry.crypto.encoding import encode
from registry.keeper.desk.challenges import Act
from registry.keeper.rows import vouch
from registry.keeper.rules import AHEAD_SECONDS, Refusal, insist
from registry.wire import admitting
from registry.wire.rows import CredentialRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from registry.issuers import Issuer
    from registry.keeper.desk.challenges import Challenges, Party
    from registry.keeper.desk.presence import Presence
    from registry.keeper.desk.vault import Vault

C = TypeVar("C", bound=msgspec.Struct)

#: A machine's assertion is good for so long at most, and once.
ASSERTION_LIFE: Final = timedelta(minutes=5)
_CERTIFICATE_YEARS, _IDENTITY_YEARS = 3, 10
_RSA_BITS = 3072
_SESSIONS: Final = "/api/v1/sessions"
_BROKEN = (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError, UnsupportedAlgorithm)


class _Key(msgspec.Struct, frozen=True):
    """What is sealed of a certificate: its public key (SubjectPublicKeyInfo, DER)."""

    public_key: bytes


class _Identity(msgspec.Struct, frozen=True):
    """What is sealed of an identity: which issuer knows the officer as whom."""

    issuer: str
    subject: str


class _Header(msgspec.Struct):
    alg: str
    kid: str = ""


class _Assertion(msgspec.Struct):
    """Claims of a machine (RFC 7523, 3)."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    jti: str


class _IdToken(msgspec.Struct):
    """Claims of an ID token (OpenID Connect Core 1.0, 2) that decide; all others are not read."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    nonce: str
    azp: str | None = None
    acr: str | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """Pins keys and identities, and lets in who proves to have them."""

    presence: Presence
    vault: Vault
    challenges: Challenges
    party: Party
    issuers: Mapping[str, Issuer]

    def enrol_certificate(self, asked: admitting.EnrolCertificate, now: datetime) -> admitting.Enrolled:
        """Pin the key of a certificate for an agency, on the word of two administrators, until the certificate ends."""
        self.presence.administrators(asked.approvals, now)
        insist(that=self.presence.reader.agency(asked.agency_id).status == "active", code="agency.closed")
        certificate = _certificate(asked.certificate)
        key = certificate.public_key()
        insist(that=bool(_ways(key)[1]), code="certificate.key")
        ends_at = min(certificate.not_valid_after_utc, now + timedelta(days=365 * _CERTIFICATE_YEARS))
        insist(that=certificate.not_valid_before_utc <= now < ends_at, code="certificate.time")
        public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        row = self._row("agency", asked.agency_id, "certificate", lookup=macs.digest(public), ends_at=ends_at, now=now)
        return self._enrolled(row, _Key(public))

    def enrol_identity(self, asked: admitting.EnrolIdentity, now: datetime) -> admitting.Enrolled:
        """Say by which subject an issuer knows an officer, on the word of two administrators; not by e-mail."""
        self.presence.administrators(asked.approvals, now)
        insist(that=self.presence.reader.officer(asked.officer_id).status == "active", code="officer.left")
        insist(that=asked.issuer in self.issuers, code="id-token.issuer")
        insist(that=0 < len(asked.subject) <= 255, code="id-token.subject")
        lookup = _who(asked.issuer, asked.subject)
        ends_at = now + timedelta(days=365 * _IDENTITY_YEARS)
        row = self._row("officer", asked.officer_id, "id-token", lookup=lookup, ends_at=ends_at, now=now)
        return self._enrolled(row, _Identity(asked.issuer, asked.subject))

    def let_machine_in(self, token: str, now: datetime) -> admitting.SignedIn:
        """Let an agency's own system in that signed who it is, for whom, and until when; each assertion counts once."""
        header = _header(token)
        credential = self._counting(_decoded(header.kid), "certificate", now)
        secret = self.vault.opened(credential, _Key)
        kind, algorithms = _ways(load_der_public_key(secret.public_key))
        claims = _claims(token, kind.import_key(secret.public_key), _Assertion, header=header, algorithms=algorithms)
        agency = self.presence.reader.agency(credential.owner_id)
        insist(that=agency.status == "active", code="agency.closed")
        insist(that=claims.iss == claims.sub == str(agency.id), code="machine.issuer")
        self._insist_for_us(claims.aud)
        latest = (now + ASSERTION_LIFE).timestamp() + AHEAD_SECONDS
        insist(that=now.timestamp() < claims.exp <= latest, code="machine.time")
        insist(that=0 < len(claims.jti) <= 255, code="machine.jti")
        once = macs.digest(encode((credential.id, claims.jti)))
        insist(that=self.presence.store.spend("jti", once, now), code="machine.used")
        return self.presence.issue(credential, "machine", agency=agency.id, roles=[], now=now)

    def let_officer_in(self, token: str, now: datetime) -> admitting.SignedIn:
        """Let an officer in on the word of an issuer, given to us just now, for the question that we asked."""
        header, issuer = _header(token), self.issuers.get(_issuer_of(token))
        if issuer is None:
            raise Refusal("id-token.issuer")
        keys = KeySet.import_key_set(issuer.jwks)  # type: ignore[arg-type]  # as the file has them; checked when it was read
        claims = _claims(token, keys, _IdToken, header=header, algorithms=issuer.algorithms)
        named = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        insist(that=claims.iss == issuer.issuer, code="id-token.issuer")
        insist(that=named == [issuer.client_id] and claims.azp in {None, issuer.client_id}, code="id-token.audience")
        insist(that=now.timestamp() < claims.exp, code="id-token.expired")
        insist(that=not issuer.acr or claims.acr in issuer.acr, code="id-token.acr")
        nonce = _decoded(claims.nonce)
        self.challenges.insist(nonce, Act("id-token", issuer.issuer.encode()), now)
        credential = self._counting(_who(issuer.issuer, claims.sub), "id-token", now)
        self.challenges.use_up(nonce, now)
        officer = self.presence.reader.officer(credential.owner_id)
        return self.presence.issue_to_officer(credential, officer, now)

    def _counting(self, lookup: bytes, kind: str, now: datetime) -> CredentialRow:
        credential = self.presence.reader.credential_by(lookup, kind)
        living = self.presence.store.living.counts(credential.owner_id, credential.id)
        insist(that=living and now < credential.expires_at, code="credential.void")
        return credential

    def _insist_for_us(self, audience: str | list[str]) -> None:
        """Refuse an assertion that was made for somebody else, or for several."""
        named = [audience] if isinstance(audience, str) else audience
        insist(that=len(named) == 1 and named[0].endswith(_SESSIONS), code="machine.audience")
        insist(that=self.party.is_ours(named[0].removesuffix(_SESSIONS)), code="machine.audience")

    @staticmethod
    def _row(
        owner_kind: str, owner: UUID, kind: str, *, lookup: bytes, ends_at: datetime, now: datetime
    ) -> CredentialRow:
        return CredentialRow(
            id=uuid4(),
            owner_kind=owner_kind,
            owner_id=owner,
            kind=kind,
            lookup=lookup,
            secret=b"",
            issued_by=None,
            created_at=now,
            expires_at=ends_at,
        )

    def _enrolled(self, row: CredentialRow, secret: msgspec.Struct) -> admitting.Enrolled:
        insist(that=not self.presence.reader.lookup_taken(row.lookup, row.kind), code="credential.known")
        sealed = msgspec.structs.replace(row, secret=self.vault.seal(row.id, secret))
        self.presence.store.living.add(row.owner_id, row.id)
        return admitting.Enrolled(credential=vouch(sealed, self.presence.store.keyring))


def _certificate(content: bytes) -> x509.Certificate:
    try:
        is_text = content.lstrip().startswith(b"-----BEGIN")
        return x509.load_pem_x509_certificate(content) if is_text else x509.load_der_x509_certificate(content)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Refusal("certificate.form") from None


def _ways(key: object) -> tuple[type[ECKey | OKPKey | RSAKey], Sequence[str]]:
    """Return of which kind a key is, and what it may sign with: nothing where it is too weak or of another kind."""
    if isinstance(key, EllipticCurvePublicKey):
        return ECKey, {SECP256R1.name: ("ES256",), SECP384R1.name: ("ES384",)}.get(key.curve.name, ())
    if isinstance(key, Ed25519PublicKey):
        return OKPKey, ("Ed25519", "EdDSA")
    return RSAKey, ("PS256", "RS256") if isinstance(key, RSAPublicKey) and key.key_size >= _RSA_BITS else ()


def _who(issuer: str, subject: str) -> bytes:
    """Return by what an identity is found: both names with their lengths, so that no two pairs are alike."""
    return macs.digest(encode((issuer, subject)))


def _header(token: str) -> _Header:
    try:
        return msgspec.json.decode(_decoded(token.partition(".")[0]), type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("token.form") from None


def _issuer_of(token: str) -> str:
    """Return whom a token says that it is from; nothing of it is believed yet."""
    try:
        claims: dict[str, Any] = msgspec.json.decode(_decoded(token.split(".")[1]), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, IndexError):
        raise Refusal("token.form") from None
    return str(claims.get("iss", ""))


def _claims(
    token: str,
    key: Any,  # noqa: ANN401 - a key of the library, or a set of them
    form: type[C],
    *,
    header: _Header,
    algorithms: Sequence[str],
) -> C:
    """Return what a token claims, once its signature holds.

    Raises:
        Refusal: it is no token, is signed with something else, or lacks a claim.
    """
    insist(that=header.alg in algorithms, code="token.algorithm")
    try:
        verified = jws.deserialize_compact(token, key, algorithms=list(algorithms))
        return msgspec.json.decode(verified.payload, type=form)
    except _BROKEN as broken:
        raise Refusal("token.wrong") from broken


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Refusal("token.form") from None
