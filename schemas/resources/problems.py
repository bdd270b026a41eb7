"""Refusals in the form of RFC 9457."""

from marshmallow import fields

from schemas.fields import StrictSchema


class ProblemOut(StrictSchema):
    """A problem document; the code is stable, the words may change."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String()
    errors = fields.Dict(keys=fields.String(), metadata={"description": "what is wrong with which field"})
