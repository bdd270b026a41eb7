"""One statement about a person with its provenance: what comes in, what is sealed, what goes out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast
from uuid import UUID

from marshmallow import ValidationError, fields, post_load, validate

from schemas.canonical import Json
from schemas.compartments import KINDS
from schemas.fields import Instant, PartialDate, StrictSchema, Text, instant_of, instant_text
from schemas.sections import (
    contact,
    education,
    goals,
    identifiers,
    identity,
    languages,
    needs,
    pathway,
    recognition,
    residence,
    skills,
    unmapped,
    work,
)
from schemas.sections.parts import code, code_or_null
from schemas.sections.value import ValueSchema
from schemas.vocabularies.evidence import EndReason, EvidenceType

#: Who said it: an agency's id, or the person herself.
Source: TypeAlias = UUID | Literal["person"]

#: Every entry kind has exactly one schema.
VALUE_SCHEMAS: Mapping[str, type[ValueSchema]] = MappingProxyType(
    {
        schema.kind: schema
        for schema in (
            identity.NameValue,
            identity.BirthDateValue,
            identity.SexValue,
            identity.NationalityValue,
            identity.BirthPlaceValue,
            identifiers.AzrNumberValue,
            identifiers.BamfNumberValue,
            identifiers.BaCustomerNumberValue,
            identifiers.BaReferenceValue,
            identifiers.JobcenterCaseValue,
            identifiers.InsuranceNumberValue,
            contact.AddressValue,
            contact.PhoneValue,
            contact.EmailValue,
            contact.ContactLanguageValue,
            residence.TitleValue,
            residence.ArrivalValue,
            residence.EmploymentPermissionValue,
            residence.PlaceObligationValue,
            languages.LanguageValue,
            languages.LiteracyValue,
            education.SchoolValue,
            education.UniversityValue,
            education.VocationalValue,
            education.FurtherValue,
            work.ExperienceValue,
            work.WorkStatusValue,
            skills.SkillValue,
            skills.StrengthValue,
            skills.LicenceValue,
            skills.AssessmentValue,
            recognition.ProcedureValue,
            recognition.ComparabilityValue,
            pathway.CourseValue,
            pathway.EntitlementValue,
            pathway.PlacementTestValue,
            pathway.MeasureValue,
            pathway.PlacementValue,
            pathway.OutcomeValue,
            pathway.LegalCircleValue,
            needs.TrainingNeedValue,
            needs.LanguageNeedValue,
            needs.RecognitionNeedValue,
            needs.SupportNeedValue,
            needs.ChildcareNeedValue,
            goals.OccupationGoalValue,
            goals.TrainingGoalValue,
            goals.WorkingTimeValue,
            goals.MobilityValue,
            unmapped.UnmappedValue,
        )
    }
)
# Building a schema costs more than loading with it, and a schema keeps no state between loads.
_LOADERS: Mapping[str, ValueSchema] = MappingProxyType({kind: schema() for kind, schema in VALUE_SCHEMAS.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One statement as it is kept; the value is a JSON document that its kind's schema accepted."""

    id: UUID
    kind: str
    value: Mapping[str, Json]
    source: Source
    recorded_at: datetime
    recorded_by: str
    evidence: Mapping[str, Json] | None = None
    valid_from: str | None = None
    delete_on: date | None = None
    superseded_by: UUID | None = None
    ended_at: datetime | None = None
    reference: str | None = None
    end_reason: str | None = None


class EvidenceIn(StrictSchema):
    """On what a statement rests; the reference is what the source calls it, such as a document number."""

    type = code(EvidenceType, required=True)
    reference = Text(max_length=200)


class EntryIn(StrictSchema):
    """A statement to record; who says it and when is never taken from the sender."""

    kind = fields.String(required=True, validate=validate.OneOf(sorted(KINDS), error="There is no such entry kind."))
    value = fields.Dict(keys=fields.String(), required=True)
    evidence = fields.Nested(EvidenceIn)
    valid_from = PartialDate()
    delete_on = fields.Date()
    #: what the source itself calls this statement, to correct or delete it by
    reference = Text(max_length=100)

    @post_load
    def _value_of_the_kind(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        return data | {"value": load_value(data["kind"], data["value"])}


class EntryOut(StrictSchema):
    """A statement with its provenance; the same form is sealed and shown."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    value = fields.Dict(keys=fields.String(), required=True)
    source = fields.String(required=True, metadata={"description": 'the id of an agency, or "person"'})
    recorded_at = Instant(required=True)
    recorded_by = fields.String(required=True)
    evidence = fields.Nested(EvidenceIn, required=True, allow_none=True)
    valid_from = fields.String(required=True, allow_none=True)
    delete_on = fields.Date(required=True, allow_none=True)
    superseded_by = fields.UUID(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    end_reason = code_or_null(EndReason, required=True)


def load_value(kind: str, value: Mapping[str, object]) -> dict[str, Json]:
    """Return an entry value as its kind's schema keeps it: checked, normalised, a JSON document.

    Raises:
        ValidationError: the value does not fit.
        KeyError: there is no such kind.
    """
    try:
        return cast("dict[str, Json]", _LOADERS[kind].load(value))
    except ValidationError as wrong:
        raise ValidationError({"value": wrong.messages}) from wrong


def entry_document(entry: Entry) -> dict[str, Json]:
    """Return the JSON form of an entry, the same as EntryOut dumps."""
    return {
        "id": str(entry.id),
        "kind": entry.kind,
        "value": dict(entry.value),
        "source": _source_text(entry.source),
        "recorded_at": _recorded_text(entry.recorded_at),
        "recorded_by": entry.recorded_by,
        "evidence": None if entry.evidence is None else dict(entry.evidence),
        "valid_from": entry.valid_from,
        "delete_on": None if entry.delete_on is None else entry.delete_on.isoformat(),
        "superseded_by": None if entry.superseded_by is None else str(entry.superseded_by),
        "ended_at": None if entry.ended_at is None else instant_text(entry.ended_at),
        "reference": entry.reference,
        "end_reason": entry.end_reason,
    }


# A whole import has one source and one moment for each batch.
_source_text = lru_cache(maxsize=256)(str)
_recorded_text = lru_cache(maxsize=256)(instant_text)


def entry_of(document: Mapping[str, Any]) -> Entry:
    """Read an entry from its JSON form; the value is trusted, it was checked before it was sealed."""
    superseded_by, ended_at, delete_on = document["superseded_by"], document["ended_at"], document["delete_on"]
    return Entry(
        id=UUID(document["id"]),
        kind=document["kind"],
        value=document["value"],
        source="person" if document["source"] == "person" else UUID(document["source"]),
        recorded_at=instant_of(document["recorded_at"]),
        recorded_by=document["recorded_by"],
        evidence=document["evidence"],
        valid_from=document["valid_from"],
        delete_on=None if delete_on is None else date.fromisoformat(delete_on),
        superseded_by=None if superseded_by is None else UUID(superseded_by),
        ended_at=None if ended_at is None else instant_of(ended_at),
        reference=document["reference"],
        end_reason=document["end_reason"],
    )


def compartment_document(entries: Iterable[Entry]) -> dict[str, Json]:
    """Return what is sealed for one compartment of one appearance; empty compartments have a document too."""
    return {"entries": [entry_document(entry) for entry in entries]}


def entries_of(document: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Read the entries of a compartment document, in the order they were written."""
    return tuple(entry_of(entry) for entry in document["entries"])
