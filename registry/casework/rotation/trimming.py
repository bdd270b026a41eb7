"""Grants that hold more than the rules allow by now, because the rules were narrowed, lose what is above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from consent.ceilings import allowed_compartments
from registry.audit import log
from registry.audit.events import Event
from registry.casework import granting
from registry.db import Sessions, take_turns
from registry.keys.client import KEEPER
from registry.ledger import grants
from registry.linkage import decisions
from registry.profiles import appearances
from registry.wire import messages
from schemas.vocabularies.access import AgencyKind, Purpose

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

_ABOVE = text("""
    SELECT DISTINCT w.appearance_id FROM wrap w JOIN agency a ON a.id = w.agency_id
    WHERE (a.kind, w.purpose, w.compartment) NOT IN (
        SELECT * FROM unnest(cast(:kinds AS text[]), cast(:purposes AS text[]), cast(:compartments AS text[]))
    ) AND w.appearance_id <> ALL (cast(:without AS uuid[]))
    ORDER BY w.appearance_id LIMIT :most
""")
_ALLOWED = [
    (kind.value, purpose.value, compartment.value)
    for kind in AgencyKind
    for purpose in Purpose
    for compartment in allowed_compartments(kind, purpose)
]


def above_ceiling(*, without: Collection[UUID] = (), limit: int = 100) -> Sequence[UUID]:
    """Return appearances with wraps of what their agency's kind may not have for their purpose; the keeper decides."""
    kinds, purposes, compartments = zip(*_ALLOWED, strict=True)
    asked = {"kinds": list(kinds), "purposes": list(purposes), "compartments": list(compartments)}
    with Sessions() as session:
        return session.scalars(_ABOVE, asked | {"without": list(without), "most": limit}).all()


def trim(appearance: UUID, *, now: datetime) -> None:
    """Take from grants what is above the ceiling, with a line in the person's log; nothing older opens afterwards.

    Raises:
        Conflict: somebody changed it meanwhile; nothing was done.
    """
    with Sessions.begin() as session:
        decisions.take_turns(session)
        person = appearances.by_id(session, appearance).person_id
        take_turns(session, person)
        trimmed = KEEPER.ask(messages.Trim([appearance]), messages.Trimmed)
        appearances.replace(session, trimmed.sealed, new_epoch=True)
        grants.rewrap(session, trimmed.sealed, trimmed.wraps)
        grants.cut(session, trimmed.cut)  # also where the compartment itself does not open any more
        line = log.Line(
            event=Event.GRANT_NARROWED,
            grants=tuple(sorted({wrap.grant_id for wrap in trimmed.cut})),
            appearances=(appearance,),
            compartments=tuple(sorted({wrap.compartment for wrap in trimmed.cut})),
            persons=(person,),
        )
        log.record(session, line, None, now=now)
    granting.settle([appearance])
