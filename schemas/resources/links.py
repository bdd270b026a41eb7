"""Who is who: questions at the counter, proposals, and what belongs to a person."""

from marshmallow import fields, validate

from schemas.compartments import Section
from schemas.entries import EntryIn, EntryOut
from schemas.fields import Instant, StrictSchema, Text
from schemas.resources.sessions import ProofIn
from schemas.vocabularies.access import GROUNDS, Ground, Verdict


class MatchIn(StrictSchema):
    """Whom an office is about to record: surname, given name and birth date, or a number; nothing else is asked for."""

    entries = fields.List(fields.Nested(EntryIn), required=True, validate=validate.Length(min=1, max=20))


class ReasonOut(StrictSchema):
    """One piece of evidence, as code and in words; never a value."""

    code = fields.String(required=True, metadata={"description": "code:attribute:level"})
    words = fields.String(required=True)


class MatchOut(StrictSchema):
    """Somebody who may be the same person."""

    id = fields.String(required=True, metadata={"description": "opaque; good for five minutes"})
    grade = fields.String(required=True, validate=validate.OneOf(["known", "look"]))
    reasons = fields.List(fields.Nested(ReasonOut), required=True)
    differences = fields.List(fields.String(), required=True)


class MatchesOut(StrictSchema):
    """At most five, the best first; none means that nobody like that is known."""

    matches = fields.List(fields.Nested(MatchOut), required=True)


class HintIn(StrictSchema):
    """Which match to show masked values of."""

    match = Text(required=True, max_length=4000)


class HintValueOut(StrictSchema):
    """A masked value."""

    kind = fields.String(required=True)
    masked = fields.String(required=True)


class HintOut(StrictSchema):
    """First letters of names, parts of the birth date; that they were shown is in her list."""

    values = fields.List(fields.Nested(HintValueOut), required=True)


class ProposalOut(StrictSchema):
    """A proposal that the own office can settle."""

    id = fields.UUID(required=True)
    at = Instant(required=True)
    grade = fields.String(required=True)
    appearance = fields.UUID(required=True)
    other = fields.UUID(required=True)
    reasons = fields.List(fields.Nested(ReasonOut), required=True)
    differences = fields.List(fields.String(), required=True)


class ProposalsOut(StrictSchema):
    """A piece of the open proposals, the newest first; `next` is the cursor of the piece after it."""

    links = fields.List(fields.Nested(ProposalOut), required=True)
    next = fields.String(required=True, allow_none=True)


class DecisionIn(StrictSchema):
    """The same person, or two, and on what that rests."""

    same = fields.Boolean(required=True, truthy={True}, falsy={False})
    ground = fields.Enum(Ground, by_value=True, validate=validate.OneOf(GROUNDS[Verdict.SAME]))


class OwnAppearanceOut(StrictSchema):
    """What one source keeps about the person; one that was only linked she can confirm or give back."""

    id = fields.UUID(required=True)
    source = fields.String(required=True, metadata={"description": 'the id of an agency, or "person"'})
    since = fields.Date(required=True)
    is_mine = fields.Boolean(required=True)
    reasons = fields.List(fields.Nested(ReasonOut), required=True)


class OwnAppearancesOut(StrictSchema):
    """All sources that keep something about the person."""

    appearances = fields.List(fields.Nested(OwnAppearanceOut), required=True)


class ConfirmationIn(StrictSchema):
    """A yes to "this is me", proved by PIN and an unused numbered code of the letter, or by a passkey."""

    proof = fields.Nested(ProofIn, required=True)


class SeparationIn(StrictSchema):
    """That two appearances are two people; what she confirmed takes the session of a second officer."""

    approval = Text(max_length=100, load_only=True)


class AnswerIn(StrictSchema):
    """What she takes back of what she said herself while a record was linked to her; everything else she keeps."""

    take_back = fields.List(fields.UUID(), required=True, validate=validate.Length(max=2000))


class MeanwhileOut(StrictSchema):
    """What she said herself since a record was linked to her, and still says."""

    since = Instant(required=True)
    entries = fields.List(fields.Nested(EntryOut), required=True)


class QuestionOut(StrictSchema):
    """A link that ended: does what she said herself meanwhile still count?"""

    link = fields.UUID(required=True)
    source = fields.UUID(required=True, metadata={"description": "the agency that keeps the record"})
    since = Instant(required=True)
    until = Instant(required=True)
    ended_by = fields.String(required=True, validate=validate.OneOf(["person", "officer"]))
    entries = fields.List(fields.Nested(EntryOut), required=True)


class QuestionsOut(StrictSchema):
    """All that waits for her answer, the oldest first."""

    questions = fields.List(fields.Nested(QuestionOut), required=True)


class GivenBackOut(StrictSchema):
    """Whose the appearance is now."""

    person = fields.UUID(required=True)


class ContradictionOut(StrictSchema):
    """A question to which sources give answers that have nothing in common; the entries stand side by side."""

    section = fields.Enum(Section, by_value=True, required=True, allow_none=True)
    question = fields.String(required=True)
    entries = fields.List(fields.UUID(), required=True)
