"""Agencies' own systems and officers of issuers: let in by what they signed, for us, just now, and once."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from msgspec import structs

from registry.errors import OperationError
from registry.issuers import load
from registry.wire import admitting, messages
from registry.wire.rows import AgencyRow, OfficerRow
from tests.authenticators import Authenticator, b64
from tests.keeper_machine import Signed, Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import CredentialRow

LONG = {"idle_minutes": 6_000_000, "session_hours": 100_000}
AUDIENCE = "https://einmal.example/api/v1/sessions"
ISSUER, CLIENT = "https://idp.example/realms/offices", "einmal"
IDP, STRANGER = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})
ACR = "urn:de:substantial"


def issuers_file(path: Path, **other: Any) -> Path:  # noqa: ANN401 - whatever a file says
    one = {
        "issuer": ISSUER,
        "client_id": CLIENT,
        "jwks": {"keys": [IDP.as_dict(private=False)]},
        "authorization_endpoint": f"{ISSUER}/auth",
        "token_endpoint": f"{ISSUER}/token",
        "acr": [ACR],
    }
    path.write_text(json.dumps({"issuers": [one | other]}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def stage(
    clusters: Pair, template_pair: str, test_logins: Logins, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    file = issuers_file(tmp_path_factory.mktemp("oidc") / "issuers.json")
    with open_stage(clusters, template_pair, test_logins, **LONG, oidc_issuers_file=file) as opened:
        yield opened


@pytest.fixture(scope="module")
def two(stage: Stage) -> list[Signed]:
    return [stage.sign_in(one) for one in stage.house.book.administrators]


def approvals(two: list[Signed]) -> list[bytes]:
    return [one.token for one in two]


# Machines


def key_of(kind: str) -> Any:  # noqa: ANN401 - any private key
    made: dict[str, Callable[[], Any]] = {
        "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
        "RSA-3072": lambda: rsa.generate_private_key(65537, 3072),
        "RSA-2048": lambda: rsa.generate_private_key(65537, 2048),
    }
    return made[kind]()


@dataclass(slots=True)
class Machine:
    """An agency's own system with a certificate."""

    now: Callable[[], datetime]
    agency: str
    key: Any = field(default_factory=lambda: key_of("P-256"), repr=False)
    algorithm: str = "ES256"

    def certificate(self, begins: timedelta = timedelta(days=-1), ends: timedelta = timedelta(days=365)) -> bytes:
        """Return a certificate that it made itself, as DER."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "machine")])
        now = self.now()
        built = x509.CertificateBuilder(name, name, self.key.public_key(), 7, now + begins, now + ends)
        signing = None if isinstance(self.key, ed25519.Ed25519PrivateKey) else SHA256()
        return built.sign(self.key, signing).public_bytes(Encoding.DER)

    def assertion(self, *, signed_by: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:  # noqa: ANN401 - any key, any claim
        """Return a JWT that says who it is; claims and header may lie."""
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        kid = b64(sha256(public).digest())
        said = {"iss": self.agency, "sub": self.agency, "aud": AUDIENCE, "jti": str(uuid4())}
        said |= {"exp": int(self.now().timestamp()) + 60} | claims
        pem = (signed_by or self.key).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        told = {"alg": self.algorithm, "kid": kid} | (header or {})
        kept = {name: value for name, value in said.items() if value is not None}
        kinds: dict[str, Any] = {"ES": ECKey, "RS": RSAKey, "PS": RSAKey, "Ed": OKPKey}
        return jwt.encode(told, kept, kinds[told["alg"][:2]].import_key(pem), algorithms=[told["alg"]])


def enrolled(stage: Stage, machine: Machine, two: list[Signed]) -> CredentialRow:
    """Pin the machine's key, and store the row."""
    question = admitting.EnrolCertificate(approvals(two), UUID(machine.agency), machine.certificate())
    row = stage.ask(question, admitting.Enrolled).credential
    assert row is not None
    stage.writer.put(row)
    return row


