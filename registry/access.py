"""The one door: asks the policy; a refusal has its line at once, a permit before the keeper opens anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consent import policy
from consent.errors import ConsentDenied
from registry.audit import log
from registry.audit.events import Event, Outcome
from registry.auth import sessions
from registry.crypto import macs
from registry.db import Plain
from registry.ledger import grants
from registry.wire.messages import Said
from schemas.vocabularies.access import Lane

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from consent.grants import Grant
    from consent.permits import AccessRequest, Permit
    from registry.actors import Machine, Officer, PersonActor, RunActor


# As in the ledger, the setting that row-level security compares is there before it reads: OFFSET keeps the inner
# select a thing of its own, which depends on the outer one.
_GRANTS = (
    f"SELECT h.* FROM set_config('app.agency', s.agency_id::text, true) AS who(agency), LATERAL"  # noqa: S608 - our own words
    f" (SELECT {', '.join(grants.KNOWN)} FROM access_grant"
    " WHERE agency_id = CAST(nullif(who.agency, '') AS uuid) AND person_id = %(person)s OFFSET 0) AS h"
)
_ASKED = (
    f"SELECT {', '.join(sessions.WHO)}, g.* FROM {sessions.FROM_WHOM}"  # noqa: S608 - as above
    f" LEFT JOIN LATERAL ({_GRANTS}) AS g ON true WHERE s.id = %(session)s"
)
_WIDTH = len(sessions.WHO)


@dataclass(frozen=True, slots=True)
class Admission:
    """A permit, and what the keeper's lines will say: one for each basis."""

    permit: Permit
    said: tuple[Said, ...]


def asked(token: bytes, now: datetime, *, about: UUID) -> tuple[Officer | PersonActor | Machine, list[Grant]]:
    """Return who a token belongs to, and what the person it asks about ever granted that agency, in one go.

    For a person who does not exist it is the same nothing, found by the same work.

    Raises:
        NotSignedIn: as from `sessions.asker`.
    """
    session_id = macs.digest(token)
    rows = Plain.fetch(_ASKED, {"session": session_id, "person": about})
    actor = sessions.told_of(rows[0][:_WIDTH] if rows else None, session_id, token=token, now=now)
    return actor, [grants.granted(row[_WIDTH:]) for row in rows if row[_WIDTH] is not None]


def authorise(
    request: AccessRequest, actor: Officer | RunActor, now: datetime, *, told: Sequence[Grant] | None = None
) -> Admission:
    """Return an admission for this request, or refuse, which the log tells at once; opening has the keeper's line.

    Args:
        told: the grants, where they were read already, or as the keeper named them to a process that cannot read them.

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
    bases = sorted({opening.basis for opening in permit.openings})
    return Admission(permit, tuple(_said(permit, basis) for basis in bases))


def _refused(request: AccessRequest, reason: str) -> log.Line:
    return log.Line(
        event=Event.PROFILE_OPENED,
        outcome=Outcome.REFUSED,
        reason=reason,
        purpose=request.purpose.value,
        compartments=tuple(sorted(request.compartments)),
        persons=(request.person_id,),
    )


def _said(permit: Permit, basis: str) -> Said:
    openings = [opening for opening in permit.openings if opening.basis == basis]
    compartments = set().union(*(opening.compartments for opening in openings))
    appearances = {appearance for opening in openings for appearance in opening.appearances}
    return Said(
        person=permit.request.person_id,
        appearances=sorted(appearances),
        compartments=sorted(compartments),  # words of a closed list, which are strings
        purpose=permit.purpose,
        basis=basis,
        grants=[opening.grant_id for opening in openings if opening.grant_id is not None],
    )
