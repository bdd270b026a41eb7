"""A grant's life: it begins, narrows, ends, and never widens."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from consent.errors import GrantEnded, GrantInvalid, NotGranted
from consent.grants import expire, narrow, revoke
from schemas.compartments import Compartment, Section
from schemas.vocabularies.access import AgencyKind, Basis, GrantStatus, Purpose
from tests.factories import NOW, GrantParts, grant

_BEGIN, _END = NOW - timedelta(days=1), NOW + timedelta(days=30)


@pytest.mark.parametrize(
    ("moment", "holds"),
    [(_BEGIN - timedelta(microseconds=1), False), (_BEGIN, True), (NOW, True), (_END, False)],
)
def test_a_grant_holds_from_its_first_moment_until_before_its_last(moment: datetime, *, holds: bool) -> None:
    assert grant().holds_at(moment) is holds


@pytest.mark.parametrize("status", [GrantStatus.WITHDRAWN, GrantStatus.EXPIRED])
def test_an_ended_grant_never_holds(status: GrantStatus) -> None:
    assert not grant(status=status).holds_at(NOW)


@pytest.mark.parametrize(
    "parts",
    [
        {"sections": frozenset()},
        {"appearances": ()},
        {"appearances": (UUID(int=3), UUID(int=3))},
        {"not_after": _BEGIN},
        {"not_before": _BEGIN.replace(tzinfo=None)},
        {"not_after": _END.replace(tzinfo=None)},
        {"basis": Basis.OWN},
        {"basis": Basis.STATUTE},
        {"basis": Basis.STATUTE, "norm": ""},
        {"norm": "§ 18b AZRG"},
    ],
    ids=str,
)
def test_a_grant_that_could_mean_everything_cannot_be_made(parts: GrantParts) -> None:
    with pytest.raises(GrantInvalid):
        grant(**parts)


def test_a_statutory_grant_names_its_norm() -> None:
    assert grant(basis=Basis.STATUTE, norm="§ 18b AZRG").holds_at(NOW)


def test_a_section_opens_what_the_ceiling_leaves_of_it() -> None:
    """Needs are granted whole; BA's ceiling leaves the support needs out."""
    needs = grant(sections=frozenset({Section.NEEDS}))
    assert needs.compartments_for(AgencyKind.BA) == {Compartment.NEEDS_TRAINING}
    assert needs.compartments_for(AgencyKind.JOBCENTER) == {Compartment.NEEDS_TRAINING, Compartment.NEEDS_SUPPORT}


def test_a_grant_opens_nothing_where_the_agency_has_no_business() -> None:
    assert grant(purpose=Purpose.PLACEMENT).compartments_for(AgencyKind.BAMF) == frozenset()


def test_withdrawing_ends_a_grant_at_once() -> None:
    withdrawn = revoke(grant(), NOW)
    assert withdrawn.status is GrantStatus.WITHDRAWN
    assert not withdrawn.holds_at(NOW)


def test_withdrawing_twice_or_too_late_changes_nothing() -> None:
    withdrawn = revoke(grant(), NOW)
    assert revoke(withdrawn, NOW) is withdrawn
    assert revoke(grant(), _END).status is GrantStatus.EXPIRED


def test_expiry_marks_active_grants_only() -> None:
    withdrawn = revoke(grant(), NOW)
    assert expire(withdrawn) is withdrawn
    assert expire(grant()).status is GrantStatus.EXPIRED


def test_narrowing_leaves_sections_out() -> None:
    narrowed = narrow(grant(), [Section.SKILLS])
    assert narrowed.sections == {Section.SKILLS}
    assert narrowed.id == grant().id


def test_narrowing_never_widens() -> None:
    with pytest.raises(NotGranted):
        narrow(grant(), [Section.SKILLS, Section.EDUCATION])


def test_narrowing_to_nothing_is_a_withdrawal_and_refused_as_such() -> None:
    with pytest.raises(GrantInvalid):
        narrow(grant(), [])


def test_an_ended_grant_cannot_be_narrowed() -> None:
    with pytest.raises(GrantEnded):
        narrow(revoke(grant(), NOW), [Section.SKILLS])
