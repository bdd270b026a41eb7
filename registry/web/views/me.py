"""What a person sees and ends: requests, who may see, who looked, her profile, and being forgotten."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from flask import Response, redirect, request

from registry import clock
from registry.auth import agencies
from registry.casework import ending, granting, requesting
from registry.casework.herself import meanwhile, stating
from registry.db import Sessions
from registry.edge import guards, looking, pieces
from registry.errors import NotFound
from registry.exchange import recalls
from registry.ledger import grants
from registry.ledger import requests as asked_for
from registry.profiles import appearances, reading
from registry.web import showing, signed, words
from registry.web.forms.stating import TOPICS
from registry.web.personal.lines import alike
from registry.web.personal.permissions import by_office, in_order, permission
from registry.web.personal.statements import statements
from registry.web.rendering import address, page, said
from registry.web.texts import mark
from schemas.compartments import Section
from schemas.vocabularies.access import RequestStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from registry.auth.models import Agency
    from registry.ledger.models import AccessGrant
    from registry.web.personal.permissions import Permission

#: What a page says that follows an act, by what the address names.
_DONE: Final[Mapping[str, str]] = {
    "given": mark("The permission is given."),
    "declined": mark("You said no. The office sees nothing new. You lose nothing."),
    "withdrawn": mark("The permission has ended. The office sees nothing of it any more."),
    "mine": mark("Thank you. This record is yours now."),
    "stated": mark("Thank you. This is recorded as your own word."),
    "taken-back": mark("You took it back. It counts no more."),
    "answered": mark("Thank you. Only what you kept still counts."),
    "not-mine": mark("Thank you. This record is not yours any more."),
}
#: The word that is typed so that nobody is forgotten by a slip of a finger.
FORGET: Final = mark("DELETE")
_LINES: Final = 30
_SETTLED: Final = 5
_GRANTS: Final = 25


def requests() -> Response:
    """Show what she is asked for, and what else waits for her."""
    person, now = guards.person(), clock.now()
    with Sessions() as session:
        found = asked_for.of_person(session, person.id, limit=100)
        unclear = sum(
            row.basis == "decided" and row.source_kind == "agency"
            for row in appearances.appearances_of(session, person.id)
        )
        parted = meanwhile.waiting(session, person)
    told = [(one, requesting.status_of(one, now)) for one in found]
    return show(
        "me/requests.html",
        waiting=[one for one, status in told if status is RequestStatus.OPEN],
        settled=[(one, status) for one, status in told if status is not RequestStatus.OPEN][:_SETTLED],
        offices=offices(),
        unclear=unclear,
        parted=parted,
    )


def decline(request_id: UUID) -> Response:
    """Say no to a request."""
    requesting.decline(request_id, actor=guards.person(), now=clock.now())
    return then("me.requests", done="declined")


def access() -> Response:
    """Show which office may see what, then what it could see before; each in pieces, the newest first."""
    now, before = clock.now(), request.args.get("ended")
    living, further = ([], None) if before else _piece(grants.living_of, now, request.args.get("cursor"))
    ended, older = ([], None) if further else _piece(grants.ended_of, now, before)
    return show(
        "me/access.html",
        cards=by_office(living),
        further=further,
        ended=ended,
        older=older,
        is_first=not before and "cursor" not in request.args,
        is_ended=bool(before),
        again=_ended_now(),
        offices=offices(),
    )


def part(grant_id: UUID) -> Response:
    """Explain how to take back a part: all of it ends, then the rest is given anew."""
    with Sessions() as session:
        one = permission(grants.grant_of(session, guards.person().id, grant_id), clock.now())
    if not one.holds or one.norm:
        raise NotFound("There is no such permission.")
    return show("me/part.html", one=one, offices=offices())


def withdraw(grant_id: UUID) -> Response:
    """End a permission; then either all is well, or she chooses anew what the office may see."""
    ended = ending.withdraw(grant_id, actor=guards.person(), now=clock.now())
    if "anew" in request.form:
        return then("me_giving.choose", agency_id=ended.agency_id, purpose=ended.purpose, again=ended.id)
    return then("me.access", done="withdrawn", grant=ended.id)


def receipt(grant_id: UUID) -> Response:
    """Hand over the signed receipt of a permission as a file."""
    signed_receipt = granting.receipt(guards.person().id, grant_id)
    response = Response(signed_receipt, content_type="application/jose")
    response.headers["Content-Disposition"] = f'attachment; filename="einmal-{grant_id}.jws"'
    return response


def looked() -> Response:
    """Show who did what with her data, the newest first."""
    piece = pieces.piece(_LINES, request.args.get("cursor"))
    found = looking.log_of(guards.person(), piece, now=clock.now())
    return show("me/looked.html", log=found, lines=alike(found.lines), offices=offices())


def profile() -> Response:
    """Show everything that is kept about her, by every source."""
    person, now = guards.person(), clock.now()
    opened = reading.open_self(person)
    with Sessions() as session:
        unseeing = [permission(row, now) for row in stating.unseen_by(session, person, now=now)]
    names = {agency: office.name for agency, office in offices().items()}
    terms = showing.terms_of([entry.value for one in opened for entry in one.current])
    found = statements(opened, names, terms)
    return show(
        "me/profile.html",
        sections=[(section, found[section]) for section in Section if section in found],
        unmapped=found.get(None, []),
        missing=[section for section in Section if section not in found],
        part=request.args.get("part"),
        topics=TOPICS.values(),
        unseeing=unseeing,
        offices=offices(),
    )


def forget() -> Response:
    """Ask whether she really wants to be forgotten."""
    return show("me/forget.html", word=said(FORGET), wrong=[])


def be_forgotten() -> Response:
    """Destroy what is kept about her, if she typed the word."""
    if request.form.get("word", "").strip().casefold() != said(FORGET).casefold():
        wrong = [("word", mark("Type the word exactly as it stands above."))]
        return show("me/forget.html", 422, word=said(FORGET), wrong=wrong)
    is_done = ending.be_forgotten(guards.person(), now=clock.now())
    target = address("me.forgotten") if is_done else address("me.forgotten", later=1)
    return signed.forget(redirect(target, 303))  # type: ignore[arg-type] # flask's redirect is a werkzeug response


def forgotten() -> Response:
    """Say that everything is deleted, to nobody in particular."""
    return page("me/forgotten.html", later="later" in request.args)


def _piece(
    of: Callable[..., Sequence[AccessGrant]], now: datetime, cursor: str | None
) -> tuple[list[Permission], str | None]:
    """Return a piece of her permissions, and the cursor of the next."""
    person, piece = guards.person(), pieces.piece(_GRANTS, cursor)
    with Sessions() as session:
        found = of(session, person.id, now, limit=piece.fetched, before=piece.before)
        rows, following = piece.cut(found, lambda row: (row.given_at, row.id))
        told = {one.grant_id: one for one in recalls.recalls_of(session, person.id)}
        return [permission(row, now, told.get(row.id)) for row in rows], following


def _ended_now() -> Permission | None:
    """Return the permission that she has just ended, as the address names it."""
    with suppress(ValueError, NotFound), Sessions() as session:
        row = grants.grant_of(session, guards.person().id, UUID(request.args.get("grant", "")))
        one = permission(row, clock.now())
        return None if one.holds else one
    return None


def show(template: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 - whatever a template shows
    """Return a page of this room: with the words of sections, purposes and offices, and what was just done."""
    done = _DONE.get(request.args.get("done", "")) if request.method == "GET" else None
    return page(template, status, words=words, in_order=in_order, done=done, **context)


def then(endpoint: str, **values: object) -> Response:
    """Lead to the page that follows an act."""
    return redirect(address(endpoint, **values), 303)  # type: ignore[return-value] # as above


def offices() -> dict[UUID, Agency]:
    """Return the offices that there are, by id."""
    with Sessions() as session:
        return {one.id: one for one in agencies.all_active(session)}
