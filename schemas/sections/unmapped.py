"""What no mapping knows: kept for its source and the person, shown to nobody else."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from schemas.canonical import NotCanonicalError, canonical
from schemas.fields import Text
from schemas.sections.value import ValueSchema

_CONTENT_LIMIT_BYTES = 65_536


class AnyJson(fields.Field[Any]):
    """Any JSON that has one byte form; numbers with a fraction come as text."""

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 - marshmallow's signature
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002 - marshmallow's signature
        **settings: Any,  # noqa: ANN401, ARG002 - marshmallow's signature
    ) -> Any:  # noqa: ANN401 - any JSON it is
        try:
            size_bytes = len(canonical(value))
        except NotCanonicalError as wrong:
            raise ValidationError(str(wrong)) from wrong
        if size_bytes > _CONTENT_LIMIT_BYTES:
            raise ValidationError(f"Larger than {_CONTENT_LIMIT_BYTES} bytes.")
        return value


class UnmappedValue(ValueSchema):
    """One path of a source's record with what stood there."""

    kind: ClassVar[str] = "unmapped.path"

    path = Text(required=True, max_length=500)
    content = AnyJson(required=True, allow_none=True)
