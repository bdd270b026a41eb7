"""What an agency kind may get at most; each row is a union of whole compartments."""

from itertools import product

import pytest

from consent.ceilings import (
    CEILINGS,
    allowed_compartments,
    allowed_kinds,
    allowed_rights,
    allowed_sections,
    own_compartments,
)
from schemas.compartments import KINDS, Compartment, Section, compartment_of, kinds_of
from schemas.vocabularies.access import AgencyKind, Purpose, Right

_EVERYBODY = list(product(AgencyKind, Purpose))
_NO_BUSINESS = [(kind, purpose) for kind, purpose in _EVERYBODY if (kind, purpose) not in CEILINGS]


@pytest.mark.parametrize(("kind", "purpose"), _EVERYBODY)
def test_the_fields_of_a_ceiling_are_a_union_of_whole_compartments(kind: AgencyKind, purpose: Purpose) -> None:
    """Design, section 2, the invariant: audiences never split a compartment."""
    listed = allowed_kinds(kind, purpose)
    assert listed <= set(KINDS)
    touched = {compartment_of(entry_kind) for entry_kind in listed}
    assert listed == {entry_kind for compartment in touched for entry_kind in kinds_of(compartment)}
    assert allowed_compartments(kind, purpose) == touched


@pytest.mark.parametrize(("kind", "purpose"), _EVERYBODY)
def test_what_no_mapping_knows_is_in_no_ceiling(kind: AgencyKind, purpose: Purpose) -> None:
    assert Compartment.UNMAPPED not in allowed_compartments(kind, purpose)


@pytest.mark.parametrize(("kind", "purpose"), sorted(CEILINGS))
def test_a_row_lists_each_kind_once(kind: AgencyKind, purpose: Purpose) -> None:
    row = CEILINGS[kind, purpose]
    assert row
    assert len(set(row)) == len(row)


@pytest.mark.parametrize(("kind", "purpose"), _NO_BUSINESS)
def test_where_an_agency_has_no_business_nothing_is_allowed(kind: AgencyKind, purpose: Purpose) -> None:
    assert allowed_compartments(kind, purpose) == frozenset()
    assert allowed_sections(kind, purpose) == frozenset()
    assert allowed_rights(kind, purpose) == frozenset()


def test_bamf_places_nobody_and_sees_no_skills_needs_or_goals() -> None:
    """research/domain.md 3.6: the course officer sees neither skills nor targets nor training needs."""
    seen = {section for purpose in Purpose for section in allowed_sections(AgencyKind.BAMF, purpose)}
    assert not seen & {Section.SKILLS, Section.NEEDS, Section.GOALS, Section.RECOGNITION}
    assert not allowed_compartments(AgencyKind.BAMF, Purpose.PLACEMENT)


@pytest.mark.parametrize(
    ("number", "audience"),
    [
        (Compartment.IDENTIFIERS_AZR, {AgencyKind.BAMF}),
        (Compartment.IDENTIFIERS_BA_REFERENCE, {AgencyKind.BA}),
        (Compartment.IDENTIFIERS_JOBCENTER_CASE, {AgencyKind.JOBCENTER}),
        (Compartment.IDENTIFIERS_BAMF, {AgencyKind.BAMF, AgencyKind.JOBCENTER}),
        (Compartment.IDENTIFIERS_BA_CUSTOMER, {AgencyKind.BAMF, AgencyKind.BA, AgencyKind.JOBCENTER}),
    ],
)
def test_a_number_is_for_those_who_may_use_it(number: Compartment, audience: set[AgencyKind]) -> None:
    """Section 10(4) AZRG, section 51a SGB II."""
    assert {kind for kind, purpose in _EVERYBODY if number in allowed_compartments(kind, purpose)} == audience


def test_advisers_see_neither_numbers_nor_status_nor_origin() -> None:
    seen = {compartment for purpose in Purpose for compartment in allowed_compartments(AgencyKind.ADVISER, purpose)}
    hidden = {Section.IDENTIFIERS, Section.RESIDENCE}
    assert not {section for purpose in Purpose for section in allowed_sections(AgencyKind.ADVISER, purpose)} & hidden
    assert Compartment.IDENTITY_ORIGIN not in seen


def test_a_jobcenter_can_be_granted_languages_skills_and_needs_for_placement() -> None:
    """Design, section 12, the story."""
    sections = allowed_sections(AgencyKind.JOBCENTER, Purpose.PLACEMENT)
    assert {Section.LANGUAGES, Section.SKILLS, Section.NEEDS, Section.EDUCATION} <= sections


def test_no_two_compartments_of_a_section_have_the_same_audience() -> None:
    """A section is split where audiences differ, and only there: numbers aside, which never share a key."""
    audiences = {
        compartment: frozenset(pair for pair in _EVERYBODY if compartment in allowed_compartments(*pair))
        for compartment in Compartment
        if not compartment.value.startswith("identifiers.") and compartment is not Compartment.UNMAPPED
    }
    split = [(compartment.value.split(".")[0], audience) for compartment, audience in audiences.items()]
    assert len(set(split)) == len(split)


def test_rights_go_with_the_purpose_and_advisers_read_only() -> None:
    assert allowed_rights(AgencyKind.JOBCENTER, Purpose.PLACEMENT) == set(Right)
    assert allowed_rights(AgencyKind.JOBCENTER, Purpose.COUNSELLING) == {Right.READ}
    assert allowed_rights(AgencyKind.ADVISER, Purpose.LANGUAGE_SUPPORT) == {Right.READ}


def test_a_source_may_re_read_all_it_recorded() -> None:
    assert own_compartments() == set(Compartment)
