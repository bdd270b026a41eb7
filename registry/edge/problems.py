"""The one table from what went wrong to what is told; the API tells it as JSON, pages as a page."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from consent.errors import ConsentDenied
from registry import clock
from registry.audit import log as audit
from registry.auth.sessions import NotSignedIn, SignInRefused
from registry.casework import requesting
from registry.casework.admission import refusing
from registry.casework.admission.enrolling import NeedsApproval
from registry.casework.herself.stating import SectionFull, TooManyChanges
from registry.casework.notices import UnknownNotice
from registry.casework.recording import InProgress, KeyReused
from registry.db import DatabaseAway, Sessions
from registry.edge import guards
from registry.edge.refusals import Malformed, NotJson, NotNamed, OutOfDate
from registry.errors import NotFound
from registry.keys.client import KeeperAway, KeeperClosed, KeeperRefused
from registry.linkage.client import LinkerAway, LinkerRefused
from registry.profiles.appearances import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is told; without `detail` the error's own words are, which then must be fit for everybody."""

    status: HTTPStatus
    code: str
    detail: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


#: The same for a person who does not exist, for one without a grant, and for an address that does not exist.
NOTHING_HERE = Problem(HTTPStatus.NOT_FOUND, "not-found", "There is nothing here, or nothing for you.")
_BEARER = (("WWW-Authenticate", "Bearer"),)
SIGN_IN = Problem(HTTPStatus.UNAUTHORIZED, "not-signed-in", "Sign in first.", _BEARER)
OUT_OF_DATE = Problem(HTTPStatus.PRECONDITION_FAILED, OutOfDate.code, "This was changed meanwhile. Load it again.")
#: Keeper or database cannot be reached.
AWAY = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable",
    "Keeper, linker or database are away for a moment. Trying again is safe.",
    (("Retry-After", "2"),),
)
#: The keeper's own word for it stays in the logs.
RESTORING = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "restoring",
    "The registry is being brought back from a back-up. What was withdrawn stays withdrawn: until that is certain,"
    " nothing opens.",
    (("Retry-After", "60"),),
)
FULL = Problem(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    SectionFull.code,
    "There are many entries here already. Take back what counts no more.",
)
#: What is in no table: the log knows more.
FAULT = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "fault", "Something failed here. Trying again later is safe.")

