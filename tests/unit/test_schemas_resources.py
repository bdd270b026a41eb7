"""What the interface accepts and shows."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from marshmallow import ValidationError

from consent.grants import Grant
from schemas.compartments import Section
from schemas.resources.grants import GrantIn, GrantOut
from schemas.resources.persons import PersonIn
from schemas.resources.profiles import ProfileOut, SectionStatus
from schemas.resources.sessions import SessionIn
from schemas.vocabularies.access import Basis, Purpose

_GRANT: dict[str, Any] = {
    "agency": str(UUID(int=1)),
    "purpose": "placement",
    "sections": ["languages", "skills"],
    "until": "2027-01-31",
    "notice": {"version": "1", "language": "en", "sha256": "0" * 64, "channel": "read-aloud"},
    "proof": {"pin": "123456", "code_index": 3, "code": "K7QF-2M"},
}


@pytest.mark.parametrize(
    "sent",
    [{"login": "anna", "password": "secret", "totp": "123456"}, {"letter_code": "AAAA-BBBB", "pin": "123456"}],
)
def test_there_are_two_ways_to_sign_in(sent: dict[str, str]) -> None:
    assert SessionIn().load(sent) == sent


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"login": "anna", "password": "secret"},
        {"login": "anna", "password": "secret", "totp": "123456", "pin": "123456"},
        {"letter_code": "AAAA-BBBB", "pin": "12345"},
        {"letter_code": "AAAA-BBBB", "pin": "123456\n"},
        {"letter_code": "AAAA-BBBB", "pin": "123456", "agency": "mine"},
    ],
)
def test_half_a_sign_in_is_none(sent: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SessionIn().load(sent)


def test_a_grant_names_agency_purpose_sections_end_and_proof() -> None:
    loaded = GrantIn().load(_GRANT)
    assert loaded["agency"] == UUID(int=1)
    assert loaded["purpose"] is Purpose.PLACEMENT
    assert loaded["sections"] == [Section.LANGUAGES, Section.SKILLS]
    assert loaded["until"] == date(2027, 1, 31)


@pytest.mark.parametrize("part", sorted(_GRANT))
def test_a_grant_with_a_part_missing_is_refused(part: str) -> None:
    with pytest.raises(ValidationError):
        GrantIn().load({name: value for name, value in _GRANT.items() if name != part})


@pytest.mark.parametrize(
    "change",
    [
        {"notice": {**_GRANT["notice"], "sha256": "0" * 63 + "G"}},
        {"notice": {**_GRANT["notice"], "channel": "somehow"}},
        {"notice": {"version": "1", "language": "en", "sha256": "0" * 64}},
    ],
    ids=["no digest", "no known way", "no way at all"],
)
def test_a_grant_says_which_text_reached_her_and_how(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GrantIn().load(_GRANT | change)


@pytest.mark.parametrize(
    "change", [{"sections": []}, {"sections": ["skills", "skills"]}, {"sections": ["unmapped"]}, {"basis": "statute"}]
)
def test_a_grant_never_means_everything(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GrantIn().load(_GRANT | change)


def test_a_grant_is_shown_with_its_sections_in_order() -> None:
    grant = Grant(
        id=UUID(int=1),
        person_id=UUID(int=2),
        agency_id=UUID(int=3),
        purpose=Purpose.PLACEMENT,
        basis=Basis.STATUTE,
        norm="§ 18b AZRG",
        sections=frozenset({Section.SKILLS, Section.LANGUAGES}),
        appearances=(UUID(int=4),),
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=datetime(2026, 2, 1, tzinfo=UTC),
    )
    assert GrantOut().dump(grant) == {
        "id": str(UUID(int=1)),
        "agency": str(UUID(int=3)),
        "purpose": "placement",
        "basis": "statute",
        "norm": "§ 18b AZRG",
        "sections": ["languages", "skills"],
        "appearances": [str(UUID(int=4))],
        "not_before": "2026-01-01T00:00:00.000000Z",
        "not_after": "2026-02-01T00:00:00.000000Z",
        "status": "active",
    }


def test_a_section_that_is_not_shared_has_no_entries_to_show() -> None:
    section = {"section": Section.EDUCATION, "status": SectionStatus.NOT_SHARED, "entries": []}
    shown = ProfileOut().dump({"person": UUID(int=1), "purpose": Purpose.PLACEMENT, "sections": [section]})
    assert shown == {
        "person": str(UUID(int=1)),
        "purpose": "placement",
        "sections": [{"section": "education", "status": "not-shared", "entries": []}],
    }


def test_a_wrong_entry_is_named_by_its_place() -> None:
    entries = [{"kind": "identity.sex", "value": {"code": "w"}}, {"kind": "identity.sex", "value": {"code": "female"}}]
    with pytest.raises(ValidationError) as refused:
        PersonIn().load({"entries": entries})
    assert refused.value.messages_dict["entries"][1] == {"value": {"code": ["Must be one of: m, w, d, x."]}}
