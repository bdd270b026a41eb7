"""Questions of an agency about a whole list: who of it is known already; nothing is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from registry.actors import RunActor
from registry.audit import log
from registry.audit.events import Event
from registry.audit.watching import lists
from registry.db import Sessions
from registry.errors import NotFound, RegistryError
from registry.exchange import inbox
from registry.keys.client import KEEPER, KeeperRefused
from registry.linkage.client import LINKER
from registry.linkage.score import KNOWN, LOOK, NEW
from registry.profiles import appearances
from registry.wire import decisions
from schemas.canonical import canonical
from schemas.vocabularies.access import Purpose

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from registry.wire.linking import Finding

#: The grade of a question that was not asked, because the agency asked about the same name too often today.
TOO_OFTEN: Final = "too-often"


class AskedEnough(RegistryError):  # noqa: N818 - the name says what is the case
    """An agency asked about as many people as it may in a day; the next day it may ask again."""

    code = "list.enough"


def sealed(run: UUID, people: Sequence[Sequence[Mapping[str, Any]]]) -> list[bytes]:
    """Return each question sealed for the linker, once: it is paid for; empty for one that the keeper does not ask.

    Args:
        people: entries of identity and identifiers of each, as EntryIn loads them.

    Raises:
        AskedEnough: the agency may ask about no more today.
        KeeperRefused: too little was said of somebody, or the run may ask about fewer identities.
    """
    contents = [canonical({"entries": [_said(one) for one in stated]}) for stated in people]
    try:
        return KEEPER.ask(decisions.MatchList(run, contents), decisions.Matching).queries
    except KeeperRefused as refused:
        if refused.reason == "rate.listed":
            raise AskedEnough(f"This agency asked about {decisions.LISTED_A_DAY} identities today.") from refused
        raise


def grades(run: UUID, queries: Sequence[bytes], *, now: datetime) -> list[str]:
    """Return for each question the grade of the best that was found, and nothing of what agrees or whom it means.

    Each question that finds somebody is a line, in the list of each who was found; one more says how much was asked.

    Raises:
        NotFound: there is no such run.
        LinkerAway: it cannot be answered now.
    """
    with Sessions() as session:
        row = inbox.run_of(session, run)
    if row is None or row.agency_id is None:
        raise NotFound("There is no such run. Open one first.")
    asked = [at for at, query in enumerate(queries) if query]
    found = dict(zip(asked, LINKER.find([queries[at] for at in asked]), strict=True))
    answers = [_grade(found.get(at)) for at in range(len(queries))]
    with Sessions.begin() as session:
        own = appearances.kept_by(session, row.agency_id, {one.person_id for some in found.values() for one in some})
        lines = [_line(some, own) for some in found.values() if some]
        lines.append(_total(answers, sum(not (line.reason or "").endswith(lists.OWN) for line in lines)))
        log.record_all(session, lines, RunActor(id=run, agency_id=row.agency_id), now=now)
    return answers


def _said(stated: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": stated["kind"], "value": stated["value"]}


def _line(found: Sequence[Finding], own: Collection[UUID]) -> log.Line:
    """Return the line of one question; it is about the own records only if all are who were found as surely as any."""
    persons = tuple(dict.fromkeys(one.person_id for one in found))
    is_own = all(one.person_id in own for one in found if one.grade == found[0].grade)
    reason = f"{lists.ANSWERED}{found[0].grade}{lists.OWN if is_own else ''}"
    event, purpose = Event.MATCH_ASKED, Purpose.INTAKE.value
    return log.Line(event=event, purpose=purpose, results=len(found), persons=persons, reason=reason)


def _total(answers: Sequence[str], elsewhere: int) -> log.Line:
    counted = [f"{grade}:{answers.count(grade)}" for grade in (KNOWN, LOOK, NEW, TOO_OFTEN)]
    reason = " ".join([*counted, f"elsewhere:{elsewhere}"])
    return log.Line(event=Event.LIST_ASKED, purpose=Purpose.INTAKE.value, results=len(answers), reason=reason)


def _grade(found: Sequence[Finding] | None) -> str:
    if found is None:
        return TOO_OFTEN
    return found[0].grade if found else NEW
