"""The machinery of the keeper's tests: its questions asked directly, its rows stored by the database's owner.

Nothing of ours stands between: no policy is asked, row-level security does not hold the owner, and a line claims
whatever a test wants it to claim.
"""

from __future__ import annotations

import json
import secrets
from base64 import b32decode
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from consent.grants import Grant
from consent.records import Indication, Notice, Operator, build_record
from registry.crypto import envelope
from registry.crypto.derivation import sub_key
from registry.keeper.rows import vouch
from registry.keys.client import KEEPER, Keeper, KeeperRefused
from registry.wire import admitting, asking, decisions, linking, messages, rotating
from registry.wire.messages import Document, Plaintext, Said, WriteRecord
from registry.wire.rows import AppearanceRow, GrantRow, Row, RunRow, SealedRow, WrapRow
from registry.wire.sockets import places
from schemas.canonical import canonical
from schemas.compartments import Compartment, Section, kinds_of
from schemas.vocabularies.access import ActorKind, AgencyKind, Basis, Channel, IndicationMethod, Purpose
from tests.conftest import DatabasePair
from tests.house import PIN, House, Letter, open_house
from tests.keeper_writer import COMPARTMENTS, Writer, store_ended

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registry.auth.demo import DemoAgency, DemoOfficer
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

A = TypeVar("A")
R = TypeVar("R", bound=Row)

_STEP_SECONDS = 30
_PASSED_WITHOUT_TEXT = Notice(version="1", language="en", sha256=sha256(b"notice").hexdigest())


@dataclass(frozen=True, slots=True)
class Signed:
    """An officer or a person behind a live session."""

    token: bytes = field(repr=False)
    actor: UUID
    agency: UUID | None

    @property
    def session(self) -> bytes:
        """Return the session's id."""
        return sha256(self.token).digest()

    @property
    def office(self) -> UUID:
        """Return the agency of an officer who has one."""
        assert self.agency is not None
        return self.agency


