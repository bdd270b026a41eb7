"""What the keeper's other rooms ask of the desk, and what is asked of it from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from registry import issuers
from registry.crypto import macs
from registry.keeper.desk.challenges import Act, Challenges, Party
from registry.keeper.desk.letters import Letters
from registry.keeper.desk.officers import Officers
from registry.keeper.desk.passkeys import Passkeys
from registry.keeper.desk.presence import Presence
from registry.keeper.desk.tokens import Tokens
from registry.keeper.desk.vault import Secret, Vault
from registry.keeper.rows import vouch
from registry.keeper.rules import Refusal, Sessions, insist
from registry.keeper.store.noted import Noted
from registry.wire import admitting, messages
from registry.wire.asking import CodeProof, PasskeyProof, PasswordProof
from registry.wire.rows import RunRow
from schemas.vocabularies.access import Role

if TYPE_CHECKING:
    from registry.config import Settings
    from registry.keeper.reading import Reader
    from registry.keeper.store.shred import ShredStore
    from registry.wire.rows import AgencyRow, AppearanceRow, CredentialRow, OfficerRow, SessionRow

_RUN_HOURS = 24
_OPERATIONS = frozenset({"import", "export", "match"})
#: What may be asked to be signed, by strangers and in a session.
_FOR_STRANGERS = frozenset({"sign-in", "id-token"})
_IN_SESSION = frozenset({"add", "confirm", "remove", "consent"})
_MOST_ABOUT = 65_536


@dataclass(frozen=True, slots=True)
class Terms:
    """What a letter, or a passkey added with it, may prove beside what the letter's own counter recorded."""

    agency: UUID | None
    approved: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Enrols and signs in; returns rows for the caller to store."""

    presence: Presence
    challenges: Challenges
    letters: Letters
    officers: Officers
    passkeys: Passkeys
    tokens: Tokens

    @classmethod
    def furnish(cls, reader: Reader, store: ShredStore, settings: Settings, *, now: datetime) -> Desk:
        """Put the desk together; what ended lately stays ended."""
        since = now - timedelta(hours=settings.session_hours)
        void = {UUID(bytes=one) for one in store.spent_since("credential", since)}
        ended, restored_at = store.spent_since("session", since), Noted(store.database).read().restored_at
        sessions = Sessions(timedelta(minutes=settings.idle_minutes), now, ended, void, restored_at)
        presence, vault = Presence(reader, store, sessions, settings.session_hours), Vault(store)
        challenges, party = Challenges(vault), Party.of(settings.public_url)
        letters, officers = Letters(presence, vault, settings.letter_days), Officers(presence, vault)
        passkeys = Passkeys(presence, vault, challenges, letters, officers, party)
        tokens = Tokens(presence, vault, challenges, party, issuers.load(settings.oidc_issuers_file))
        return cls(presence, challenges, letters, officers, passkeys, tokens)

    def sign_in(self, asked: admitting.SignIn, now: datetime) -> admitting.SignedIn:
        """Check a credential and issue a session; two ways at once are none."""
        said = {name: value for name in asked.__struct_fields__ if (value := getattr(asked, name)) is not None}
        match said:
            case {"passkey": assertion} if len(said) == 1:
                return self.passkeys.sign_in(assertion, now)
            case {"jwt": token} if len(said) == 1:
                return self.tokens.let_machine_in(token, now)
            case {"id_token": token} if len(said) == 1:
                return self.tokens.let_officer_in(token, now)
            case {"letter_code": code, "pin": pin} if len(said) == 2:
                return self.letters.sign_in(code, pin, now)
            case {"login": login, "password": password, "totp": totp} if len(said) == 3:
                return self.officers.sign_in(login, PasswordProof(password, totp), now)
            case _:
                raise Refusal("sign-in.form")

    def challenge(self, asked: admitting.AskChallenge, now: datetime) -> admitting.Challenge:
        """Make what shall be signed next; in a session also say whose passkeys there are."""
        insist(that=len(asked.about) <= _MOST_ABOUT, code="challenge.form")
        party = self.passkeys.party.name
        if asked.session is None:
            insist(that=asked.purpose in _FOR_STRANGERS, code="challenge.purpose")
            return admitting.Challenge(self.challenges.make(Act(asked.purpose, asked.about), now), party)
        insist(that=asked.purpose in _IN_SESSION, code="challenge.purpose")
        session = self.presence.anybody(asked.session, now)
        challenge = self.challenges.make(Act(asked.purpose, asked.about, session.id), now)
        owner = session.actor_id
        return admitting.Challenge(challenge, party, self.passkeys.handle(owner), self.passkeys.ids(owner))

    def remove_passkey(self, asked: admitting.RemovePasskey, now: datetime) -> messages.Done:
        """Let one's own passkey count no more."""
        session = self.presence.anybody(asked.session, now)
        credential = self.presence.reader.credential(asked.credential)
        insist(that=(credential.kind, credential.owner_id) == ("passkey", session.actor_id), code="passkey.foreign")
        if isinstance(asked.proof, PasswordProof):
            insist(that=session.kind == "officer", code="proof.form")
            self.officers.prove(session.actor_id, asked.proof, now)
        else:
            self._prove(session, asked.proof, Act("remove", credential.id.bytes, session.id), now=now)
        self.presence.void(credential, now)
        return messages.Done()

    def revoke(self, asked: admitting.RevokeCredential, now: datetime) -> messages.Done:
        """Let a certificate, an identity or an officer's passkey count no more: what is lost must go at once."""
        self.presence.administrators([asked.session], now, at_least=1)
        credential = self.presence.reader.credential(asked.credential)
        insist(that=credential.owner_kind != "person" and credential.kind != "password-totp", code="credential.kind")
        self.presence.void(credential, now)
        return messages.Done()

    def sign_out(self, asked: admitting.SignOut, now: datetime) -> messages.Done:
        """End a session; it stays ended whatever the main database says later."""
        self.presence.end(macs.digest(asked.session), now)
        return messages.Done()

    def touch(self, asked: admitting.Touch, now: datetime) -> messages.Done:
        """Say that a session is alive, whoever's it is."""
        self.presence.touch(asked.session, now)
        return messages.Done()

    def open_run(self, asked: messages.OpenRun, now: datetime) -> messages.RunOpened:
        """Authorise an import, an export or questions about a list for the administrator's own agency."""
        _, officer, agency = self.officer(asked.session, now)
        insist(that=agency is not None and Role.ADMINISTRATOR in officer.roles, code="officer.role")
        insist(that=asked.operation in _OPERATIONS and 0 < asked.budget <= 10_000_000, code="run.form")
        ends_at = now + timedelta(hours=_RUN_HOURS)
        run = RunRow(uuid4(), asked.operation, agency.id, officer.id, asked.budget, now, ends_at)  # type: ignore[union-attr]  # insisted above
        return messages.RunOpened(vouch(run, self.presence.store.keyring))

    def officer(self, token: bytes, now: datetime) -> tuple[SessionRow, OfficerRow, AgencyRow | None]:
        """Return the officer behind a live session; raises Refusal."""
        return self.presence.officer(token, now)

    def check_officer(
        self, session: SessionRow, officer: OfficerRow, agency: AgencyRow | None, *, now: datetime
    ) -> None:
        """Refuse unless these three belong together and are alive."""
        self.presence.check_officer(session, officer, agency, now=now)

    def person(self, token: bytes, now: datetime) -> SessionRow:
        """Return the live session of a person; raises Refusal."""
        return self.presence.person(token, now)

    def check_person(self, session: SessionRow, now: datetime) -> None:
        """Refuse unless this is a person's live session."""
        self.presence.check_person(session, now)

    def two_officers(self, first: bytes, second: bytes, now: datetime) -> AgencyRow:
        """Return the agency of two different officers, one of them an approver; raises Refusal."""
        return self.presence.two_officers(first, second, now)

    def keeps(self, agency: AgencyRow, person: UUID) -> bool:
        """Say whether an agency is the source of an appearance that is hers beyond doubt."""
        return self.presence.keeps(agency, person)

    def appearances_of(self, person: UUID) -> list[AppearanceRow]:
        """Return the appearances that are linked to a person."""
        return self.presence.appearances_of(person)

    def letter(self, code: str, now: datetime) -> CredentialRow:
        """Return the letter with this code, if it still counts; raises Refusal."""
        return self.letters.letter(code, now)

    def prove_record(
        self, session: SessionRow, proof: CodeProof | PasskeyProof, record: bytes, *, now: datetime
    ) -> str:
        """Check that the person decided on exactly this consent record; return by what she proved it.

        Raises:
            Refusal: the proof is wrong, used, of somebody else, or of another record.
        """
        return self._prove(session, proof, Act("consent", record, session.id), now=now)

    def prove_confirmation(
        self, session: SessionRow, proof: CodeProof | PasskeyProof, appearance: UUID, *, now: datetime
    ) -> None:
        """Check that the person said "this is me" of exactly this appearance; raises Refusal."""
        self._prove(session, proof, Act("confirm", appearance.bytes, session.id), now=now)

    def terms(self, session: SessionRow, proof: CodeProof | PasskeyProof, now: datetime) -> Terms:
        """Return who handed over the letter behind a proof, and whether a second officer agreed."""
        if isinstance(proof, PasskeyProof):
            return Terms(*self.passkeys.terms(session, proof))
        secret = self.letters.vault.opened(self.letters.of(session.actor_id, now), Secret)
        return Terms(secret.agency, secret.approved)

    def _prove(self, session: SessionRow, proof: CodeProof | PasskeyProof, act: Act, *, now: datetime) -> str:
        if isinstance(proof, PasskeyProof):
            self.passkeys.prove(session, proof, act, now=now)
            return "passkey"
        self.letters.prove(session, proof, now)
        return "letter-code"
