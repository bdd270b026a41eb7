"""Every entry kind lies in exactly one compartment, every compartment in its section."""

import pytest

from schemas.compartments import (
    KINDS,
    Compartment,
    Section,
    UnknownKindError,
    compartment_of,
    kinds_of,
    section_of,
)


def test_every_kind_is_named_after_the_section_of_its_compartment() -> None:
    for kind, compartment in KINDS.items():
        section = section_of(compartment)
        assert kind.partition(".")[0] == ("unmapped" if section is None else section.value)


def test_every_compartment_holds_at_least_one_kind() -> None:
    assert all(kinds_of(compartment) for compartment in Compartment)


def test_every_section_has_a_compartment_that_can_be_shared() -> None:
    assert len(Section) == 12
    assert {section_of(compartment) for compartment in Compartment} == {*Section, None}


def test_unmapped_is_in_no_section() -> None:
    assert [one for one in Compartment if section_of(one) is None] == [Compartment.UNMAPPED]


def test_numbers_of_different_offices_never_share_a_key() -> None:
    """Design, section 2: the AZR number and the BA customer number are in one section and never share a key."""
    numbers = [kind for kind in KINDS if kind.startswith("identifiers.")]
    assert len({compartment_of(kind) for kind in numbers}) == len(numbers)


def test_an_unknown_kind_is_an_error_with_a_code() -> None:
    with pytest.raises(UnknownKindError, match="no entry kind") as refused:
        compartment_of("identity.religion")
    assert refused.value.code == "unknown-kind"
