"""Languages: levels as reported (scale, code), a CEFR level only where one was established, certificates per skill."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from schemas.fields import PartialDate, StrictSchema, Text
from schemas.sections.parts import code, code_or_null, script
from schemas.sections.value import ValueSchema
from schemas.vocabularies.languages import SCALE_CODES, TAG, Cefr, LanguageSkill, Scale
from schemas.vocabularies.pathways import LiteracyLevel


class LanguageResult(StrictSchema):
    """One level a certificate or test states; a certificate may state the CEFR level beside its own scale."""

    skill = code(LanguageSkill, required=True)
    scale = code(Scale, required=True)
    code = Text(required=True, max_length=60)
    #: as the certificate writes them, for example "20 von 25"
    points = Text(max_length=30)
    cefr = code_or_null(Cefr)

    @validates_schema
    def _code_of_the_scale(self, data: Mapping[str, Any], **_: object) -> None:
        codes = SCALE_CODES.get(data["scale"])
        if codes is not None and data["code"] not in codes:
            raise ValidationError(f"The scale {data['scale']} has no such code.", "code")
        if data["scale"] == Scale.CEFR and data["cefr"] not in {None, data["code"]}:
            raise ValidationError("On the CEFR scale the code is the level.", "cefr")

    @post_load
    def _level_of_cefr(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        return data | {"cefr": data["code"]} if data["scale"] == Scale.CEFR else data


class LanguageLevel(LanguageResult):
    """One level as an office or the person reports it; words never become a CEFR level."""

    @validates_schema
    def _no_level_from_words(self, data: Mapping[str, Any], **_: object) -> None:
        if data["scale"] != Scale.CEFR and data["cefr"] is not None:
            raise ValidationError("Only the CEFR scale or a certificate states a CEFR level.", "cefr")


class LanguageCertificate(StrictSchema):
    """A certificate or test with its results, each skill on its own."""

    name = Text(required=True, max_length=200)
    issuer = Text(max_length=200)
    date = PartialDate()
    results = fields.List(
        fields.Nested(LanguageResult), required=True, validate=validate.Length(max=20, error="At most 20 results.")
    )


class LanguageValue(ValueSchema):
    """One language of a person."""

    kind: ClassVar[str] = "languages.language"

    #: BCP 47; null where the words do not decide ("Kurdisch" alone is Kurmanji or Sorani).
    language = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(TAG, error="Not a language tag (BCP 47).")
    )
    as_said = Text(required=True, max_length=100)
    levels = fields.List(
        fields.Nested(LanguageLevel), required=True, validate=validate.Length(max=20, error="At most 20 levels.")
    )
    certificates = fields.List(
        fields.Nested(LanguageCertificate),
        load_default=list,
        validate=validate.Length(max=20, error="At most 20 certificates."),
    )


class LiteracyValue(ValueSchema):
    """How well somebody reads and writes in one script."""

    kind: ClassVar[str] = "languages.literacy"

    script = script()
    level = code(LiteracyLevel, required=True)
    as_said = Text(max_length=200)
