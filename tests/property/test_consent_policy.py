"""Invariants of the decision, over all requests and grants."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from consent.ceilings import allowed_compartments
from consent.errors import ConsentDenied
from consent.grants import Grant, narrow, revoke
from consent.permits import AccessRequest, Permit
from consent.policy import decide
from consent.records import Indication, Notice, Operator, build_record, grant_of
from schemas.canonical import canonical, parse_object
from schemas.compartments import Compartment, Section
from schemas.vocabularies.access import (
    ActorKind,
    AgencyKind,
    Basis,
    Channel,
    GrantStatus,
    IndicationMethod,
    Lane,
    Purpose,
)
from tests.factories import NOW

# Few ids, so that requests and grants meet.
_IDS = st.integers(1, 2).map(lambda number: UUID(int=number))
_DAYS = st.integers(1, 3).map(lambda number: timedelta(days=number))
_APPEARANCES = st.lists(st.uuids(), min_size=1, max_size=3, unique=True).map(tuple)
_NORMS = st.text("§ 0123456789abcAZR()", min_size=1, max_size=20)

_CONSENTS = st.builds(
    Grant,
    id=st.uuids(),
    person_id=_IDS,
    agency_id=_IDS,
    purpose=st.sampled_from(Purpose),
    basis=st.just(Basis.CONSENT),
    sections=st.frozensets(st.sampled_from(Section), min_size=1),
    appearances=_APPEARANCES,
    not_before=_DAYS.map(lambda days: NOW - days + timedelta(days=1)),
    not_after=_DAYS.map(lambda days: NOW + days),
    status=st.sampled_from(GrantStatus),
)
_GRANTS = st.one_of(_CONSENTS, st.tuples(_CONSENTS, _NORMS).map(lambda pair: _on_statute(*pair)))
_REQUESTS = st.builds(
    AccessRequest,
    person_id=_IDS,
    agency_id=_IDS,
    agency_kind=st.sampled_from(AgencyKind),
    purpose=st.sampled_from(Purpose),
    compartments=st.frozensets(st.sampled_from(Compartment)),
    lane=st.sampled_from(Lane),
    own_appearances=st.one_of(st.just(()), _APPEARANCES),
)
_HELD = st.lists(_GRANTS, max_size=5)


@given(_REQUESTS, _HELD)
def test_nothing_opens_beyond_ceiling_grant_and_request(request: AccessRequest, held: Sequence[Grant]) -> None:
    """Effective view = ceiling ∩ grant ∩ request."""
    permit = _decided(request, held)
    if permit is None or request.lane is Lane.OWN:
        return
    grants = {grant.id: grant for grant in held}
    for opening in permit.openings:
        assert opening.grant_id is not None
        grant = grants[opening.grant_id]
        assert opening.compartments
        assert opening.compartments <= allowed_compartments(request.agency_kind, request.purpose)
        assert opening.compartments <= grant.compartments_for(request.agency_kind)
        assert opening.compartments <= request.compartments
        assert opening.appearances == grant.appearances
        assert (grant.person_id, grant.agency_id) == (request.person_id, request.agency_id)
        assert grant.purpose is request.purpose
        assert grant.holds_at(NOW)


@given(_REQUESTS, _HELD)
def test_a_permit_always_opens_something(request: AccessRequest, held: Sequence[Grant]) -> None:
    permit = _decided(request, held)
    assert permit is None or all(opening.compartments and opening.appearances for opening in permit.openings)


@given(_REQUESTS, _HELD, st.integers(0, 4))
def test_revoking_a_grant_never_widens_access(request: AccessRequest, held: Sequence[Grant], which: int) -> None:
    """Consent can be withdrawn at any time (GDPR Art. 7(3))."""
    after = [revoke(grant, NOW) if number == which else grant for number, grant in enumerate(held)]
    assert _opened(request, after) <= _opened(request, held)


@given(_REQUESTS, _HELD)
def test_with_every_grant_revoked_nothing_shared_opens(request: AccessRequest, held: Sequence[Grant]) -> None:
    shared = replace(request, lane=Lane.SHARED)
    assert _decided(shared, [revoke(grant, NOW) for grant in held]) is None


@given(_REQUESTS, _CONSENTS, st.data())
def test_narrowing_never_widens_access(request: AccessRequest, grant: Grant, data: st.DataObject) -> None:
    active = replace(grant, status=GrantStatus.ACTIVE)
    kept = data.draw(st.sets(st.sampled_from(sorted(active.sections)), min_size=1))
    assert _opened(request, [narrow(active, kept)]) <= _opened(request, [active])


@given(_REQUESTS, _HELD, st.frozensets(st.sampled_from(Compartment)))
def test_asking_for_more_never_closes_anything(
    request: AccessRequest, held: Sequence[Grant], more: frozenset[Compartment]
) -> None:
    wider = replace(request, compartments=request.compartments | more)
    if request.compartments:
        assert _opened(request, held) <= _opened(wider, held)


@given(_REQUESTS, _HELD, _GRANTS)
def test_another_persons_grant_changes_nothing(request: AccessRequest, held: Sequence[Grant], grant: Grant) -> None:
    foreign = replace(grant, person_id=UUID(int=9))
    assert _opened(request, [*held, foreign]) == _opened(request, held)


@given(_REQUESTS, _HELD)
def test_the_own_lane_opens_own_appearances_only(request: AccessRequest, held: Sequence[Grant]) -> None:
    permit = _decided(replace(request, lane=Lane.OWN), held)
    if permit is not None:
        assert request.purpose is Purpose.INTAKE
        assert [opening.appearances for opening in permit.openings] == [request.own_appearances]


@given(_GRANTS, st.sampled_from(AgencyKind))
def test_every_record_reads_back_as_its_grant(grant: Grant, kind: AgencyKind) -> None:
    """What is signed is what is wrapped."""
    active = replace(grant, status=GrantStatus.ACTIVE)
    if not active.compartments_for(kind):
        return
    record = build_record(
        active,
        kind,
        record_id=active.id,
        notice=Notice(version="1", language="de", sha256="00" * 32),
        indication=Indication(
            at=NOW, by=ActorKind.PERSON, method=IndicationMethod.LETTER_CODE, channel=Channel.COUNTER
        ),
        operator=Operator(),
    )
    assert grant_of(parse_object(canonical(record))) == active


def _on_statute(grant: Grant, norm: str) -> Grant:
    return replace(grant, basis=Basis.STATUTE, norm=norm)


def _decided(request: AccessRequest, held: Sequence[Grant]) -> Permit | None:
    try:
        return decide(request, held, NOW)
    except ConsentDenied:
        return None


def _opened(request: AccessRequest, held: Sequence[Grant]) -> set[tuple[UUID, Compartment]]:
    permit = _decided(request, held)
    openings = () if permit is None else permit.openings
    return {
        (appearance, compartment)
        for opening in openings
        for appearance in opening.appearances
        for compartment in opening.compartments
    }
