"""What an agency's own system may have: what the agency said itself, and what live grants open to it of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consent.ceilings import allowed_compartments
from consent.permits import AccessRequest
from registry import access
from registry.actors import RunActor
from registry.auth import agencies
from registry.db import Sessions, act_for
from registry.errors import NotFound
from registry.exchange import inbox
from registry.keys.client import KEEPER, KeeperRefused
from registry.ledger import grants
from registry.profiles import appearances, reading
from registry.profiles.entries import stands
from registry.wire.delivering import Grants, NameGrants
from schemas.vocabularies.access import AgencyKind, Basis, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from consent.grants import Grant
    from registry.wire.rows import GrantRow
    from schemas.entries import Entry

#: What the keeper says where nothing is left to open: withdrawn, expired or erased since it was looked up.
_GONE = frozenset({"open.nothing-granted", "grant.ended", "wrap.time", "appearance.erased"})
#: What it says where somebody linked the person or changed a key at this moment; looked up anew it is in order.
_MOVED = frozenset({"line.person", "sealed.below-floor"})
_LOOKS = 3
#: How an appearance may be tied to a person so that nobody else's answers can get into her file.
HERS = ("birth", "own", "confirmed")


@dataclass(frozen=True, slots=True)
class Recipient:
    """For whom an export run works."""

    actor: RunActor
    kind: AgencyKind
    number: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Holding:
    """What may be had of one person: entries that stand, the own ones of one appearance.

    Of somebody in whom several own appearances were found again, the first that is proved to be hers carries what was
    granted. One that is hers by a decision alone never does: it may be a namesake's, and in the agency's own system
    another's answers would then stand in his file.
    """

    appearance: UUID | None
    is_first: bool
    own: tuple[Entry, ...]
    granted: tuple[Entry, ...]


def recipient(run_id: UUID) -> Recipient:
    """Return for whom a run works.

    Raises:
        NotFound: there is no such run, or its agency is closed.
    """
    with Sessions() as session:
        run = inbox.run_of(session, run_id)
        if run is None or run.agency_id is None:
            raise NotFound("There is no such run. Open one first.")
        agency = agencies.by_id(session, run.agency_id)
        actor = RunActor(id=run.id, agency_id=agency.id)
        return Recipient(actor, AgencyKind(agency.kind), agency.number, agency.name)


def expected(agency: UUID) -> int:
    """Return about how many persons an export will open: own appearances, and persons with grants to the agency."""
    with Sessions.begin() as session:
        act_for(session, agency=agency)
        return appearances.count_of_source(session, agency) + grants.persons_granting(session, agency)


def own_appearances(to: Recipient, after: UUID | None) -> Sequence[UUID]:
    """Return the next appearances that the agency is the source of, by id; none where all were named."""
    with Sessions() as session:
        return appearances.next_of_source(session, to.actor.agency_id, after=after)


def granting(to: Recipient, after: UUID | None) -> tuple[list[UUID], UUID | None]:
    """Return the next persons who granted the agency something, and after whom to go on; None at the end."""
    named = KEEPER.ask(NameGrants(to.actor.id, after=after), Grants)
    return sorted({row.person_id for row in named.grants}), named.last


def of_appearance(to: Recipient, appearance: UUID, *, now: datetime) -> Holding | None:
    """Return what may be had of the person behind an own appearance; None where she was erased meanwhile.

    Raises:
        KeeperRefused: the run has ended, is another agency's, or its budget is used up.
    """
    for look in range(1, _LOOKS + 1):
        try:
            with Sessions() as session:
                person = appearances.by_id(session, appearance).person_id
                own = appearances.of_source(session, person, to.actor.agency_id)
                hers = appearances.of_source(session, person, to.actor.agency_id, bases=HERS)
            opened = reading.open_own(to.actor, to.kind, person=person, appearance=appearance, now=now)
            said = tuple(entry for one in opened for entry in one.current)
            granted = _granted(to, person, own, now=now) if hers[:1] == (appearance,) else ()
            return Holding(appearance, own[:1] == (appearance,), said, granted)
        except NotFound:
            return None
        except KeeperRefused as refused:
            if refused.reason in _GONE:
                return None
            if refused.reason not in _MOVED or look == _LOOKS:
                raise
    raise AssertionError("the last look returns or raises")


def of_person(to: Recipient, person: UUID, *, now: datetime) -> Holding | None:
    """Return what may be had of somebody in whom no own appearance is proved to be hers; None where she is not such.

    Raises:
        KeeperRefused: as for of_appearance.
    """
    with Sessions() as session:
        if appearances.of_source(session, person, to.actor.agency_id, bases=HERS):
            return None
        own = appearances.of_source(session, person, to.actor.agency_id)
    return Holding(None, is_first=True, own=(), granted=_granted(to, person, own, now=now))


def _granted(to: Recipient, person: UUID, own: Sequence[UUID], *, now: datetime) -> tuple[Entry, ...]:
    """Open what others said and live grants give the agency to receive, one line for each purpose and basis."""
    found: dict[UUID, Entry] = {}
    for look in range(1, _LOOKS + 1):
        rows = KEEPER.ask(NameGrants(to.actor.id, person=person), Grants).grants
        try:
            for (purpose, _), held in _by_purpose(rows, to, own, now=now).items():
                found |= {entry.id: entry for entry in _opened(to, person, purpose, held=held, now=now)}
            break
        except KeeperRefused as refused:
            if refused.reason not in _MOVED or look == _LOOKS:
                raise
    return tuple(entry for entry in found.values() if entry.source != to.actor.agency_id)


def _by_purpose(
    rows: Iterable[GrantRow], to: Recipient, own: Sequence[UUID], *, now: datetime
) -> dict[tuple[Purpose, Basis], list[Grant]]:
    """Sort out the grants that open something of somebody else's now."""
    sorted_out: dict[tuple[Purpose, Basis], list[Grant]] = {}
    for row in rows:
        grant = grants.as_grant(row)
        if grant.holds_at(now) and set(grant.appearances) - set(own) and grant.compartments_for(to.kind):
            sorted_out.setdefault((grant.purpose, grant.basis), []).append(grant)
    return sorted_out


def _opened(to: Recipient, person: UUID, purpose: Purpose, *, held: Sequence[Grant], now: datetime) -> list[Entry]:
    request = AccessRequest(
        person_id=person,
        agency_id=to.actor.agency_id,
        agency_kind=to.kind,
        purpose=purpose,
        compartments=allowed_compartments(to.kind, purpose),
    )
    admission = access.authorise(request, to.actor, now, told=held)
    try:
        opened = reading.open_compartments(admission, to.actor)
    except KeeperRefused as refused:
        if refused.reason in _GONE:
            return []
        raise
    return [entry for one in opened for entry in one.entries if stands(entry)]
