"""The decision: ceiling ∩ grant ∩ request; whatever is empty refuses."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from consent.errors import BeyondCeiling, ConsentDenied, NotGranted, NothingAsked, PurposeNotAllowed
from consent.grants import Grant, revoke
from consent.permits import Opening
from consent.policy import decide
from schemas.compartments import Compartment, Section
from schemas.vocabularies.access import AgencyKind, Basis, Lane, Purpose
from tests.factories import APPEARANCE, NOW, RequestParts, access_request, grant

_OWN: RequestParts = {"lane": Lane.OWN, "purpose": Purpose.INTAKE, "own_appearances": (APPEARANCE,)}


def test_what_was_granted_within_the_ceiling_opens() -> None:
    permit = decide(access_request(), [grant()], NOW)
    opened = frozenset({Compartment.LANGUAGES_CORE, Compartment.SKILLS_CORE})
    assert permit.openings == (
        Opening(grant_id=UUID(int=10), appearances=(APPEARANCE,), compartments=opened, basis=Basis.CONSENT),
    )
    assert permit.compartments == opened
    assert permit.purpose is Purpose.PLACEMENT


def test_only_what_was_asked_opens() -> None:
    request = access_request(compartments=frozenset({Compartment.SKILLS_CORE, Compartment.EDUCATION_CORE}))
    assert decide(request, [grant()], NOW).compartments == {Compartment.SKILLS_CORE}


def test_each_grant_opens_its_own_appearances() -> None:
    """A link changes no wrap: every grant opens exactly the appearances it was signed for."""
    other = grant(id=UUID(int=11), appearances=(UUID(int=4),), sections=frozenset({Section.EDUCATION}))
    openings = decide(access_request(), [grant(), other], NOW).openings
    assert [(opening.grant_id, opening.appearances) for opening in openings] == [
        (UUID(int=10), (APPEARANCE,)),
        (UUID(int=11), (UUID(int=4),)),
    ]


def test_a_statutory_grant_opens_as_such() -> None:
    statutory = grant(basis=Basis.STATUTE, norm="§ 18b AZRG")
    assert decide(access_request(), [statutory], NOW).openings[0].basis is Basis.STATUTE


@pytest.mark.parametrize(
    "held",
    [
        [],
        [grant(person_id=UUID(int=99))],
        [grant(agency_id=UUID(int=99))],
        [grant(purpose=Purpose.COUNSELLING)],
        [grant(not_before=NOW + timedelta(days=1))],
        [grant(not_after=NOW)],
        [revoke(grant(), NOW)],
        [grant(sections=frozenset({Section.EDUCATION}))],
    ],
    ids=["none", "other person", "other agency", "other purpose", "not yet", "no more", "withdrawn", "other section"],
)
def test_without_a_grant_that_holds_nothing_opens(held: Sequence[Grant]) -> None:
    request = access_request(compartments=frozenset({Compartment.SKILLS_CORE}))
    with pytest.raises(NotGranted):
        decide(request, held, NOW)


def test_asking_for_nothing_never_means_everything() -> None:
    for lane in Lane:
        with pytest.raises(NothingAsked):
            decide(access_request(compartments=frozenset(), lane=lane), [grant()], NOW)


def test_an_agency_without_business_is_refused_whatever_is_granted() -> None:
    with pytest.raises(PurposeNotAllowed):
        decide(access_request(agency_kind=AgencyKind.BAMF), [grant()], NOW)


def test_what_lies_above_the_ceiling_is_refused_whatever_is_granted() -> None:
    request = access_request(compartments=frozenset({Compartment.IDENTIFIERS_AZR, Compartment.UNMAPPED}))
    with pytest.raises(BeyondCeiling):
        decide(request, [grant(sections=frozenset(Section))], NOW)


def test_unmapped_opens_in_no_shared_lane() -> None:
    permit = decide(access_request(), [grant(sections=frozenset(Section))], NOW)
    assert Compartment.UNMAPPED not in permit.compartments


def test_a_source_re_reads_its_own_appearance_without_a_grant() -> None:
    """Design, section 2: beside grants stands the own wrap, for purpose intake."""
    permit = decide(access_request(**_OWN), [], NOW)
    assert permit.openings == (
        Opening(grant_id=None, appearances=(APPEARANCE,), compartments=frozenset(Compartment), basis=Basis.OWN),
    )


def test_also_in_the_own_lane_only_what_was_asked_opens() -> None:
    asked = frozenset({Compartment.SKILLS_CORE, Compartment.UNMAPPED})
    assert decide(access_request(**(_OWN | {"compartments": asked})), [], NOW).compartments == asked


def test_the_own_lane_ignores_grants() -> None:
    shared = grant(purpose=Purpose.INTAKE, appearances=(UUID(int=4),))
    assert [opening.appearances for opening in decide(access_request(**_OWN), [shared], NOW).openings] == [
        (APPEARANCE,)
    ]


def test_the_own_lane_is_for_intake_only() -> None:
    with pytest.raises(PurposeNotAllowed):
        decide(access_request(**(_OWN | {"purpose": Purpose.PLACEMENT})), [grant()], NOW)


def test_an_agency_that_recorded_nothing_has_no_own_lane() -> None:
    with pytest.raises(NotGranted):
        decide(access_request(**(_OWN | {"own_appearances": ()})), [grant()], NOW)


def test_own_appearances_open_nothing_in_the_shared_lane() -> None:
    with pytest.raises(NotGranted):
        decide(access_request(own_appearances=(APPEARANCE,)), [], NOW)


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [refusal.code for refusal in ConsentDenied.__subclasses__()]
    assert len(set(codes)) == len(codes)
    assert {"not-granted", "nothing-asked", "purpose-not-allowed", "beyond-ceiling"} <= set(codes)
