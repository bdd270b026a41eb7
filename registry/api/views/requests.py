"""Requests: what offices ask a person for and what she says to it; and the feed in which an office hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request as http

from registry import clock
from registry.api import pages
from registry.api.bodies import answer, idempotency_key, incoming
from registry.casework import feed, requesting
from registry.casework.recording import Once
from registry.crypto.macs import digest
from registry.db import Sessions
from registry.edge import guards
from registry.edge.refusals import Malformed
from registry.exchange import cursors
from registry.exchange.cursors import CursorRefused
from registry.ledger import requests
from schemas.compartments import Section
from schemas.resources.requests import (
    FeedOut,
    OfficeRequestOut,
    OfficeRequestsOut,
    RequestIn,
    RequestOut,
    RequestsOut,
)
from schemas.vocabularies.access import Purpose, RequestReason

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from flask import Response

    from registry.ledger.models import GrantRequest

_REQUEST_IN, _REQUEST, _OFFICE_REQUEST = RequestIn(), RequestOut(), OfficeRequestOut()
_REQUESTS, _OFFICE_REQUESTS, _FEED = RequestsOut(), OfficeRequestsOut(), FeedOut()
FEEDING: tuple[dict[str, Any], ...] = (
    pages.PARAMETERS[0],
    {
        "name": "cursor",
        "in": "query",
        "required": False,
        "description": "The `cursor` of an answer to this office; without it the feed begins with the oldest. It is the"
        " office's own and says nothing; any other, or one that was changed, is answered with 400.",
        "schema": {"type": "string"},
    },
)


def ask(person_id: UUID) -> Response:
    """Ask a person for sections, with a reason that she reads; of somebody unknown to this office there is nobody."""
    body, key = incoming(_REQUEST_IN), idempotency_key()
    once = Once(key, digest(http.get_data())) if key else None
    officer, _, _ = guards.officer()
    question = requesting.Question(purpose=body["purpose"], sections=frozenset(body["sections"]), reason=body["reason"])
    now = clock.now()
    made = requesting.ask(person_id, question, actor=officer, now=now, once=once)
    return answer(_OFFICE_REQUEST.dump(_request(made, now)), 201, Location="/api/v1/requests")


def asked() -> Response:
    """List what the own office ever asked for, the newest first."""
    _, agency, _ = guards.officer()
    piece, now = pages.asked(), clock.now()
    with Sessions() as session:
        found = requests.of_agency(session, agency, limit=piece.fetched, before=piece.before)
    shown, following = piece.cut(found, lambda row: (row.asked_at, row.id))
    return answer(_OFFICE_REQUESTS.dump({"requests": [_request(row, now) for row in shown], "next": following}))


def take_back(request_id: UUID) -> Response:
    """Take back what the own office asked for."""
    officer, _, _ = guards.officer()
    now = clock.now()
    ended = requesting.take_back(request_id, actor=officer, now=now)
    return answer(_OFFICE_REQUEST.dump(_request(ended, now)))


def mine() -> Response:
    """List what I was ever asked for, the newest first; to say yes is to give a grant that names the request."""
    piece, now = pages.asked(), clock.now()
    with Sessions() as session:
        found = requests.of_person(session, guards.person().id, limit=piece.fetched, before=piece.before)
    shown, following = piece.cut(found, lambda row: (row.asked_at, row.id))
    return answer(_REQUESTS.dump({"requests": [_request(row, now) for row in shown], "next": following}))


def decline(request_id: UUID) -> Response:
    """Say no; it takes no reason, and the office cannot ask for this purpose again soon."""
    now = clock.now()
    ended = requesting.decline(request_id, actor=guards.person(), now=now)
    return answer(_REQUEST.dump(_request(ended, now)))


def follow() -> Response:
    """Hear what happened that concerns the own office, the oldest first; nothing in it is ever said of others."""
    agency = guards.office()
    limit, cursor = pages.limit(usual=pages.USUAL, most=pages.MOST), http.args.get("cursor")
    with Sessions.begin() as session:
        key = cursors.key_of(session, agency)
    try:
        seen = 0 if cursor is None else cursors.place_of(cursor, key, agency)
        piece = feed.read(agency, seen=seen, limit=limit, now=clock.now())
    except CursorRefused as refused:
        raise Malformed(str(refused)) from None
    return answer(
        _FEED.dump(
            {
                "items": piece.items,
                "cursor": cursors.written(piece.seen, key, agency),
                "more": piece.more,
                "behind_seconds": piece.behind_seconds,
            }
        )
    )


def _request(row: GrantRequest, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "agency_id": row.agency_id,
        "person_id": row.person_id,
        "purpose": Purpose(row.purpose),
        "sections": [Section(section) for section in row.sections],
        "reason": RequestReason(row.reason),
        "status": requesting.status_of(row, now),
        "asked_by": row.asked_by,
        "asked_at": row.asked_at,
        "ends_at": row.ends_at,
        "ended_at": row.ended_at,
        "grant_id": row.grant_id,
    }
