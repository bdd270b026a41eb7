"""The published contracts: JSON Schema (2020-12) of every entry value and resource, made from the code.

`python -m schemas.published` writes them anew. A change of meaning gets a new version beside the old file.
Rules between fields are not expressible here; a document that fits a contract can still be refused for them.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, fields, validate

from schemas.entries import VALUE_SCHEMAS, EntryIn, EntryOut
from schemas.fields import Instant, PartialDate, Text
from schemas.resources import grants, links, me, persons, problems, profiles, requests, sessions, terms
from schemas.sections.unmapped import AnyJson

DIRECTORY = Path(__file__).parent / "contracts"

_RESOURCES: Mapping[str, type[Schema]] = MappingProxyType(
    {
        "entry-in": EntryIn,
        "entry-out": EntryOut,
        "session-in": sessions.SessionIn,
        "session-out": sessions.SessionOut,
        "sign-in-challenge-in": sessions.SignInChallengeIn,
        "challenge-in": sessions.ChallengeIn,
        "challenge-out": sessions.ChallengeOut,
        "passkey-in": sessions.PasskeyIn,
        "passkeys-out": sessions.PasskeysOut,
        "removal-in": sessions.RemovalIn,
        "agency-out": sessions.AgencyOut,
        "draft-in": grants.DraftIn,
        "draft-out": grants.DraftOut,
        "grant-in": grants.GrantIn,
        "notice-out": grants.NoticeOut,
        "grant-out": grants.GrantOut,
        "profile-out": profiles.ProfileOut,
        "person-in": persons.PersonIn,
        "person-out": persons.PersonOut,
        "compartment-in": persons.CompartmentIn,
        "compartment-out": persons.CompartmentOut,
        "letter-in": persons.LetterIn,
        "letter-out": persons.LetterOut,
        "problem-out": problems.ProblemOut,
        "log-line-out": me.LogLineOut,
        "me-out": me.MeOut,
        "own-profile-out": me.OwnProfileOut,
        "own-entry-in": me.OwnEntryIn,
        "own-entry-out": me.OwnEntryOut,
        "own-entries-out": me.OwnEntriesOut,
        "grants-out": me.GrantsOut,
        "log-out": me.LogOut,
        "agencies-out": me.AgenciesOut,
        "match-in": links.MatchIn,
        "matches-out": links.MatchesOut,
        "hint-in": links.HintIn,
        "hint-out": links.HintOut,
        "proposals-out": links.ProposalsOut,
        "decision-in": links.DecisionIn,
        "own-appearances-out": links.OwnAppearancesOut,
        "confirmation-in": links.ConfirmationIn,
        "separation-in": links.SeparationIn,
        "given-back-out": links.GivenBackOut,
        "answer-in": links.AnswerIn,
        "meanwhile-out": links.MeanwhileOut,
        "questions-out": links.QuestionsOut,
        "request-in": requests.RequestIn,
        "request-out": requests.RequestOut,
        "requests-out": requests.RequestsOut,
        "office-request-out": requests.OfficeRequestOut,
        "office-requests-out": requests.OfficeRequestsOut,
        "feed-out": requests.FeedOut,
        "terms-out": terms.TermsOut,
        "crossings-out": terms.CrossingsOut,
        "names-out": terms.NamesOut,
    }
)
#: The first field class that fits decides; subclasses therefore stand before their bases.
_SHAPES: tuple[tuple[type[fields.Field[Any]], Mapping[str, object]], ...] = (
    (AnyJson, {}),
    (PartialDate, {"type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}),
    (Instant, {"type": "string", "format": "date-time"}),
    (fields.UUID, {"type": "string", "format": "uuid"}),
    (fields.Date, {"type": "string", "format": "date"}),
    (fields.String, {"type": "string"}),
    (fields.Boolean, {"type": "boolean"}),
    (fields.Integer, {"type": "integer"}),
    (fields.Dict, {"type": "object"}),
)


def contracts() -> dict[str, dict[str, object]]:
    """Return every published contract by its file name."""
    named: dict[str, type[Schema]] = {
        f"entry-{kind.replace('.', '-')}": schema for kind, schema in VALUE_SCHEMAS.items()
    }
    named.update(_RESOURCES)
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {f"{name}.v1.json": {**dialect, "title": name, **_object(schema())} for name, schema in named.items()}


def contract_text(contract: Mapping[str, object]) -> str:
    """Return a contract as its file holds it."""
    return json.dumps(contract, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write(directory: Path) -> None:
    """Write all contracts into a directory."""
    for name, contract in contracts().items():
        (directory / name).write_text(contract_text(contract), encoding="utf-8")


def _object(schema: Schema) -> dict[str, object]:
    return {
        "type": "object",
        "description": (type(schema).__doc__ or "").strip().partition("\n")[0],
        "additionalProperties": False,
        "properties": {name: _field(field) for name, field in sorted(schema.fields.items())},
        "required": sorted(name for name, field in schema.fields.items() if field.required),
    }


def _field(field: fields.Field[Any]) -> dict[str, object]:
    shape = _shape(field)
    for key, value in _limits(field):
        shape[key] = value
    if "description" in field.metadata:
        shape["description"] = field.metadata["description"]
    return {"anyOf": [shape, {"type": "null"}]} if field.allow_none and shape else shape


def _shape(field: fields.Field[Any]) -> dict[str, object]:
    if isinstance(field, fields.Nested):
        return _object(field.schema)
    if isinstance(field, fields.List):
        return {"type": "array", "items": _field(field.inner)}
    if isinstance(field, fields.Enum):
        return {"type": "string", "enum": sorted(member.value for member in field.enum)}
    for field_class, shape in _SHAPES:
        if isinstance(field, field_class):
            return dict(shape)
    raise TypeError(f"No contract form for {type(field).__name__}.")


def _limits(field: fields.Field[Any]) -> Iterator[tuple[str, object]]:
    if isinstance(field, Text):
        yield "minLength", 1
        yield "maxLength", field.max_length
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            yield "enum", sorted(rule.choices)
        elif isinstance(rule, validate.Regexp):
            yield "pattern", "^" + str(rule.regex.pattern).removeprefix("^").replace("\\Z", "$")
        elif isinstance(rule, validate.Range):
            yield "minimum", rule.min
            yield "maximum", rule.max
        elif isinstance(rule, validate.Length):
            ends = ("minItems", "maxItems") if isinstance(field, fields.List) else ("minLength", "maxLength")
            yield from (
                (end, limit) for end, limit in zip(ends, (rule.min, rule.max), strict=True) if limit is not None
            )


if __name__ == "__main__":
    write(DIRECTORY)
