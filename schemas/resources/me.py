"""What somebody who signed in reads about herself, and the lists around it."""

from marshmallow import fields, validate

from schemas.compartments import Section
from schemas.entries import EntryIn, EntryOut
from schemas.fields import Instant, SortedEnums, StrictSchema
from schemas.herself import STATABLE
from schemas.resources.grants import GrantOut
from schemas.resources.links import ContradictionOut
from schemas.resources.sessions import AgencyOut
from schemas.vocabularies.access import ActorKind, Basis, Purpose, Role


class MeOut(StrictSchema):
    """Who the session belongs to."""

    kind = fields.Enum(ActorKind, by_value=True, required=True)
    actor = fields.UUID(required=True)
    agency = fields.Nested(AgencyOut, required=True, allow_none=True)
    roles = fields.List(fields.Enum(Role, by_value=True), required=True)


class OwnSectionOut(StrictSchema):
    """One section of the own profile, with what every source said."""

    section = fields.Enum(Section, by_value=True, required=True)
    entries = fields.List(fields.Nested(EntryOut), required=True)


class OwnProfileOut(StrictSchema):
    """Everything that is kept about the person, for herself; unmapped is what no mapping knows yet."""

    person = fields.UUID(required=True)
    sections = fields.List(fields.Nested(OwnSectionOut), required=True)
    unmapped = fields.List(fields.Nested(EntryOut), required=True)
    contradictions = fields.List(fields.Nested(ContradictionOut), required=True)


class GrantsOut(StrictSchema):
    """A piece of what a person ever granted, the newest first; `next` is the cursor of the piece after it."""

    grants = fields.List(fields.Nested(GrantOut), required=True)
    next = fields.String(required=True, allow_none=True)


class LogLineOut(StrictSchema):
    """Who did what with the person's data, when and why; officers stay unnamed."""

    at = Instant(required=True)
    event = fields.String(required=True)
    agency = fields.UUID(required=True, allow_none=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True, allow_none=True)
    sections = SortedEnums(fields.Enum(Section, by_value=True), required=True)
    basis = fields.Enum(Basis, by_value=True, required=True, allow_none=True)
    outcome = fields.String(required=True)


class LogOut(StrictSchema):
    """A piece of the lines about a person, the newest first; `next` is the cursor of the piece after it."""

    lines = fields.List(fields.Nested(LogLineOut), required=True)
    next = fields.String(required=True, allow_none=True)


class AgenciesOut(StrictSchema):
    """The offices that something can be granted to, by name."""

    agencies = fields.List(fields.Nested(AgencyOut), required=True)


class OwnEntryIn(EntryIn):
    """What a person states herself: what she knows best, and nothing that decides who she is."""

    class Meta(EntryIn.Meta):
        """It rests on her own word, and no office calls it anything."""

        exclude = ("evidence", "reference")

    kind = fields.String(
        required=True, validate=validate.OneOf(STATABLE, error="An office says this, or there is no such entry kind.")
    )


class UnseeingOut(StrictSchema):
    """A grant that opens nothing of what she says herself, because it was given before she said anything."""

    id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True)


class OwnEntryOut(StrictSchema):
    """An entry of hers; `version` is the ETag to name in the next change of it."""

    entry = fields.Nested(EntryOut, required=True)
    version = fields.Integer(required=True, strict=True)
    unseen_by = fields.List(
        fields.Nested(UnseeingOut),
        required=True,
        metadata={
            "description": "grants that hold and do not open what she says herself; give another one to share it"
        },
    )


class VersionedEntryOut(StrictSchema):
    """An entry of hers in a list."""

    entry = fields.Nested(EntryOut, required=True)
    version = fields.Integer(required=True, strict=True)


class OwnEntriesOut(StrictSchema):
    """What she says herself now."""

    entries = fields.List(fields.Nested(VersionedEntryOut), required=True)
    unseen_by = fields.List(fields.Nested(UnseeingOut), required=True)