@pytest.fixture
def machine(stage: Stage, two: list[Signed]) -> Machine:
    made = Machine(stage.now, stage.agency("Jobcenter").id)
    enrolled(stage, made, two)
    return made


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [("P-256", "ES256"), ("P-384", "ES384"), ("Ed25519", "Ed25519"), ("RSA-3072", "PS256"), ("RSA-3072", "RS256")],
)
def test_an_agencys_own_system_signs_in_with_its_key(
    stage: Stage, two: list[Signed], kind: str, algorithm: str
) -> None:
    made = Machine(stage.now, stage.agency("BAMF").id, key_of(kind), algorithm)
    row = enrolled(stage, made, two)
    assert (row.owner_kind, row.kind, str(row.owner_id)) == ("agency", "certificate", made.agency)
    answer = stage.ask(admitting.SignIn(jwt=made.assertion()), admitting.SignedIn)
    session = answer.session
    assert (session.kind, str(session.actor_id), str(session.agency_id)) == ("machine", made.agency, made.agency)
    stage.writer.put(session)
    assert stage.ask(admitting.Touch(answer.token), messages.Done)


def test_a_machines_session_is_no_officers_and_no_persons(stage: Stage, machine: Machine) -> None:
    answer = stage.ask(admitting.SignIn(jwt=machine.assertion()), admitting.SignedIn)
    stage.writer.put(answer.session)
    for question, code in (
        (messages.OpenRun(answer.token, "import", 1), "officer.missing"),
        (messages.OrderErasure(answer.token), "session.kind"),
        (messages.Write([], session=answer.token), "officer.missing"),
        (admitting.EnrolLetter(answer.token, uuid4(), "123456"), "officer.missing"),
        (admitting.AskChallenge("add", session=answer.token), "officer.missing"),
    ):
        assert stage.refused(question) == code


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "for another registry": ({"aud": "https://other.example/api/v1/sessions"}, "machine.audience"),
    "for several": ({"aud": [AUDIENCE, "https://other.example/"]}, "machine.audience"),
    "for another address": ({"aud": "https://einmal.example/"}, "machine.audience"),
    "for a longer name": ({"aud": "https://einmal.example.org/api/v1/sessions"}, "machine.audience"),
    "for nobody": ({"aud": []}, "machine.audience"),
    "of another": ({"iss": str(uuid4())}, "machine.issuer"),
    "about another": ({"sub": str(uuid4())}, "machine.issuer"),
    "without a number": ({"jti": ""}, "machine.jti"),
    "without end": ({"exp": None}, "token.wrong"),
    "for ever": ({"exp": 99_999_999_999}, "machine.time"),
    "too late": ({"exp": 1}, "machine.time"),
    "not a time": ({"exp": "soon"}, "token.wrong"),
    "a time that is none": ({"exp": 1e400}, "token.wrong"),
}


@pytest.mark.parametrize(("lies", "code"), LIES.values(), ids=LIES)
def test_an_assertion_that_says_something_else_is_refused(
    stage: Stage, machine: Machine, lies: dict[str, Any], code: str
) -> None:
    assert stage.refused(admitting.SignIn(jwt=machine.assertion(**lies))) == code


def test_only_the_pinned_key_signs_and_only_its_own_way(stage: Stage, machine: Machine) -> None:
    thief = key_of("P-256")
    public = machine.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    unsigned = ".".join((b64(json.dumps({"alg": "none", "kid": _kid(machine)}).encode()), b64(b"{}"), ""))
    head = f"{b64(json.dumps({'alg': 'HS256', 'kid': _kid(machine)}).encode())}.{b64(b'{}')}"
    shared = f"{head}.{b64(hmac.digest(public, head.encode(), 'sha256'))}"
    for token, code in (
        (machine.assertion(signed_by=thief), "token.wrong"),
        (Machine(stage.now, machine.agency).assertion(), "credential.missing"),
        (unsigned, "token.algorithm"),
        (shared, "token.algorithm"),
        (machine.assertion()[:-4] + "AAAA", "token.wrong"),
        (machine.assertion() + ".x", "token.wrong"),
        ("", "token.form"),
        ("a.b.c", "token.form"),
        ("\N{SNOWMAN}.b.c", "token.form"),
        ("e30.e30.", "token.form"),
    ):
        assert stage.refused(admitting.SignIn(jwt=token)) == code


def _kid(machine: Machine) -> str:
    public = machine.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64(sha256(public).digest())