@dataclass(slots=True)
class Stage:
    """A running keeper, the owner of its main database, and everybody's way to it."""

    house: House
    writer: Writer
    sockets: dict[str, Keeper] = field(default_factory=dict)
    last_steps: dict[str, int] = field(default_factory=dict)
    letters: dict[UUID, str] = field(default_factory=dict)
    records: dict[UUID, bytes] = field(default_factory=dict)
    ordering: list[Signed] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the keeper's present."""
        return self.house.clock.now()

    def pass_time(self, **by: float) -> None:
        """Move the clock forward, as timedelta counts."""
        self.house.clock.ahead += timedelta(**by)

    def ask(self, question: messages.Question, expected: type[A], *, role: str = "web") -> A:
        """Ask on the socket of a role ("worker-" and an agency's id for a worker's)."""
        if role not in self.sockets:
            self.sockets[role] = Keeper()
            self.sockets[role].configure(places.keeper(self.house.settings.run_dir, role))
        try:
            return self.sockets[role].ask(question, expected)  # type: ignore[type-var]  # an answer is a Struct
        except KeeperRefused as refusal:
            refusal.add_note(refusal.reason)
            raise

    def refused(self, question: messages.Question, *, role: str = "web") -> str:
        """Ask, and return why it was refused; an answer is an error."""
        try:
            answered = self.ask(question, object, role=role)
        except KeeperRefused as refusal:
            return refusal.reason
        raise AssertionError(f"{type(question).__name__} was answered with {type(answered).__name__}")

    def restart(self) -> None:
        """Let this keeper end and another begin with the same databases."""
        self.hang_up()
        self.house.keeper.stop()
        self.house.start_keeper()

    def hang_up(self) -> None:
        """Close all connections to the keeper."""
        KEEPER.close()
        for socket in self.sockets.values():
            socket.close()

    def vouched(self, row: R) -> R:
        """Return a row as the keeper would make it: for states that no operation reaches yet."""
        return vouch(row, self.house.keeper.rooms.store.keyring)

    # Signing in

    def agency(self, name: str) -> DemoAgency:
        """Return an office by a part of its name."""
        return self.house.agency(name)

    def code(self, officer: DemoOfficer) -> str:
        """Return a code of the authenticator that was not used yet; the clock moves on where there is none."""
        current = int(self.now().timestamp()) // _STEP_SECONDS
        step = max(self.last_steps.get(officer.login, officer.last_step) + 1, current - 1)
        if step > current + 1:
            self.pass_time(seconds=_STEP_SECONDS * (step - current - 1))
        self.last_steps[officer.login] = step
        return totp(officer.totp_secret, step * _STEP_SECONDS)

    def sign_in(self, officer: DemoOfficer) -> Signed:
        """Sign in with password and code, and store the session."""
        asked = admitting.SignIn(login=officer.login, password=officer.password, totp=self.code(officer))
        return self._signed(asked)

    def officer(self, agency: str, role: str = "clerk") -> Signed:
        """Sign in an officer of an office."""
        return self.sign_in(self.agency(agency).officer(role))

    def person(self, letter: Letter, pin: str = PIN) -> Signed:
        """Sign in with a letter."""
        return self._signed(admitting.SignIn(letter_code=letter.code, pin=pin))

    def letter(self, clerk: Signed, person: UUID, *, second: Signed | None = None) -> Letter:
        """Hand over a letter in exchange for the one before, or as two officers, and store what changes with it."""
        old, other = (None, second.token) if second else (self.letters.get(person), None)
        asked = admitting.EnrolLetter(clerk.token, person, PIN, old_code=old, second=other)
        made = self.ask(asked, admitting.Enrolled)
        assert made.credential is not None
        assert made.letter_code is not None
        self.writer.put(made.credential, *made.appearances)
        self.letters[person] = made.letter_code
        return Letter(made.letter_code, made.codes)

    def run(self, administrator: Signed, budget: int = 1000) -> UUID:
        """Open an import for the administrator's agency, and store it."""
        run = self.ask(messages.OpenRun(administrator.token, "import", budget), messages.RunOpened).run
        self.writer.put(run)
        return run.id

    def order(self, operation: str, kind: str, scope: str = "", **more: object) -> RunRow:
        """Let two administrators of the registry order what is done to a key, and store the run."""
        if not self.ordering:
            self.ordering = [self.sign_in(one) for one in self.house.book.administrators]
        asked = rotating.OrderRun([one.token for one in self.ordering], operation, kind, scope, **more)  # type: ignore[arg-type]  # a test's
        run = self.ask(asked, messages.RunOpened, role="cli").run
        self.writer.put(run)
        return run

    def _signed(self, asked: admitting.SignIn) -> Signed:
        answer = self.ask(asked, admitting.SignedIn)
        self.writer.put(answer.session)
        return Signed(answer.token, answer.session.actor_id, answer.session.agency_id)

    # Persons

    def born(self, source: Signed, count: int = 1, *, text: str = "") -> list[AppearanceRow]:
        """Record new persons (of a person: appearances of her own), and store them; every compartment says its own."""
        said = {compartment: document(compartment, source, text=text) for compartment in COMPARTMENTS}
        record = WriteRecord(said)
        answer = self.ask(messages.Write([record] * count, session=source.token), messages.Sealed)
        births = [result.appearance for result in answer.results if result.appearance is not None]
        self.writer.put(*births, *(row for result in answer.results for row in result.sealed))
        return births

    def rewrite(self, source: Signed, sealed: SealedRow, *, text: str = "") -> None:
        """Let the source say something new in a compartment, and store it."""
        said = document(sealed.compartment, source, text=text, base_version=sealed.version)
        record = WriteRecord({sealed.compartment: said}, appearance_id=sealed.appearance_id)
        answer = self.ask(messages.Write([record], session=source.token), messages.Sealed)
        self.writer.put(*answer.results[0].sealed)

    def sealed(self, appearance: UUID, compartment: str) -> SealedRow:
        """Read one compartment as it is stored."""
        return self.writer.one(SealedRow, appearance_id=appearance, compartment=compartment)

    # Links

    def finding(self, asker: bytes, other: UUID, *, subject: UUID | None = None, grade: str = "known") -> bytes:
        """Return what the linker would seal if it found `other`: a question's answer, or of another appearance."""
        said = linking.Statement(asker, subject, other, grade, (), (), self.now())
        key = sub_key(self.house.settings.linker_key_file.read_bytes(), linking.FINDING_KEY)
        return envelope.seal_secret(linking.ENCODER.encode(said), key, linking.FINDING_KEY)

    def store_link(self, made: decisions.LinkMade) -> None:
        """Store a proposal or decision with the appearances that it moves."""
        self.writer.put(made.link, *made.appearances)

    def link(self, clerk: Signed, subject: UUID, other: UUID) -> decisions.LinkMade:
        """Let an officer say that an appearance of her own office is of the person whom she chose, and store it."""
        found = self.finding(clerk.session, other, subject=subject)
        question = decisions.Link([found], session=clerk.token, chosen=self.finding(clerk.session, other))
        (made,) = self.ask(question, decisions.Linked).results
        assert made is not None
        self.store_link(made)
        return made

    def unlink(self, appearance: UUID, by: Signed, second: Signed | None = None) -> decisions.Unlinked:
        """Give an appearance back, and store everything that this changes in one transaction."""
        question = decisions.Unlink(by.token, appearance, second.token if second else None)
        undone = self.ask(question, decisions.Unlinked)
        with self.writer.connection.transaction():
            self.writer.put(undone.link, *undone.appearances, *undone.sealed, *undone.grants)
            self.writer.drop(WrapRow, appearance_id=appearance, agency_id=undone.agencies)
        return undone

    # Grants

    def give(
        self, grant: Grant, proof: asking.CodeProof | messages.OfficersProof, *, person: Signed | None = None
    ) -> GrantRow:
        """Have a grant wrapped, and store grant and wraps."""
        self.records[grant.id] = self.record(grant)
        question = messages.Wrap(self.records[grant.id], proof, session=person.token if person else None)
        wrapped = self.ask(question, messages.Wrapped)
        self.writer.put(wrapped.grant, *wrapped.wraps)
        return wrapped.grant

    def record(self, grant: Grant, kind: AgencyKind | None = None) -> bytes:
        """Return the consent record of a grant as canonical bytes."""
        by = IndicationMethod.LETTER_CODE if grant.norm is None else IndicationMethod.ASSIGNMENT
        indication = Indication(at=self.now(), by=ActorKind.PERSON, method=by, channel=Channel.OWN_DEVICE)
        return canonical(
            build_record(
                grant,
                kind or AgencyKind(self.house.book.agency(grant.agency_id).kind),
                record_id=uuid4(),
                notice=_PASSED_WITHOUT_TEXT,
                indication=indication,
                operator=Operator(),
            )
        )

    def wish(
        self,
        person: UUID,
        agency: UUID,
        appearances: Sequence[UUID],
        *,
        sections: Sequence[Section] = (Section.LANGUAGES,),
        purpose: Purpose = Purpose.PLACEMENT,
        lasts: timedelta = timedelta(days=30),
        norm: str | None = None,
    ) -> Grant:
        """Return a grant as it would be given now."""
        now = self.now().replace(microsecond=0)
        return Grant(
            id=uuid4(),
            person_id=person,
            agency_id=agency,
            purpose=purpose,
            basis=Basis.STATUTE if norm else Basis.CONSENT,
            sections=frozenset(sections),
            appearances=tuple(appearances),
            not_before=now,
            not_after=now + lasts,
            norm=norm,
        )

    def end(self, grant: UUID, person: Signed | None = None) -> messages.Rotated:
        """End a grant, store everything that this changes in one transaction, and settle."""
        question = messages.Rotate(grant, session=person.token if person else None)
        rotated = self.ask(question, messages.Rotated)
        store_ended(self.writer, rotated)
        self.ask(messages.Settle(list(rotated.grant.appearances)), messages.Done)
        return rotated

    # Opening

    def claim(self, hers: Sequence[AppearanceRow], *grants: GrantRow, **lies: object) -> Said:
        """Return what an honest line would say: these grants or, without one, the own lane."""
        said: dict[str, object] = {
            "person": hers[0].person_id,
            "appearances": [row.id for row in hers],
            "basis": grants[0].basis if grants else "own",
            "purpose": grants[0].purpose if grants else "intake",
            "grants": [grant.id for grant in grants],
            "compartments": list(grants[0].compartments) if grants else list(COMPARTMENTS),
        }
        return Said(**(said | lies))  # type: ignore[arg-type]  # the lies are a test's

    def open(self, officer: Signed, claim: Said) -> list[messages.Opened]:
        """Open what a line names."""
        return self.ask(messages.Open(claim, session=officer.token), Plaintext).opened

    def looking(
        self, person: Signed, hers: Sequence[UUID], compartments: Sequence[str] = COMPARTMENTS
    ) -> messages.OpenSelf:
        """Return the question of a person who looks at her own."""
        return messages.OpenSelf(person.token, list(hers), list(compartments))

    def closed(self, officer: Signed, claim: Said) -> str:
        """Return why nothing opens."""
        return self.refused(messages.Open(claim, session=officer.token))


