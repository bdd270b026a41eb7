"""Turns the operator at a command line into a session, and the session into a run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from adapters.engine.patience import patiently
from registry import clock
from registry.actors import Officer
from registry.auth import demo, sessions
from registry.auth.sessions import NotSignedIn
from registry.casework.admission import signing_in
from registry.db import Sessions
from registry.errors import RegistryError
from registry.keys.client import KeeperRefused
from registry.ops.files import private_directory, read_json, write_json
from registry.wire import admitting
from schemas.vocabularies.access import Role

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.wire.admitting import SignedIn


class WrongAgencyError(RegistryError):
    """Somebody of another office signed in."""

    code = "sign-in.other-agency"


@dataclass(frozen=True, slots=True)
class _Wish:
    """The run that is to be opened."""

    agency: UUID
    operation: str
    budget: int


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever sits at the command line, as far as this home knows: demo sign-ins, or nobody yet."""

    home: Path
    is_dev: bool

    def open_run(self, agency: UUID, budget: int, *, operation: str = "import") -> UUID:
        """Sign in as an administrator of this agency and open a run that may write so many records, or read persons.

        A made-up sign-in of `--dev` is kept, private, and used again while it lives: a code works once. Who types a
        password leaves nothing on the disk, and the session ends as soon as the run is open.

        Raises:
            SignInRefused: the credential is wrong.
            WrongAgencyError: it is right, and of another office.
            KeeperRefused: this officer may open no run.
        """
        wish = _Wish(agency, operation, budget)
        self._tidy()
        book = demo.load(self.home) if self.is_dev else None
        officer = _administrator(book, agency) if book else None
        if book is None or officer is None:
            return _open_run_once(_sign_in_prompted().token, wish)
        kept = read_json(self._file(officer.login))
        if kept is not None:
            try:
                return patiently(partial(_open_run, bytes.fromhex(kept["token"]), wish))
            except (NotSignedIn, KeeperRefused):
                # Ended or idle for too long, which only the keeper knows: sign in anew.
                pass
        signed_in = _sign_in(officer.login, officer.password, book.code(officer))
        private_directory(self.home / "sessions")
        ends_at = signed_in.session.ends_at.isoformat()
        write_json(self._file(officer.login), {"token": signed_in.token.hex(), "ends_at": ends_at})
        return patiently(partial(_open_run, signed_in.token, wish))

    def _tidy(self) -> None:
        """Remove sessions that ran out, and all of them where no sign-in is made up."""
        for path in (self.home / "sessions").glob("*.json"):
            ends_at = (read_json(path) or {}).get("ends_at")
            if not self.is_dev or ends_at is None or datetime.fromisoformat(ends_at) <= clock.now():
                path.unlink(missing_ok=True)

    def _file(self, login: str) -> Path:
        return self.home / "sessions" / f"{quote(login, safe='@')}.json"


def _administrator(book: demo.Demo, agency: UUID) -> demo.DemoOfficer | None:
    try:
        return book.agency(agency).officer(Role.ADMINISTRATOR)
    except LookupError:
        # A real office beside the invented ones: somebody has to type.
        return None


def _open_run(token: bytes, wish: _Wish) -> UUID:
    now = clock.now()
    with Sessions.begin() as session:
        actor = _officer(session, token)
        if actor.agency_id != wish.agency:
            raise WrongAgencyError("You signed in for another office; only its own administrator may do this for it.")
        return signing_in.open_run(session, actor, operation=wish.operation, budget=wish.budget, now=now).id


def _open_run_once(token: bytes, wish: _Wish) -> UUID:
    """Open a run and end the session it was opened with; one that cannot be ended now ends by itself."""
    try:
        return patiently(partial(_open_run, token, wish))
    finally:
        with suppress(RegistryError), Sessions.begin() as session:
            signing_in.sign_out(session, _officer(session, token), now=clock.now())


def _officer(session: Session, token: bytes) -> Officer:
    actor = sessions.actor_of(session, token, clock.now())
    if not isinstance(actor, Officer):
        raise WrongAgencyError("You signed in as somebody who works nowhere.")
    return actor


def _sign_in_prompted() -> SignedIn:
    login = click.prompt("Login", err=True)
    password = click.prompt("Password", hide_input=True, err=True)
    return _sign_in(login, password, click.prompt("Code from your authenticator", err=True))


def _sign_in(login: str, password: str, code: str) -> SignedIn:
    return patiently(partial(_sign_in_once, admitting.SignIn(login=login, password=password, totp=code)))


def _sign_in_once(asked: admitting.SignIn) -> SignedIn:
    with Sessions.begin() as session:
        return signing_in.sign_in(session, asked, now=clock.now())