def test_an_assertion_counts_once_also_after_a_restart(stage: Stage, machine: Machine) -> None:
    token = machine.assertion()
    assert stage.ask(admitting.SignIn(jwt=token), admitting.SignedIn)
    assert stage.refused(admitting.SignIn(jwt=token)) == "machine.used"
    stage.restart()
    assert stage.refused(admitting.SignIn(jwt=token)) == "machine.used"
    stage.pass_time(minutes=2)
    assert stage.refused(admitting.SignIn(jwt=token)) == "machine.time"


def test_a_passkey_that_is_called_like_a_machines_key_does_not_keep_it_out(stage: Stage, two: list[Signed]) -> None:
    """Which id a passkey has, its maker says."""
    made = Machine(stage.now, stage.agency("Jobcenter").id)
    public = made.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    phone, clerk = Authenticator(credential_id=public), stage.officer("Agentur")
    letter = stage.letter(clerk, stage.born(clerk)[0].person_id)
    signed = stage.person(letter)
    asked = stage.ask(admitting.AskChallenge("add", session=signed.token), admitting.Challenge)
    question = admitting.EnrolPasskey(signed.token, phone.create(asked.challenge, asked.user), letter.proof(1))
    passkey = stage.ask(question, admitting.Enrolled).credential
    assert passkey is not None
    stage.writer.put(passkey)
    assert enrolled(stage, made, two).lookup == passkey.lookup
    assert stage.ask(admitting.SignIn(jwt=made.assertion()), admitting.SignedIn)
    challenge = stage.ask(admitting.AskChallenge("sign-in"), admitting.Challenge).challenge
    assert stage.ask(admitting.SignIn(passkey=phone.get(challenge)), admitting.SignedIn)


def test_two_administrators_pin_a_key_that_is_strong_new_and_in_time(
    stage: Stage, two: list[Signed], machine: Machine
) -> None:
    agency = UUID(stage.agency("Jobcenter").id)
    made = Machine(stage.now, str(agency))
    one = [two[0].token]
    for question, code in (
        (admitting.EnrolCertificate(one, agency, made.certificate()), "approval.two-administrators"),
        (admitting.EnrolCertificate(one * 2, agency, made.certificate()), "approval.two-administrators"),
        (admitting.EnrolCertificate(approvals(two), uuid4(), made.certificate()), "agency.missing"),
        (admitting.EnrolCertificate(approvals(two), agency, b"none"), "certificate.form"),
        (admitting.EnrolCertificate(approvals(two), agency, machine.certificate()), "credential.known"),
        (admitting.EnrolCertificate(approvals(two), agency, b"-----BEGIN nothing"), "certificate.form"),
        (admitting.EnrolCertificate(approvals(two), agency, made.certificate(ends=timedelta())), "certificate.time"),
        (
            admitting.EnrolCertificate(approvals(two), agency, made.certificate(begins=timedelta(hours=1))),
            "certificate.time",
        ),
    ):
        assert stage.refused(question) == code
    for kind in ("RSA-2048", "P-521"):
        weak = Machine(stage.now, str(agency), key_of(kind)).certificate()
        assert stage.refused(admitting.EnrolCertificate(approvals(two), agency, weak)) == "certificate.key"


def test_a_revoked_or_outlived_certificate_lets_nobody_in(stage: Stage, two: list[Signed]) -> None:
    made = Machine(stage.now, stage.agency("Jobcenter").id)
    row = enrolled(stage, made, two)
    assert row.expires_at <= stage.now() + timedelta(days=366)
    answer = stage.ask(admitting.SignIn(jwt=made.assertion()), admitting.SignedIn)
    stage.writer.put(answer.session)
    stage.ask(admitting.RevokeCredential(two[0].token, row.id), messages.Done)
    assert stage.refused(admitting.Touch(answer.token)) == "session.ended"
    assert stage.refused(admitting.SignIn(jwt=made.assertion())) == "credential.void"
    other = Machine(stage.now, stage.agency("Jobcenter").id)
    enrolled(stage, other, two)
    stage.pass_time(days=366)
    assert stage.refused(admitting.SignIn(jwt=other.assertion())) == "credential.void"


# ID tokens


def nonce(stage: Stage, issuer: str = ISSUER) -> bytes:
    return stage.ask(admitting.AskChallenge("id-token", issuer.encode()), admitting.Challenge).challenge