@contextmanager
def open_stage(clusters: Pair, template: str, logins: Logins, **settings: object) -> Iterator[Stage]:
    """Open a house on databases of its own, for as many tests as like to share it."""
    name = f"test_{secrets.token_hex(6)}"
    clusters.clone_pair(template, name)
    pair = DatabasePair(name, clusters, logins)
    try:
        with (
            open_house(pair, **settings) as house,  # type: ignore[arg-type]  # whoever calls gives what a house takes
            Writer(pair.main_url()) as writer,
        ):
            stage = Stage(house, writer)
            yield stage
            stage.hang_up()
    finally:
        clusters.drop_pair(name)


def document(compartment: str, source: Signed, *, base_version: int = 0, text: str = "") -> Document:
    """Return a document that a source may keep in a compartment, and that says in which."""
    kind = min(kinds_of(Compartment(compartment)))
    entry = {"kind": kind, "source": str(source.agency or "person"), "value": {"said": f"{text}/{compartment}"}}
    return Document(json.dumps({"entries": [entry]}).encode(), base_version=base_version)


def totp(secret: str, at: float) -> str:
    """Return the code of an authenticator."""
    key = TOTP(b32decode(secret), 6, SHA1(), _STEP_SECONDS, enforce_key_length=False)  # noqa: S303 - RFC 6238's own hash
    return key.generate(int(at)).decode()
