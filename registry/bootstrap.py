"""The first start: administrators, agencies and officers for development, made through the keeper like any others."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from registry import clock, db
from registry.actors import Officer as OfficerActor
from registry.auth import agencies, demo, sessions
from registry.auth.models import Officer
from registry.casework.admission import enrolling, signing_in
from registry.db import Sessions
from registry.keys import client
from registry.wire import admitting
from schemas.vocabularies.access import Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from registry.config import Settings

#: Invented offices; the numbers are those that the sample files name as their senders.
AGENCIES = (
    ("Agentur für Arbeit Stuttgart", "ba", "677"),
    ("Jobcenter Köln", "jobcenter", "35702"),
    ("Jobcenter Stuttgart", "jobcenter", "67748"),
    ("Jobcenter Essen", "jobcenter", "34348"),
    ("BAMF Nürnberg", "bamf", "090000000000"),
    ("Migrationsberatung Stuttgart", "adviser", None),
)
#: Each office has one officer for each of these; the first is the one whose token is printed.
OFFICERS: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("clerk", (Role.CLERK, Role.CASE_OFFICER)),
    ("approver", (Role.APPROVER, Role.CASE_OFFICER)),
    ("admin", (Role.ADMINISTRATOR,)),
)


def run(settings: Settings, dev: bool) -> list[dict[str, Any]]:  # noqa: FBT001 - the entry point's signature
    """Make what development needs, where it is missing, and return how to sign in at each agency.

    Args:
        settings: those of the command line's process.
        dev: without it nothing is made: an administrator comes with `registry keys init`.
    """
    if not dev:
        return []
    engine = db.configure(settings.database_url, pool_size=2)
    client.configure(settings)
    book = demo.load(settings.home)
    enrol_all(book)
    shown = [_shown(book, agency) for agency in book.agencies]
    client.KEEPER.close()
    engine.dispose()
    return shown


def sign_in(book: demo.Demo, officer: demo.DemoOfficer) -> bytes:
    """Sign in an invented officer through the real door and return the token."""
    asked = admitting.SignIn(login=officer.login, password=officer.password, totp=book.code(officer))
    with Sessions.begin() as session:
        return signing_in.sign_in(session, asked, now=clock.now()).token


def enrol_all(book: demo.Demo) -> None:
    """Enrol who is missing. A sign-in is in the file before its row is committed: a kill loses neither."""
    with Sessions() as session:
        officers = set(session.scalars(select(Officer.login)))
        offices = {str(agency.id) for agency in agencies.all_active(session)}
    book.administrators = [one for one in book.administrators if one.login in officers]
    book.agencies = [one for one in book.agencies if one.id in offices]
    for agency in book.agencies:
        agency.officers = [one for one in agency.officers if one.login in officers]
    complete = [agency for agency in book.agencies if len(agency.officers) == len(OFFICERS)]
    if len(complete) == len(AGENCIES):
        return
    if not book.administrators:
        _enrol_first(book)
    if len(book.administrators) == 1:
        alone = [sign_in(book, book.administrators[0])]
        _enrol(book, book.administrators, alone, login="second@registry", roles=(Role.ADMINISTRATOR,), agency=None)
    approvals = [sign_in(book, officer) for officer in book.administrators]
    for name, kind, number in AGENCIES:
        agency = _agency(book, approvals, admitting.EnrolAgency(approvals, name, kind, number))
        for word, roles in OFFICERS[len(agency.officers) :]:
            login = f"{word}@{_slug(name)}"
            _enrol(book, agency.officers, approvals, login=login, roles=roles, agency=UUID(agency.id))


def _enrol_first(book: demo.Demo) -> None:
    asked = admitting.EnrolFirst("first@registry", "First administrator", _password())
    with Sessions.begin() as session:
        enrolled = enrolling.add_first_administrator(session, asked, now=clock.now())
        officer = demo.DemoOfficer(asked.login, asked.password, enrolled.totp_secret or "", [Role.ADMINISTRATOR.value])
        book.administrators.append(officer)
        book.save()


def _enrol(
    book: demo.Demo,
    among: list[demo.DemoOfficer],
    approvals: list[bytes],
    *,
    login: str,
    roles: tuple[Role, ...],
    agency: UUID | None,
) -> None:
    asked = admitting.EnrolOfficer(approvals, agency, login, login, [role.value for role in roles], _password())
    with Sessions.begin() as session:
        enrolled = enrolling.add_officer(session, asked, actor=_officer(session, approvals), now=clock.now())
        among.append(demo.DemoOfficer(login, asked.password, enrolled.totp_secret or "", asked.roles))
        book.save()


def _agency(book: demo.Demo, approvals: list[bytes], asked: admitting.EnrolAgency) -> demo.DemoAgency:
    for agency in book.agencies:
        if agency.name == asked.name:
            return agency
    with Sessions.begin() as session:
        row = enrolling.add_agency(session, asked, actor=_officer(session, approvals), now=clock.now()).agency
        if row is None:
            raise RuntimeError("the keeper enrolled an agency without a row")
        book.agencies.append(demo.DemoAgency(str(row.id), asked.name, asked.kind, asked.number))
        book.save()
    return book.agencies[-1]


def _officer(session: Session, approvals: list[bytes]) -> OfficerActor:
    actor = sessions.actor_of(session, approvals[0], clock.now())
    if not isinstance(actor, OfficerActor):
        raise TypeError("an approval comes from an officer")
    return actor


def _shown(book: demo.Demo, agency: demo.DemoAgency) -> dict[str, Any]:
    officer = agency.officers[0]
    return {
        "id": agency.id,
        "name": agency.name,
        "kind": agency.kind,
        "officer": officer.login,
        "token": sessions.bearer(sign_in(book, officer)),
        "password": officer.password,
        "totp": officer.totp_secret,
    }


def _password() -> str:
    return secrets.token_urlsafe(15)


def _slug(name: str) -> str:
    """Return the word that an invented office's logins end with."""
    plain = name.lower().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae")
    return "-".join(plain.split())
