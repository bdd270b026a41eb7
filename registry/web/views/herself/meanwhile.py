"""A link ends: she says what still counts of what she said herself while it stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request
from marshmallow import ValidationError

from registry import clock
from registry.casework import ending
from registry.casework.herself import meanwhile
from registry.db import Sessions
from registry.edge import guards
from registry.errors import NotFound
from registry.web.personal.counting import asked, taken_back
from registry.web.texts import mark
from registry.web.views import me_giving
from registry.web.views.me import offices, show, then

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

_CHANGED: Final = mark("Something of it was changed meanwhile. Please look again.")
_RESTS: Final = mark("Your letter rests on this record. Take your entries back first, then say that it is not you.")


def question(link_id: UUID) -> Response:
    """Ask what still counts."""
    return _ask(link_id)


def question_again(link_id: UUID) -> Response:
    """Show the question with what she chose."""
    return _ask(link_id)


def answer(link_id: UUID) -> Response:
    """Take her answer."""
    try:
        with Sessions.begin() as session:
            meanwhile.answer(session, link_id, taken_back(request.form), actor=guards.person(), now=clock.now())
    except NotFound:
        return _ask(link_id, 409, refused=_CHANGED)
    return then("me.requests", done="answered")


def disown(appearance_id: UUID) -> Response:
    """Take "this is not me", and with it what still counts of what she said meanwhile."""
    me_giving.record_of(appearance_id)
    try:
        ending.disown(appearance_id, taken_back(request.form), actor=guards.person(), now=clock.now())
    except NotFound:
        return me_giving.ask_whose(appearance_id, status=409, refused_parting=_CHANGED)
    except ValidationError:
        return me_giving.ask_whose(appearance_id, status=422, refused_parting=_RESTS)
    return then("me_giving.records", done="not-mine")


def _ask(link_id: UUID, status: int = 200, *, refused: str | None = None) -> Response:
    """Show the question.

    Raises:
        NotFound: there is none of that link, or it was answered.
    """
    with Sessions() as session:
        waiting = meanwhile.waiting(session, guards.person())
    found = next((one for one in waiting if one.linked.link == link_id), None)
    if found is None:
        raise NotFound("There is nothing to answer.")
    return show(
        "me/meanwhile.html",
        status,
        office=offices().get(found.linked.source),
        linked=found.linked,
        said=asked(found.entries, request.form),
        refused=refused,
    )