def id_token(
    now: datetime,
    asked: bytes,
    *,
    key: RSAKey | ECKey = IDP,
    header: dict[str, Any] | None = None,
    **claims: Any,  # noqa: ANN401 - any claim
) -> str:
    """Return what the issuer says of an officer."""
    said = {"iss": ISSUER, "sub": "s-1", "aud": CLIENT, "nonce": b64(asked), "acr": ACR, "email": "a@example.org"}
    said |= {"exp": int(now.timestamp()) + 60, "iat": int(now.timestamp())} | claims
    told = {"alg": "RS256", "kid": "one"} | (header or {})
    return jwt.encode(
        told, {name: value for name, value in said.items() if value is not None}, key, algorithms=[told["alg"]]
    )


@pytest.fixture(scope="module")
def known(stage: Stage, two: list[Signed]) -> Signed:
    """An officer whom the issuer knows."""
    officer = stage.officer("Jobcenter", "case-officer")
    question = admitting.EnrolIdentity(approvals(two), officer.actor, ISSUER, "s-1")
    row = stage.ask(question, admitting.Enrolled).credential
    assert row is not None
    stage.writer.put(row)
    return officer


def test_an_officer_signs_in_with_the_word_of_her_issuer(stage: Stage, known: Signed) -> None:
    token = id_token(stage.now(), nonce(stage))
    answer = stage.ask(admitting.SignIn(id_token=token), admitting.SignedIn)
    session = answer.session
    assert (session.kind, session.actor_id, session.agency_id) == ("officer", known.actor, known.agency)
    assert answer.roles
    assert stage.refused(admitting.SignIn(id_token=token)) == "challenge.used"
    stage.restart()
    assert stage.refused(admitting.SignIn(id_token=token)) == "challenge.used"


SAID: dict[str, tuple[dict[str, Any], str]] = {
    "by another issuer": ({"iss": "https://other.example"}, "id-token.issuer"),
    "of somebody unknown, whatever her e-mail": ({"sub": "s-2"}, "credential.missing"),
    "for another client": ({"aud": "other"}, "id-token.audience"),
    "for several clients": ({"aud": [CLIENT, "other"]}, "id-token.audience"),
    "asked for by another": ({"azp": "other"}, "id-token.audience"),
    "of yesterday": ({"exp": 1}, "id-token.expired"),
    "after a weak sign-in": ({"acr": "urn:de:low"}, "id-token.acr"),
    "after nobody knows what": ({"acr": None}, "id-token.acr"),
    "without our question": ({"nonce": None}, "token.wrong"),
    "to a question that nobody asked": ({"nonce": b64(b"x" * 56)}, "challenge.other-act"),
}


@pytest.mark.parametrize(("lies", "code"), SAID.values(), ids=SAID)
def test_what_an_issuer_said_otherwise_lets_nobody_in(
    stage: Stage, known: Signed, lies: dict[str, Any], code: str
) -> None:
    assert known
    assert stage.refused(admitting.SignIn(id_token=id_token(stage.now(), nonce(stage), **lies))) == code


def test_only_pinned_keys_and_named_algorithms_speak_for_an_issuer(stage: Stage, known: Signed) -> None:
    assert known
    asked = nonce(stage)
    ours = ECKey.generate_key("P-256", {"kid": "two"})
    for token, code in (
        (id_token(stage.now(), asked, key=STRANGER), "token.wrong"),
        (id_token(stage.now(), asked, header={"kid": "two"}), "token.wrong"),
        (id_token(stage.now(), asked, header={"alg": "PS256"}), "token.algorithm"),
        (
            id_token(stage.now(), asked, key=ours, header={"alg": "ES256", "jwk": ours.as_dict(private=False)}),
            "token.algorithm",
        ),
        (id_token(stage.now(), nonce(stage, "https://other.example")), "challenge.other-act"),
        (
            id_token(stage.now(), stage.ask(admitting.AskChallenge("sign-in"), admitting.Challenge).challenge),
            "challenge.other-act",
        ),
    ):
        assert stage.refused(admitting.SignIn(id_token=token)) == code
    late = nonce(stage)
    stage.pass_time(minutes=5, seconds=2)
    assert stage.refused(admitting.SignIn(id_token=id_token(stage.now(), late))) == "challenge.too-old"
    assert stage.ask(admitting.SignIn(id_token=id_token(stage.now(), nonce(stage))), admitting.SignedIn)


