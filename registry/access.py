"""The one door: asks the policy and commits a line before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consent import policy
from consent.errors import ConsentDenied
from registry.audit import log
from registry.audit.events import Event, Outcome
from registry.ledger import grants
from schemas.vocabularies.access import Lane

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from consent.grants import Grant
    from consent.permits import AccessRequest, Permit
    from registry.actors import Officer, RunActor


@dataclass(frozen=True, slots=True)
class Admission:
    """A permit, and the committed lines that the keeper wants to see: one for each basis."""

    permit: Permit
    lines: tuple[UUID, ...]


def authorise(
    request: AccessRequest, actor: Officer | RunActor, now: datetime, *, told: Sequence[Grant] | None = None
) -> Admission:
    """Return an admission for this request, or refuse; either way the log has a committed line.

    Args:
        told: the grants as the keeper named them, to a process that cannot read them itself.

    Raises:
        ConsentDenied: with the reason as code; outsiders see one and the same "not found".
    """
    held = told
    if held is None:
        own = request.lane is Lane.OWN
        held = [] if own else grants.held_between(person=request.person_id, agency=request.agency_id)
    try:
        permit = policy.decide(request, held, now)
    except ConsentDenied as refusal:
        log.commit(_refused(request, refusal.code), actor, now=now)
        raise
    # The keeper must see the line: it is committed before anybody is asked to open anything.
    return Admission(permit, tuple(log.commit(line, actor, now=now) for line in _permitted(permit)))


def _refused(request: AccessRequest, reason: str) -> log.Line:
    return log.Line(
        event=Event.PROFILE_OPENED,
        outcome=Outcome.REFUSED,
        reason=reason,
        purpose=request.purpose.value,
        compartments=tuple(sorted(request.compartments)),
        persons=(request.person_id,),
    )


def _permitted(permit: Permit) -> list[log.Line]:
    bases = sorted({opening.basis for opening in permit.openings})
    return [_line(permit, basis) for basis in bases]


def _line(permit: Permit, basis: str) -> log.Line:
    openings = [opening for opening in permit.openings if opening.basis == basis]
    compartments = {compartment.value for opening in openings for compartment in opening.compartments}
    appearances = {appearance for opening in openings for appearance in opening.appearances}
    return log.Line(
        event=Event.PROFILE_OPENED,
        outcome=Outcome.PERMITTED,
        purpose=permit.purpose.value,
        basis=basis,
        grants=tuple(opening.grant_id for opening in openings if opening.grant_id is not None),
        appearances=tuple(sorted(appearances)),
        compartments=tuple(sorted(compartments)),
        persons=(permit.request.person_id,),
    )
