"""Turns the operator at a command line into a session, and the session into a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from adapters.engine.patience import patiently
from registry import clock
from registry.actors import Officer
from registry.auth import demo, sessions
from registry.auth.sessions import NotSignedIn
from registry.casework import signing_in
from registry.db import Sessions
from registry.errors import RegistryError
from registry.keys.client import KeeperRefused
from registry.ops.files import private_directory, read_json, write_json
from registry.wire import messages
from schemas.vocabularies.access import Role

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID


class WrongAgencyError(RegistryError):
    """Somebody of another office signed in."""

    code = "sign-in.other-agency"


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever sits at the command line, as far as this home knows: demo sign-ins, or nobody yet."""

    home: Path
    is_dev: bool

    def open_run(self, agency: UUID, budget: int) -> UUID:
        """Sign in as an administrator of this agency and open a run that may write so many records.

        A sign-in code works once, so the session is kept, private, and used again while it lives.

        Raises:
            SignInRefused: the credential is wrong.
            WrongAgencyError: it is right, and of another office.
            KeeperRefused: this officer may open no run.
        """
        book = demo.load(self.home) if self.is_dev else None
        officer = _administrator(book, agency) if book else None
        login = officer.login if officer else click.prompt("Login", err=True)
        kept = self._kept(login)
        if kept is not None:
            try:
                return patiently(partial(_open_run, kept, agency, budget))
            except (NotSignedIn, KeeperRefused):
                # Ended or idle for too long, which only the keeper knows: sign in anew.
                pass
        token = _sign_in(login, officer.password, book.code(officer)) if book and officer else _sign_in_prompted(login)
        private_directory(self.home / "sessions")
        write_json(self._file(login), {"token": token.hex()})
        return patiently(partial(_open_run, token, agency, budget))

    def _kept(self, login: str) -> bytes | None:
        kept = read_json(self._file(login))
        return bytes.fromhex(kept["token"]) if kept else None

    def _file(self, login: str) -> Path:
        return self.home / "sessions" / f"{quote(login, safe='@')}.json"


def _administrator(book: demo.Demo, agency: UUID) -> demo.DemoOfficer | None:
    try:
        return book.agency(agency).officer(Role.ADMINISTRATOR)
    except LookupError:
        # A real office beside the invented ones: somebody has to type.
        return None


def _open_run(token: bytes, agency: UUID, budget: int) -> UUID:
    now = clock.now()
    with Sessions.begin() as session:
        actor = sessions.actor_of(session, token, now)
        if not isinstance(actor, Officer) or actor.agency_id != agency:
            raise WrongAgencyError("You signed in for another office; only its own administrator imports its files.")
        return signing_in.open_run(session, actor, operation="import", budget=budget, now=now).id


def _sign_in_prompted(login: str) -> bytes:
    password = click.prompt("Password", hide_input=True, err=True)
    return _sign_in(login, password, click.prompt("Code from your authenticator", err=True))


def _sign_in(login: str, password: str, code: str) -> bytes:
    return patiently(partial(_sign_in_once, login, password, code))


def _sign_in_once(login: str, password: str, code: str) -> bytes:
    asked = messages.SignIn(login=login, password=password, totp=code)
    with Sessions.begin() as session:
        return signing_in.sign_in(session, asked, now=clock.now()).token
