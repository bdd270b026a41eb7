"""What an office asks persons for: their permission."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from flask import redirect, request

from consent.errors import ConsentDenied
from registry import clock
from registry.casework import requesting
from registry.casework.recording import KeyReused, Once
from registry.db import Sessions
from registry.edge import guards, pieces, problems
from registry.errors import NotFound
from registry.ledger import requests as asked_for
from registry.web import telling
from registry.web.forms.office import AskForm, purposes
from registry.web.rendering import address, page
from registry.web.texts import mark
from registry.web.views.office import asked_purpose, nothing_here
from schemas.canonical import canonical
from schemas.compartments import Section
from schemas.vocabularies.access import RequestReason, RequestStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from flask import Response

    from registry.ledger.models import GrantRequest

_PIECE: Final = 25
#: What a page says that follows an act, by what the address names.
_DONE: Final[Mapping[str, str]] = {
    "asked": mark("The person was asked. The answer will stand here."),
    "taken-back": mark("Your request was taken back."),
}
_NOT_ASKED: Final = (
    requesting.NotAskable,
    requesting.AlreadyAsked,
    requesting.AlreadyGranted,
    requesting.DeclinedLately,
    KeyReused,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of the office as its list shows it."""

    id: UUID
    person: UUID
    purpose: str
    reason: str
    sections: tuple[str, ...]
    at: datetime
    until: datetime
    status: str
    is_open: bool
    can_open: bool  #: it was answered: something can be seen


def ask(person_id: UUID) -> Response:
    """Ask the officer which parts to request, and why."""
    _, _, kind = guards.officer()
    purpose = asked_purpose()
    if purpose is None:
        return page("office/purpose.html", person=person_id, purposes=purposes(kind))
    form = AskForm(kind=kind, purpose=purpose, wanted=request.args.getlist("section"))
    return page("office/ask.html", form=form, person=person_id, purpose=purpose)


def ask_again(person_id: UUID) -> Response:
    """Show the question as it was filled in; nobody is asked."""
    _, _, kind = guards.officer()
    purpose = asked_purpose()
    if purpose is None:
        return page("office/purpose.html", person=person_id, purposes=purposes(kind))
    form = AskForm(request.form, kind=kind, purpose=purpose)
    return page("office/ask.html", form=form, person=person_id, purpose=purpose)


def send(person_id: UUID) -> Response:
    """Ask a person for parts of her profile; sent twice it is asked once."""
    officer, _, kind = guards.officer()
    purpose = asked_purpose()
    if purpose is None:
        raise NotFound("There is no such purpose for this office.")
    form = AskForm(request.form, kind=kind, purpose=purpose)
    if not form.validate():
        return page("office/ask.html", 422, form=form, person=person_id, purpose=purpose)
    sections, reason = frozenset(map(Section, form.sections.data or ())), RequestReason(form.reason.data)
    question = requesting.Question(purpose=purpose, sections=sections, reason=reason)
    content = canonical({"person": str(person_id), "purpose": purpose, "sections": sorted(sections), "reason": reason})
    once = Once(str(form.once.data), sha256(content).digest())
    try:
        requesting.ask(person_id, question, actor=officer, now=clock.now(), once=once)
    except (NotFound, ConsentDenied) as nothing:
        return nothing_here(person_id, purpose, nothing)
    except _NOT_ASKED as refused:
        problem = problems.met(refused)
        words = telling.words_for(problem.code)
        return page(
            "office/ask.html", problem.status.value, form=form, person=person_id, purpose=purpose, refused=words
        )
    return _back("office_asking.requests", "asked")


def requests() -> Response:
    """List what this office ever asked for, the newest first."""
    return _requests()


def take_back(request_id: UUID) -> Response:
    """Take a request back; where the person answered meanwhile, the list says so."""
    officer, _, _ = guards.officer()
    try:
        requesting.take_back(request_id, actor=officer, now=clock.now())
    except requesting.Settled as settled:
        problem = problems.met(settled)
        return _requests(problem.status.value, refused=telling.words_for(problem.code))
    return _back("office_asking.requests", "taken-back")


def _requests(status: int = 200, *, refused: str | None = None) -> Response:
    _, agency, _ = guards.officer()
    piece, now = pieces.piece(_PIECE, request.args.get("cursor")), clock.now()
    with Sessions() as session:
        found = asked_for.of_agency(session, agency, limit=piece.fetched, before=piece.before)
        rows, following = piece.cut(found, lambda row: (row.asked_at, row.id))
        asked = [_asked(row, now) for row in rows]
    return page("office/requests.html", status, requests=asked, following=following, done=_done(), refused=refused)


def _asked(row: GrantRequest, now: datetime) -> Asked:
    status = requesting.status_of(row, now)
    return Asked(
        id=row.id,
        person=row.person_id,
        purpose=row.purpose,
        reason=row.reason,
        sections=tuple(one.value for one in Section if one in row.sections),
        at=row.asked_at,
        until=row.ends_at,
        status=status.value,
        is_open=status is RequestStatus.OPEN,
        can_open=status is RequestStatus.ANSWERED,
    )


def _back(endpoint: str, done: str) -> Response:
    return redirect(address(endpoint, done=done), 303)  # type: ignore[return-value] # flask's redirect is a werkzeug response


def _done() -> str | None:
    return _DONE.get(request.args.get("done", ""))
