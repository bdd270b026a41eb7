"""What a person does herself: read her profile and its log, give and withdraw, take a receipt, be forgotten."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response

from consent.errors import ConsentDenied
from consent.records import Notice
from registry import clock
from registry.api import answers, pages
from registry.api.bodies import answer, hers, incoming, proof
from registry.api.views.links import shown_contradictions
from registry.casework import ending, granting
from registry.casework.admission import passkeys
from registry.db import Sessions
from registry.edge import guards, looking
from registry.edge.challenges import told
from registry.edge.problems import Problem
from registry.exchange import recalls
from registry.ledger import grants
from registry.profiles import reading
from schemas.compartments import Compartment, Section, section_of
from schemas.entries import entry_document
from schemas.resources.grants import DraftIn, DraftOut, GrantIn, GrantOut
from schemas.resources.me import GrantsOut, LogOut
from schemas.vocabularies.access import Basis, GrantStatus, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from registry.audit.models import AuditLine
    from registry.exchange.models import Recall
    from registry.ledger.models import AccessGrant
    from registry.wire.rows import GrantRow

_DRAFT_IN, _DRAFT_OUT = DraftIn(), DraftOut()
_GRANT_IN, _GRANT_OUT, _GRANTS, _LOG = GrantIn(), GrantOut(), GrantsOut(), LogOut()
_BASES = frozenset(Basis)


def profile() -> Response:
    """Read everything that is kept about me, by every source."""
    person = guards.person()
    opened = reading.open_self(person)
    entries = reading.by_section(opened)
    return answer(
        {
            "person": person.id,
            "sections": [
                {"section": section, "entries": [entry_document(entry) for entry in entries.get(section, ())]}
                for section in Section
            ],
            "unmapped": [entry_document(entry) for entry in entries.get(None, ())],
            "contradictions": shown_contradictions(opened),
        }
    )


def give() -> Response:
    """Let one office use some sections for one purpose until the end of a day, proved by a letter or a passkey."""
    body = incoming(_GRANT_IN)
    person, now = guards.person(), clock.now()
    draft = granting.Draft.read(body["draft"]) if "draft" in body else None
    try:
        with Sessions.begin() as session:
            grant = granting.give(session, _wish(body), hers(proof(body)), actor=person, now=now, draft=draft)
    except ConsentDenied as denied:
        # To the person it is told why: nothing here is a secret before her.
        return answers.tell(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, denied.code), denied)
    return answer(_GRANT_OUT.dump(_grant(grant)), 201, Location=f"/api/v1/me/grants/{grant.id}/receipt")


def draft() -> Response:
    """Have the record of a grant drafted that a passkey of mine shall sign; nothing is given by it."""
    wish = _wish(incoming(_DRAFT_IN))
    person, made = guards.person(), granting.Draft.new(clock.now())
    try:
        with Sessions() as session:
            record = granting.drafted(session, wish, made, actor=person)
    except ConsentDenied as denied:
        return answers.tell(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, denied.code), denied)
    asked = passkeys.ask("consent", record, actor=person)
    return answer(_DRAFT_OUT.dump({"draft": made.text, "record": record.decode(), **told(asked)}))


def given() -> Response:
    """List what I ever granted, the newest first."""
    piece = pages.asked()
    with Sessions() as session:
        found = grants.grants_of(session, guards.person().id, limit=piece.fetched, before=piece.before)
    shown, following = piece.cut(found, lambda row: (row.given_at, row.id))
    told = _recalls()
    return answer(_GRANTS.dump({"grants": [_grant(row, told.get(row.id)) for row in shown], "next": following}))


def withdraw(grant_id: UUID) -> Response:
    """Withdraw a grant; it takes effect with the office's next request."""
    ended = ending.withdraw(grant_id, actor=guards.person(), now=clock.now())
    return answer(_GRANT_OUT.dump(_grant(ended, _recalls().get(ended.id))))


def receipt(grant_id: UUID) -> Response:
    """Take the signed receipt of a grant: a JWS over the consent record (RFC 7515)."""
    signed = granting.receipt(guards.person().id, grant_id)
    return Response(signed, content_type="application/jose")


def lines() -> Response:
    """Read who did what with my data, the newest first; that I looked is a line too."""
    found = looking.log_of(guards.person(), pages.asked(), now=clock.now())
    return answer(_LOG.dump({"lines": [_line(line) for line in found.lines], "next": found.following}))


def erase() -> Response:
    """Be forgotten: the keys of everything kept about me are destroyed; 202 where that is still under way."""
    is_done = ending.be_forgotten(guards.person(), now=clock.now())
    return Response(status=204 if is_done else 202)


def _wish(body: Mapping[str, Any]) -> granting.Wish:
    return granting.Wish(
        agency_id=body["agency"],
        purpose=body["purpose"],
        sections=frozenset(body["sections"]),
        until=granting.end_of(body["until"]),
        notice=Notice(**{part: body["notice"][part] for part in ("version", "language", "sha256")}),
        channel=body["notice"]["channel"],
        request=body.get("request"),
    )


def _recalls() -> dict[UUID, Recall]:
    with Sessions() as session:
        return {recall.grant_id: recall for recall in recalls.recalls_of(session, guards.person().id)}


def _grant(row: GrantRow | AccessGrant, recall: Recall | None = None) -> dict[str, Any]:
    return {
        "id": row.id,
        "agency_id": row.agency_id,
        "purpose": Purpose(row.purpose),
        "basis": Basis(row.basis),
        "norm": row.norm,
        "sections": [Section(section) for section in row.sections],
        "appearances": row.appearances,
        "not_before": row.not_before,
        "not_after": row.not_after,
        "status": GrantStatus(row.status),
        "recall": recall,
    }


def _line(line: AuditLine) -> dict[str, Any]:
    return {
        "at": line.at,
        "event": line.event,
        "agency": line.agency_id,
        "purpose": Purpose(line.purpose) if line.purpose else None,
        "sections": _sections(line.compartments),
        "basis": Basis(line.basis) if line.basis in _BASES else None,
        "outcome": line.outcome,
    }


def _sections(compartments: Iterable[str]) -> set[Section]:
    found = {section_of(Compartment(compartment)) for compartment in compartments}
    return {section for section in found if section is not None}