def test_two_administrators_say_by_which_subject_an_officer_is_known(
    stage: Stage, two: list[Signed], known: Signed
) -> None:
    assert known
    officer = stage.officer("Jobcenter").actor
    for question, code in (
        (admitting.EnrolIdentity([two[0].token], officer, ISSUER, "s"), "approval.two-administrators"),
        (admitting.EnrolIdentity(approvals(two), uuid4(), ISSUER, "s"), "officer.missing"),
        (admitting.EnrolIdentity(approvals(two), officer, "https://other.example", "s"), "id-token.issuer"),
        (admitting.EnrolIdentity(approvals(two), officer, ISSUER, ""), "id-token.subject"),
        (admitting.EnrolIdentity(approvals(two), officer, ISSUER, "s-1"), "credential.known"),
        (admitting.EnrolIdentity(approvals(two), officer, ISSUER, "s" * 256), "id-token.subject"),
    ):
        assert stage.refused(question) == code


def test_nobody_is_enrolled_for_whom_or_what_has_left(stage: Stage, two: list[Signed]) -> None:
    """Whoever comes back is enrolled anew: nothing waits for her that could be used in her absence."""
    gone = stage.officer("Jobcenter Essen")
    officer, agency = stage.writer.one(OfficerRow, id=gone.actor), stage.writer.one(AgencyRow, id=gone.agency)
    made = Machine(stage.now, str(agency.id))
    identity = admitting.EnrolIdentity(approvals(two), officer.id, ISSUER, "s-gone")
    certificate = admitting.EnrolCertificate(approvals(two), agency.id, made.certificate())
    for row, status, question, code in (
        (officer, "left", identity, "officer.left"),
        (agency, "closed", certificate, "agency.closed"),
    ):
        stage.writer.put(stage.vouched(structs.replace(row, status=status)))
        assert stage.refused(question) == code
        stage.writer.put(row)


@pytest.mark.parametrize("token", ["", "e30.e30.x", "eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJSUzI1NiJ9.bm90IGpzb24.x"])
def test_what_is_no_token_at_all_is_refused_before_anything_is_asked(stage: Stage, token: str) -> None:
    assert stage.refused(admitting.SignIn(id_token=token)) == "token.form"


def test_one_way_of_signing_in_and_nothing_of_another(stage: Stage) -> None:
    for asked in (
        admitting.SignIn(),
        admitting.SignIn(login="somebody"),
        admitting.SignIn(pin="123456"),
        admitting.SignIn(passkey=b"{}", jwt="a.b.c"),
        admitting.SignIn(id_token="a.b.c", letter_code="A", pin="1"),
        admitting.SignIn(login="a", password="b", totp="c", jwt="a.b.c"),
    ):
        assert stage.refused(asked) == "sign-in.form"


FILES: dict[str, dict[str, Any]] = {
    "no keys": {"jwks": {"keys": []}},
    "a shared secret": {"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
    "a private key": {"jwks": {"keys": [IDP.as_dict(private=True)]}},
    "no signature": {"algorithms": ["none"]},
    "a shared signature": {"algorithms": ["RS256", "HS256"]},
    "no algorithm": {"algorithms": []},
    "another field": {"roles_claim": "roles"},
    "a key for sealing": {"jwks": {"keys": [IDP.as_dict(private=False) | {"use": "enc"}]}},
    "a short key": {"jwks": {"keys": [{"kty": "RSA", "n": b64(b"\xff" * 128), "e": "AQAB"}]}},
    "half a key": {"jwks": {"keys": [{"kty": "RSA", "n": b64(b"\xff" * 256)}]}},
    "no point of the curve": {"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}]}},
    "an unknown curve": {"jwks": {"keys": [{"kty": "OKP", "crv": "Ed1", "x": "AAAA"}]}},
    "a number for a text": {"jwks": {"keys": [{"kty": "RSA", "n": 5, "e": "AQAB"}]}},
}


@pytest.mark.parametrize("wrong", FILES.values(), ids=FILES)
def test_a_file_that_lets_too_much_count_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(OperationError, match=r"issuers\.json"):
        load(issuers_file(tmp_path / "issuers.json", **wrong))
    assert load(None) == {}
    assert set(load(issuers_file(tmp_path / "issuers.json"))) == {ISSUER}
