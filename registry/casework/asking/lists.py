"""Questions of an agency about a whole list: who of it is known already; nothing is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.actors import RunActor
from registry.audit import log
from registry.audit.events import Event
from registry.db import Sessions
from registry.errors import NotFound
from registry.exchange import inbox
from registry.keys.client import KEEPER
from registry.linkage.client import LINKER
from registry.wire import decisions
from schemas.canonical import canonical
from schemas.vocabularies.access import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from registry.wire.linking import Finding


def ask(run: UUID, people: Sequence[Sequence[Mapping[str, Any]]], *, now: datetime) -> list[list[Finding]]:
    """Return for each of these people who may be the same, the best first; whoever was found sees that it was asked.

    Args:
        people: entries of identity and identifiers of each, as EntryIn loads them.

    Raises:
        NotFound: there is no such run.
        KeeperRefused: too little was said of somebody, or the run may ask about fewer identities.
        LinkerAway: it cannot be answered now.
    """
    with Sessions() as session:
        row = inbox.run_of(session, run)
    if row is None or row.agency_id is None:
        raise NotFound("There is no such run. Open one first.")
    contents = [canonical({"entries": [_said(one) for one in stated]}) for stated in people]
    found = LINKER.find(KEEPER.ask(decisions.MatchList(run, contents), decisions.Matching).queries)
    persons = dict.fromkeys(one.person_id for some in found for one in some)
    line = log.Line(event=Event.MATCH_ASKED, purpose=Purpose.INTAKE.value, results=len(persons), persons=tuple(persons))
    with Sessions.begin() as session:
        log.record(session, line, RunActor(id=run, agency_id=row.agency_id), now=now)
    return found


def _said(stated: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": stated["kind"], "value": stated["value"]}
