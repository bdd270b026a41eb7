"""Occupations and skills by what people type, and what countries and languages are called."""

from marshmallow import fields

from schemas.fields import StrictSchema
from schemas.vocabularies.terms import Relation, Scheme

_NAME_LANGUAGE = {
    "description": "of the name: the one asked for, else the next that has one; null: only the code is known"
}


class NamedTermOut(StrictSchema):
    """A term and what it is called."""

    scheme = fields.Enum(Scheme, by_value=True, required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True, allow_none=True, metadata=_NAME_LANGUAGE)


class TermOut(NamedTermOut):
    """A term that was found, and what it lies within."""

    matched = fields.String(required=True, metadata={"description": "the name by which it was found"})
    is_preferred = fields.Boolean(required=True, metadata={"description": "whether that is its preferred name"})
    dkz = fields.String(
        required=True, allow_none=True, metadata={"description": "BA's number of the title by which it was found"}
    )
    broader = fields.List(fields.Nested(NamedTermOut), required=True)


class TermsOut(StrictSchema):
    """The current terms that fit what was typed, the best first."""

    terms = fields.List(fields.Nested(TermOut), required=True)


class CrossingOut(NamedTermOut):
    """Where a term leads in another scheme."""

    relation = fields.Enum(Relation, by_value=True, required=True, metadata={"description": "the weakest on the way"})
    via = fields.List(
        fields.String(), required=True, metadata={"description": "the ISCO-08 codes on the way; empty: a direct step"}
    )


class CrossingsOut(StrictSchema):
    """Where a term leads in another scheme, the best first; `total` also counts what the limit left off."""

    total = fields.Integer(required=True)
    crossings = fields.List(fields.Nested(CrossingOut), required=True)


class CalledOut(StrictSchema):
    """What a country or language is called."""

    code = fields.String(required=True, metadata={"description": "ISO 3166-1 alpha-2, or a BCP 47 tag"})
    name = fields.String(required=True)
    language = fields.String(required=True, allow_none=True, metadata=_NAME_LANGUAGE)


class NamesOut(StrictSchema):
    """What countries and languages are called (CLDR), each by code."""

    countries = fields.List(fields.Nested(CalledOut), required=True)
    languages = fields.List(fields.Nested(CalledOut), required=True)
