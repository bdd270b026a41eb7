"""The record says what the grant says, and reads back as exactly that grant."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from consent.errors import BeyondCeiling, RecordInvalid
from consent.grants import Grant
from consent.receipts import receipt
from consent.records import Indication, Notice, Operator, agency_kind_of, build_record, grant_of, method_of
from schemas.canonical import canonical, parse_object
from schemas.compartments import Section
from schemas.vocabularies.access import ActorKind, AgencyKind, Basis, Channel, IndicationMethod, Purpose
from tests.factories import NOW, grant

_VOCABULARY = Path(__file__).parents[3] / "shared" / "data" / "dpv"
_NORM = "§ 18b Abs. 1 (Nr. 10) AZRG"

Change = Callable[[dict[str, Any]], object]


def _record(given: Grant, kind: AgencyKind = AgencyKind.JOBCENTER) -> dict[str, Any]:
    return build_record(
        given,
        kind,
        record_id=UUID(int=77),
        notice=Notice(version="14", language="ar", sha256="ab" * 32),
        indication=Indication(
            at=NOW, by=ActorKind.PERSON, method=IndicationMethod.LETTER_CODE, channel=Channel.OWN_DEVICE
        ),
        operator=Operator(),
    )


_CONSENTED = grant(appearances=(UUID(int=9), UUID(int=3)))
_STATUTORY = grant(basis=Basis.STATUTE, norm=_NORM)


@pytest.mark.parametrize("given", [_CONSENTED, _STATUTORY], ids=["consent", "statute"])
def test_a_record_reads_back_as_its_grant(given: Grant) -> None:
    stored = parse_object(canonical(_record(given)))
    assert grant_of(stored) == given
    assert agency_kind_of(stored) is AgencyKind.JOBCENTER


def test_a_record_says_by_what_consent_was_given() -> None:
    assert method_of(_record(_CONSENTED)) is IndicationMethod.LETTER_CODE


@pytest.mark.parametrize("status", [None, [], [{}], [{"dpv:hasIndicationMethod": "a nod"}]])
def test_a_record_that_does_not_say_by_what_is_refused(status: object) -> None:
    with pytest.raises(RecordInvalid, match="how consent was given"):
        method_of({**_record(_CONSENTED), "dpv:hasConsentStatus": status})


def test_the_grant_part_has_exactly_its_agreed_keys() -> None:
    assert _record(_CONSENTED)["reg:grant"] == {
        "id": str(UUID(int=10)),
        "person": str(UUID(int=1)),
        "agency": str(UUID(int=2)),
        "agencyKind": "jobcenter",
        "purpose": "placement",
        "basis": "consent",
        "sections": ["languages", "skills"],
        "appearances": [str(UUID(int=9)), str(UUID(int=3))],
        "notBefore": "2026-02-28T12:00:00.000000Z",
        "notAfter": "2026-03-31T12:00:00.000000Z",
        "rights": ["read", "receive", "search"],
    }


def test_a_statutory_grant_is_never_displayed_as_consent() -> None:
    """Design, section 5."""
    record = _record(_STATUTORY)
    assert "consent" not in canonical(record).decode().lower()
    assert record["dpv:hasLegalBasis"] == {"@id": "eu-gdpr:A6-1-e", "dpv:hasApplicableLaw": _NORM}


def test_a_consent_record_says_how_to_withdraw_and_which_text_was_shown() -> None:
    record = _record(_CONSENTED)
    assert record["dpv:hasConsentControl"]["@type"] == "dpv:WithdrawConsent"
    assert record["dpv:hasNotice"]["reg:sha256"] == "ab" * 32
    assert record["dpv:hasConsentStatus"][0]["reg:channel"] == "own-device"


def test_no_record_is_made_of_a_grant_that_opens_nothing() -> None:
    with pytest.raises(BeyondCeiling):
        _record(_CONSENTED, AgencyKind.BAMF)


_CHANGES: dict[str, Change] = {
    "no grant": lambda record: record.pop("reg:grant"),
    "a part missing": lambda record: record["reg:grant"].pop("rights"),
    "a part more": lambda record: record["reg:grant"].update(extra=1),
    "other sections than shown": lambda record: record["reg:grant"].update(sections=["education"]),
    "a section twice": lambda record: record["reg:grant"].update(sections=["languages", "skills", "skills"]),
    "sections out of order": lambda record: record["reg:grant"].update(sections=["skills", "languages"]),
    "no sections": lambda record: record["reg:grant"].update(sections=[]),
    "no appearances": lambda record: record["reg:grant"].update(appearances=[]),
    "another recipient": lambda record: record["reg:grant"].update(agency=str(UUID(int=5))),
    "another kind": lambda record: record["reg:grant"].update(agencyKind="ba"),
    "an unknown kind": lambda record: record["reg:grant"].update(agencyKind="police"),
    "another person": lambda record: record["dpv:hasDataSubject"].update({"@id": "urn:uuid:x"}),
    "another purpose": lambda record: record["dpv:hasPurpose"].update({"@id": "reg:purpose/intake"}),
    "a later end": lambda record: record["reg:grant"].update(notAfter="2027-01-01T00:00:00.000000Z"),
    "an end before the beginning": lambda record: record["reg:grant"].update(notAfter="2020-01-01T00:00:00.000000Z"),
    "another spelling of a moment": lambda record: record["reg:grant"].update(notBefore="2026-02-28T12:00:00Z"),
    "another spelling of an id": lambda record: record["reg:grant"].update(id=UUID(int=10).hex),
    "a number for an id": lambda record: record["reg:grant"].update(id=10),
    "an unknown right": lambda record: record["reg:grant"].update(rights=["write"]),
    "a right twice": lambda record: record["reg:grant"].update(rights=["read", "read"]),
    "no rights": lambda record: record["reg:grant"].update(rights=[]),
    "an empty norm": lambda record: record["reg:grant"].update(basis="statute()"),
    "own": lambda record: record["reg:grant"].update(basis="own"),
    "another type": lambda record: record.update({"@type": "dpv:DataProcessingRecord"}),
    "no status": lambda record: record.pop("dpv:hasConsentStatus"),
    "not a grant": lambda record: record.update({"reg:grant": ["id"]}),
}


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES.keys())
def test_a_record_that_says_anything_else_is_refused(change: Change) -> None:
    """What is signed is what is wrapped."""
    record = _record(_CONSENTED)
    change(record)
    with pytest.raises(RecordInvalid):
        grant_of(record)


def test_a_right_above_the_ceiling_is_refused() -> None:
    record = _record(grant(purpose=Purpose.COUNSELLING, sections=frozenset({Section.LANGUAGES})))
    record["reg:grant"]["rights"] = ["read", "search"]
    with pytest.raises(RecordInvalid, match="never gets"):
        grant_of(record)


def test_fewer_rights_than_the_ceiling_allows_are_fine() -> None:
    record = _record(_CONSENTED)
    record["reg:grant"]["rights"] = ["read"]
    assert grant_of(record) == _CONSENTED


@pytest.mark.parametrize("given", [_CONSENTED, _STATUTORY], ids=["consent", "statute"])
def test_every_term_exists_in_the_vocabulary(given: Grant) -> None:
    """Another project used dpv:hasExpiryTime, which does not exist."""
    if not _VOCABULARY.is_dir():
        pytest.skip("the DPV vocabulary is not beside this checkout")
    text = canonical(_record(given)).decode()
    for prefix, name in (("dpv", "dpv.csv"), ("eu-gdpr", "eu-gdpr.csv")):
        with (_VOCABULARY / name).open(encoding="utf-8", newline="") as file:
            terms = {row["term"] for row in csv.DictReader(file)}
        used = set(re.findall(rf'"{prefix}:([^"]+)"', text))
        assert used
        assert used <= terms


class _Stamp:
    """A signer that stamps, so that the payload stays readable."""

    def sign(self, payload: bytes) -> str:
        return f"signed:{payload.decode()}"


def test_a_receipt_signs_the_canonical_record() -> None:
    record = _record(_CONSENTED)
    assert receipt(record, _Stamp()) == f"signed:{canonical(record).decode()}"


def test_nothing_is_signed_that_states_no_grant() -> None:
    record = _record(_CONSENTED)
    record["reg:grant"]["sections"] = ["education"]
    with pytest.raises(RecordInvalid):
        receipt(record, _Stamp())
