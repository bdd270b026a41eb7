"""What she says herself: read, stated, corrected, taken back, and asked about where a link has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry import clock
from registry.api.bodies import answer, expected_version, idempotency_key, incoming, nothing
from registry.casework import ending
from registry.casework.herself import meanwhile as links
from registry.casework.herself import stating
from registry.db import Sessions
from registry.edge import guards
from registry.edge.refusals import OutOfDate
from registry.profiles.appearances import Conflict
from schemas.entries import entry_document
from schemas.fields import instant_text
from schemas.resources.links import AnswerIn
from schemas.resources.me import OwnEntryIn
from schemas.vocabularies.access import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from flask import Response

    from registry.casework.herself.meanwhile import Question
    from registry.casework.herself.stating import Stated
    from registry.ledger.models import AccessGrant

_ENTRY_IN, _ANSWER_IN = OwnEntryIn(), AnswerIn()
_CHANGED = "This was changed meanwhile. Load it again."


def stated() -> Response:
    """List what I say myself now, and which grants of mine do not open it."""
    person = guards.person()
    with Sessions() as session:
        held = stating.own_words(session, person)
        unseeing = stating.unseen_by(session, person, now=clock.now())
    entries = [{"entry": entry_document(entry), "version": one.version} for one in held for entry in one.current]
    return answer({"entries": entries, "unseen_by": _grants(unseeing)})


def one(entry_id: UUID) -> Response:
    """Read one entry of mine; the ETag is the version to name in a change."""
    person = guards.person()
    with Sessions() as session:
        found = stating.find(session, entry_id, actor=person)
        unseeing = stating.unseen_by(session, person, now=clock.now())
    return _told(found, unseeing)


def state() -> Response:
    """State something myself; its source is I, and grants of mine that were given before do not open it."""
    said, key = incoming(_ENTRY_IN), idempotency_key()
    person, now = guards.person(), clock.now()
    with Sessions.begin() as session:
        made = stating.state(session, said, actor=person, now=now, key=key)
        unseeing = stating.unseen_by(session, person, now=now)
    return _told(made, unseeing, 201, Location=f"/api/v1/me/entries/{made.entry.id}")


def correct(entry_id: UUID) -> Response:
    """Say something else in the place of an entry of mine; what I said before stays as history."""
    said, version = incoming(_ENTRY_IN), expected_version()
    person, now = guards.person(), clock.now()
    try:
        with Sessions.begin() as session:
            made = stating.correct(session, entry_id, said, version=version, actor=person, now=now)
            unseeing = stating.unseen_by(session, person, now=now)
    except Conflict as conflict:
        raise OutOfDate(_CHANGED) from conflict
    return _told(made, unseeing)


def take_back(entry_id: UUID) -> Response:
    """Take an entry of mine back: it counts no more."""
    version = expected_version()
    try:
        with Sessions.begin() as session:
            stating.take_back(session, entry_id, version=version, actor=guards.person(), now=clock.now())
    except Conflict as conflict:
        raise OutOfDate(_CHANGED) from conflict
    return nothing()


def meanwhile(appearance_id: UUID) -> Response:
    """List what I said myself since a record was linked to me: before I say "this is not me"."""
    person = guards.person()
    with Sessions() as session:
        linked = links.standing(session, person.id, appearance_id)
        said = links.said_during(session, linked, actor=person)
    return answer({"since": instant_text(linked.since), "entries": [entry_document(entry) for entry in said]})


def part(appearance_id: UUID) -> Response:
    """Say "this is not me" and what I take back of what I said meanwhile: both, or neither."""
    taking_back = incoming(_ANSWER_IN)["take_back"]
    ending.disown(appearance_id, taking_back, actor=guards.person(), now=clock.now())
    return nothing()


def questions() -> Response:
    """List links that ended where I said something myself meanwhile, and am asked whether it still counts."""
    with Sessions() as session:
        found = links.waiting(session, guards.person())
    return answer({"questions": [_question(one) for one in found]})


def settle(link_id: UUID) -> Response:
    """Say what I take back of what I said while a record was linked to me; I keep the rest."""
    taking_back = incoming(_ANSWER_IN)["take_back"]
    with Sessions.begin() as session:
        links.answer(session, link_id, taking_back, actor=guards.person(), now=clock.now())
    return nothing()


def _question(found: Question) -> dict[str, Any]:
    linked = found.linked
    return {
        "link": linked.link,
        "source": linked.source,
        "since": instant_text(linked.since),
        "until": instant_text(linked.until or linked.since),
        "ended_by": "person" if linked.by == "person" else "officer",
        "entries": [entry_document(entry) for entry in found.entries],
    }


def _told(found: Stated, unseeing: Iterable[AccessGrant], status: int = 200, **headers: str) -> Response:
    document = {"entry": entry_document(found.entry), "version": found.version, "unseen_by": _grants(unseeing)}
    return answer(document, status, ETag=f'"{found.version}"', **headers)


def _grants(unseeing: Iterable[AccessGrant]) -> list[dict[str, Any]]:
    return [{"id": row.id, "agency_id": row.agency_id, "purpose": Purpose(row.purpose)} for row in unseeing]
