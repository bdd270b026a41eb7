"""The base of every entry value: strict, and named after its entry kind."""

from typing import ClassVar

from schemas.fields import StrictSchema


class ValueSchema(StrictSchema):
    """The value of one entry kind; loading it returns a JSON document, ready to be sealed."""

    #: The entry kind, a key of schemas.compartments.KINDS; by it the field belongs to exactly one compartment.
    kind: ClassVar[str]
