"""Who is who: what officers ask and decide, and what the person says to it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any
from uuid import UUID

from marshmallow import ValidationError

from registry import clock
from registry.api import pages
from registry.api.bodies import answer, approval, hers, incoming, nothing, proof
from registry.casework import ending, linking
from registry.db import Sessions
from registry.edge import guards
from registry.errors import NotFound
from registry.linkage import decisions
from registry.linkage.reasons import words
from registry.profiles import appearances
from registry.profiles.contradictions import contradictions
from registry.wire.linking import Reason, reasons_in
from schemas.resources.links import (
    ConfirmationIn,
    DecisionIn,
    GivenBackOut,
    HintIn,
    HintOut,
    MatchesOut,
    MatchIn,
    OwnAppearancesOut,
    ProposalsOut,
    SeparationIn,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response

    from registry.actors import PersonActor
    from registry.profiles.reading import OpenedCompartment
    from registry.wire.linking import Finding

_MATCH_IN, _MATCHES, _HINT_IN, _HINT = MatchIn(), MatchesOut(), HintIn(), HintOut()
_PROPOSALS, _DECISION, _OWN = ProposalsOut(), DecisionIn(), OwnAppearancesOut()
_CONFIRMATION, _SEPARATION, _GIVEN_BACK = ConfirmationIn(), SeparationIn(), GivenBackOut()


def ask() -> Response:
    """Ask whether somebody is known already, before recording her; whoever is found can see that it was asked."""
    stated = incoming(_MATCH_IN)["entries"]
    officer, _, _ = guards.officer()
    found = linking.ask(stated, actor=officer, now=clock.now())
    return answer(_MATCHES.dump({"matches": [_match(one) for one in found]}))


def hint() -> Response:
    """Show masked values of a match, to tell a namesake from the same person; she can see that they were shown."""
    match = read_match(incoming(_HINT_IN)["match"])
    officer, _, _ = guards.officer()
    shown = linking.hint(match, actor=officer)
    return answer(_HINT.dump({"values": [{"kind": kind, "masked": masked} for kind, masked in shown]}))


def proposed() -> Response:
    """List what may be the same person and nobody has settled, of the own office's appearances."""
    _, agency, _ = guards.officer()
    piece = pages.asked()
    with Sessions() as session:
        found = decisions.proposed_for(session, agency, limit=piece.fetched, before=piece.before)
    shown, following = piece.cut(found, lambda row: (row.decided_at, row.id))
    links = [
        {
            "id": row.id,
            "at": row.decided_at,
            "grade": row.grade,
            "appearance": row.appearance_id,
            "other": row.other_id,
            "reasons": reasons(row.reasons),
            "differences": row.differences,
        }
        for row in shown
    ]
    return answer(_PROPOSALS.dump({"links": links, "next": following}))


def decide(link_id: UUID) -> Response:
    """Settle a proposal: the same person, or two."""
    said = incoming(_DECISION)
    officer, _, _ = guards.officer()
    with Sessions.begin() as session:
        linking.decide(session, link_id, same=said["same"], ground=said.get("ground"), actor=officer, now=clock.now())
    return nothing()


def undo(person_id: UUID, appearance_id: UUID) -> Response:
    """Take back that an appearance of the own office and another are one person; both stay whole as they were.

    What she confirmed herself takes a second officer, one of them an approver.
    """
    second = approval(incoming(_SEPARATION))
    officer, agency, _ = guards.officer()
    with Sessions() as session:
        if appearance_id not in appearances.of_source(session, person_id, agency):
            raise NotFound("There is no such appearance.")
        standing = decisions.standing_for(session, person_id)
    # Its own goes where it was moved; else what was linked to it last.
    linked = [row.appearance_id for row in standing.values() if row.other_id == appearance_id]
    goes = appearance_id if appearance_id in standing else next(reversed(linked), None)
    if goes is None:
        raise NotFound("Nothing was linked with it.")
    person = ending.give_back(goes, actor=officer, now=clock.now(), second=second)
    return answer(_GIVEN_BACK.dump({"person": person}))


def own() -> Response:
    """List which sources keep something about me, and which of it was only linked to me."""
    person = guards.person()
    with Sessions() as session:
        links = decisions.standing_for(session, person.id)
        listed = [
            {
                "id": row.id,
                "source": "person" if row.source_kind == "person" else str(row.source_id),
                "since": row.created_on,
                "is_mine": row.basis != "decided",
                "reasons": reasons(links[row.id].reasons) if row.id in links else [],
            }
            for row in appearances.appearances_of(session, person.id)
        ]
    return answer(_OWN.dump({"appearances": listed}))


def confirm(appearance_id: UUID) -> Response:
    """Say "this is me", proved by PIN and an unused code or a passkey: from now on it is mine to see and to share."""
    given = hers(proof(incoming(_CONFIRMATION)))
    person = guards.person()
    _insist_hers(person, appearance_id)
    with Sessions.begin() as session:
        linking.confirm(session, appearance_id, given, actor=person, now=clock.now())
    return nothing()


def disown(appearance_id: UUID) -> Response:
    """Say "this is not me": it is given back, and what I granted of it ends at once."""
    person = guards.person()
    _insist_hers(person, appearance_id)
    ending.disown(appearance_id, None, actor=person, now=clock.now())
    return nothing()


def read_match(text: str) -> linking.Chosen:
    """Return what a match's opaque id stands for.

    Raises:
        ValidationError: it is none.
    """
    name, _, sealed = text.partition(".")
    try:
        return linking.Chosen(UUID(name), urlsafe_b64decode(sealed.encode()))
    except ValueError:
        raise ValidationError({"match": ["This is no match. Ask again."]}) from None


def reasons(codes: Iterable[str]) -> list[dict[str, str]]:
    """Return reasons with their words; `codes` as the linker gave them: code:attribute:level, and what they weigh."""
    return [{"code": code, "words": words(Reason(*code.split(":")))} for code in reasons_in(codes)]


def shown_contradictions(opened: Iterable[OpenedCompartment]) -> list[dict[str, Any]]:
    """Return what of opened compartments contradicts itself, in the form of ContradictionOut, ready for JSON."""
    return [
        {"section": one.section, "question": one.question, "entries": one.entries} for one in contradictions(opened)
    ]


def _match(found: Finding) -> dict[str, Any]:
    return {
        "id": f"{found.appearance_id}.{urlsafe_b64encode(found.sealed).decode()}",
        "grade": found.grade,
        "reasons": reasons(f"{one.code}:{one.attribute}:{one.level}" for one in found.reasons),
        "differences": found.differences,
    }


def _insist_hers(person: PersonActor, appearance: UUID) -> None:
    with Sessions() as session:
        if appearances.by_id(session, appearance).person_id != person.id:
            raise NotFound("There is no such appearance.")
