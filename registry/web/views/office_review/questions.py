"""Who of the own office asks unusually much, for whoever watches over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import redirect, request

from registry import clock
from registry.audit.watching import alarms, counters, lists
from registry.db import Sessions
from registry.edge import guards
from registry.web.rendering import address, page
from registry.web.texts import mark
from registry.web.views.office_review.quality import percent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from flask import Response

_SEEN: Final = mark("Noted in the log: seen by you.")
_LIMITS: Final[Mapping[str, int]] = {
    "many": counters.MANY,
    "one_of": counters.ONE_OF,
    "refused": counters.REFUSED,
    "days": counters.BACK.days,
    "listed": lists.MANY,
    "listed_one_of": lists.ONE_OF,
    "like": lists.ONE_LIKE_OF,
    "grace": lists.GRACE.days,
    "at_once": lists.AT_ONCE,
    "tried": lists.TRIED,
}


def listed() -> Response:
    """List officers whose questions look like fishing; that is a reason to ask them, and no finding."""
    officer, agency, _ = guards.officer()
    with Sessions() as session:
        told = alarms.of_agency(session, agency, now=clock.now())
    parts = [(kind, [one for one in told if one.kind == kind]) for kind in (alarms.COUNTER, alarms.LISTS)]
    return page(
        "office/questions.html",
        parts=parts,
        unseen=sum(one.seen_at is None for one in told),
        limits=_LIMITS,
        me=officer.id,
        percent=percent,
        may_see=bool(officer.roles & guards.PROTECT.roles),
        done=_SEEN if request.args.get("done") == "seen" else None,
    )


def see(alarm_id: UUID) -> Response:
    """Note that whoever protects data here knows of an alarm: nobody is reminded of it any more."""
    officer, _, _ = guards.officer()
    with Sessions.begin() as session:
        alarms.see(session, alarm_id, actor=officer, now=clock.now())
    return redirect(address("questions.listed", done="seen"), 303)  # type: ignore[return-value] # flask's redirect is a werkzeug response


def waiting() -> int:
    """Return of how many alarms the officer who asks is to be reminded; none for who does not watch over others."""
    officer, agency, _ = guards.officer()
    if not officer.roles & guards.WATCH.roles:
        return 0
    with Sessions() as session:
        return alarms.unseen(session, agency)
