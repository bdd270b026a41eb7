"""Records that may be of one person: what speaks for it, and what the office says to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import redirect, request

from consent.errors import ConsentDenied
from registry import clock
from registry.casework import linking, opening
from registry.db import DatabaseAway, Sessions
from registry.edge import guards, pieces, problems
from registry.errors import NotFound
from registry.keys.client import KeeperAway, KeeperRefused
from registry.linkage import decisions
from registry.linkage.review import proposals
from registry.web import telling
from registry.web.rendering import address, page
from registry.web.texts import mark
from registry.web.views.office_review import evidence
from registry.wire.linking import reasons_in
from schemas.vocabularies.access import GROUNDS, Ground, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from flask import Response

    from registry.linkage.models import Link
    from registry.linkage.review.proposals import Turn
    from registry.profiles.reading import OpenedCompartment

_PIECE: Final = 25
#: What a page says that follows an act, by what the address names.
_DONE: Final[Mapping[str, str]] = {
    Verdict.SAME: mark("Settled: the same person."),
    Verdict.DIFFERENT: mark("Settled: two different people."),
    Verdict.UNSURE: mark("Left to be decided. The next who looks sees why."),
}
_NO_GROUND: Final = mark("Choose what your decision rests on.")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two records that may be of one person, as the list shows them."""

    id: UUID
    at: datetime
    grade: str
    reasons: tuple[str, ...]
    differences: tuple[str, ...]
    was_left: bool  #: somebody looked at it and could not tell


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said of the two records before."""

    at: datetime
    event: str
    by: str | None
    ground: str | None


def listed() -> Response:
    """List records that may be of one person, of which this office keeps one."""
    _, agency, _ = guards.officer()
    piece = pieces.piece(_PIECE, request.args.get("cursor"))
    with Sessions() as session:
        found = decisions.proposed_for(session, agency, limit=piece.fetched, before=piece.before)
        rows, following = piece.cut(found, lambda row: (row.decided_at, row.id))
        left = proposals.left(session, [row.id for row in rows])
        shown = [_proposal(row, was_left=row.id in left) for row in rows]
    done = _DONE.get(request.args.get("done", ""))
    return page("office/links.html", proposals=shown, following=following, done=done)


def one(link_id: UUID) -> Response:
    """Show one proposal side by side: our own record's values, and of the other's only how it compares."""
    return _one(link_id)


def settle(link_id: UUID) -> Response:
    """Settle a proposal, the same person or two, or leave it to be decided; each with what that rests on."""
    officer, _, _ = guards.officer()
    verdict = next((one for one in Verdict if one == request.form.get("said")), None)
    ground = next((one for one in Ground if one == request.form.get("ground")), None)
    if verdict is None:
        raise NotFound("There is no such answer.")
    if ground is None or ground not in GROUNDS[verdict]:
        return _one(link_id, 422, refused=_NO_GROUND)
    try:
        with Sessions.begin() as session:
            if verdict is Verdict.UNSURE:
                linking.leave(session, link_id, ground, actor=officer, now=clock.now())
            else:
                same = verdict is Verdict.SAME
                linking.decide(session, link_id, same=same, ground=ground, actor=officer, now=clock.now())
    except (NotFound, KeeperRefused, KeeperAway, DatabaseAway) as refused:
        problem = problems.met(refused)
        return _one(link_id, problem.status.value, refused=telling.words_for(problem.code))
    return redirect(address("links.listed", done=verdict.value), 303)  # type: ignore[return-value] # flask's redirect is a werkzeug response


def _one(link_id: UUID, status: int = 200, *, refused: str | None = None) -> Response:
    _, agency, _ = guards.officer()
    with Sessions() as session:
        link = decisions.by_id(session, link_id)
        records = proposals.own_records(session, link, agency)
        turns = [_said(turn) for turn in proposals.turns_of(session, link)]
    if not records:
        raise NotFound("There is no such proposal.")
    is_open = link.status == "proposed"
    own, hidden = _opened(link, records) if is_open else ([], None)  # what is settled needs no look any more
    context = {
        "compared": evidence.compared(link.reasons, link.differences, own),
        "fall": evidence.fall(link.reasons),
        "width": evidence.WIDTH,
        "hidden": hidden,
        "turns": turns,
        "grounds": GROUNDS,
        "is_open": is_open,
    }
    return page("office/link.html", status, link=link, own=own, refused=refused, **context)


def _opened(link: Link, records: Mapping[UUID, UUID]) -> tuple[list[Sequence[OpenedCompartment]], str | None]:
    """Return what our own records say, each opened with its line; and in words why not, where the keeper refuses."""
    officer, _, _ = guards.officer()
    wanted = evidence.needed(link.reasons, link.differences)
    own: list[Sequence[OpenedCompartment]] = []
    for appearance, person in records.items():
        try:
            own.append(opening.own_compartments(person, appearance, wanted, actor=officer, now=clock.now()))
        except (NotFound, ConsentDenied, KeeperRefused) as refused:
            return [], telling.words_for(problems.met(refused).code)
    return own, None


def _proposal(row: Link, *, was_left: bool) -> Proposal:
    return Proposal(row.id, row.decided_at, row.grade, tuple(reasons_in(row.reasons)), tuple(row.differences), was_left)


def _said(turn: Turn) -> Said:
    ground = next((one for one in (turn.reason or "").split() if one.startswith(linking.GROUND)), "")
    return Said(turn.at, turn.event, turn.by, ground.removeprefix(linking.GROUND) or None)