TABLE: Mapping[type[Exception], Problem] = {
    NotFound: NOTHING_HERE,
    ConsentDenied: NOTHING_HERE,
    NotSignedIn: SIGN_IN,
    SignInRefused: Problem(HTTPStatus.UNAUTHORIZED, "sign-in.refused", headers=_BEARER),
    guards.NotForYou: Problem(HTTPStatus.FORBIDDEN, guards.NotForYou.code),
    Conflict: Problem(HTTPStatus.CONFLICT, Conflict.code),
    NeedsApproval: Problem(HTTPStatus.FORBIDDEN, NeedsApproval.code),
    UnknownNotice: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, UnknownNotice.code),
    requesting.NotAskable: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, requesting.NotAskable.code),
    requesting.AlreadyAsked: Problem(HTTPStatus.CONFLICT, requesting.AlreadyAsked.code),
    requesting.AlreadyGranted: Problem(HTTPStatus.CONFLICT, requesting.AlreadyGranted.code),
    requesting.DeclinedLately: Problem(HTTPStatus.CONFLICT, requesting.DeclinedLately.code),
    requesting.Settled: Problem(HTTPStatus.CONFLICT, requesting.Settled.code),
    requesting.AnotherAnswer: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, requesting.AnotherAnswer.code),
    InProgress: Problem(HTTPStatus.CONFLICT, InProgress.code),
    SectionFull: FULL,
    TooManyChanges: Problem(HTTPStatus.TOO_MANY_REQUESTS, TooManyChanges.code),
    OutOfDate: OUT_OF_DATE,
    KeyReused: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, KeyReused.code),
    KeeperRefused: Problem(HTTPStatus.FORBIDDEN, "refused", "The keeper of the keys refused."),
    KeeperAway: AWAY,
    KeeperClosed: RESTORING,
    DatabaseAway: AWAY,
    LinkerAway: AWAY,
    LinkerRefused: Problem(HTTPStatus.CONFLICT, "ask-again", "This match is too old. Ask again."),
    NotJson: Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, NotJson.code),
    NotNamed: Problem(HTTPStatus.PRECONDITION_REQUIRED, NotNamed.code),
    Malformed: Problem(HTTPStatus.BAD_REQUEST, Malformed.code),
    ValidationError: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "Some fields are missing or wrong."),
}
#: Beginnings of the keeper's reasons that the asker may know; whatever else it refuses is told as its class.
KEEPER: Mapping[str, Problem] = {
    "session.": SIGN_IN,
    "letter.pin-form": Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "A PIN has 6 to 12 digits."),
    "letter.void": SIGN_IN,
    "letter.expired": Problem(HTTPStatus.FORBIDDEN, "letter-expired", "Your letter has run out. Ask for a new one."),
    "officer.left": SIGN_IN,
    "agency.closed": SIGN_IN,
    "rate.identities": Problem(
        HTTPStatus.TOO_MANY_REQUESTS, "too-many-identities", "You asked about many different people. Wait an hour."
    ),
    "match.": Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "Say surname, given name and birth date, or a number; nothing else."
    ),
    "finding.": Problem(HTTPStatus.CONFLICT, "ask-again", "This match is too old. Ask again."),
    "link.both-claimed": Problem(
        HTTPStatus.CONFLICT, "both-claimed", "Both have a letter already. Let her say herself that both are she."
    ),
    "link.needs-approval": Problem(
        HTTPStatus.FORBIDDEN,
        "needs-approval",
        "Another office keeps this. Have your letter approved by a second officer, or show it at that office.",
    ),
    "link.needs-second": Problem(
        HTTPStatus.FORBIDDEN, "needs-approval", "She confirmed this herself. Let a second officer approve."
    ),
    "link.settled": Problem(HTTPStatus.CONFLICT, "link-settled", "This was settled already."),
    "link.": NOTHING_HERE,
    "rate.": Problem(
        HTTPStatus.TOO_MANY_REQUESTS, "too-many-profiles", "You opened many different profiles. Wait an hour."
    ),
    "proof.": Problem(HTTPStatus.FORBIDDEN, "proof.refused", "PIN and code do not prove it. Each code works once."),
    "sign-in.": Problem(HTTPStatus.FORBIDDEN, "proof.refused", "PIN and code do not prove it. Each code works once."),
    "passkey.": Problem(
        HTTPStatus.FORBIDDEN, "proof.refused", "The device did not prove it. Try again, or use what you had before."
    ),
    "challenge.": Problem(
        HTTPStatus.FORBIDDEN, "proof.refused", "The device did not prove it. Try again, or use what you had before."
    ),
    "credential.": Problem(
        HTTPStatus.FORBIDDEN, "proof.refused", "The device did not prove it. Try again, or use what you had before."
    ),
    "grant.too-long": Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "grant-too-long", "A grant holds two years at most."),
    "grant.ended": Problem(HTTPStatus.CONFLICT, "grant-ended", "This grant has ended already."),
    "write.version": OUT_OF_DATE,
    "write.too-large": FULL,
}


def of(error: Exception) -> Problem:
    """Return what is told about an error: its own line, else that of its nearest base, else a fault."""
    if isinstance(error, KeeperRefused):
        for beginning, problem in KEEPER.items():
            if error.reason.startswith(beginning):
                return problem
    if isinstance(error, HTTPException):
        return _of_http(error)
    return next((TABLE[base] for base in type(error).__mro__ if base in TABLE), FAULT)


def met(error: Exception) -> Problem:
    """Return what is told about an error; a fault is logged by class and place, a refusal is in the audit log."""
    problem = of(error)
    if problem is FAULT:
        log.error("web.fault", exc_info=error, extra={"code": problem.code})
    try:
        _note(problem, error)
    except DatabaseAway:
        return AWAY
    return problem


def _note(problem: Problem, error: Exception) -> None:
    """Count a refusal of somebody who is not signed in; write a line where the keeper refused somebody who is."""
    refused = error if isinstance(error, KeeperRefused) else error.__cause__
    actor = guards.admitted()
    if problem.status is HTTPStatus.UNAUTHORIZED:
        with Sessions.begin() as session:
            audit.count_anonymous(session, problem.code, now=clock.now())
    elif isinstance(refused, KeeperRefused) and actor is not None:
        person = (request.view_args or {}).get("person_id")
        refusing.note(actor, refused.reason, person=person, now=clock.now())


def _of_http(error: HTTPException) -> Problem:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status is HTTPStatus.NOT_FOUND:
        return NOTHING_HERE
    allowed = getattr(error, "valid_methods", None)
    headers = (("Allow", ", ".join(sorted(allowed))),) if allowed else ()
    return Problem(status, status.phrase.lower().replace(" ", "-"), status.description or status.phrase, headers)
