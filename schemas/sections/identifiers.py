"""The numbers offices know a person by; each sits in a compartment of its own and none is our key."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from schemas.fields import Text
from schemas.sections.value import ValueSchema


class NumberValue(ValueSchema):
    """A number as the office writes it; other formats are warned about, never refused."""

    number = Text(required=True, max_length=60)


class AzrNumberValue(NumberValue):
    """Number in the Central Register of Foreigners: 12 digits; numbers die when records are merged."""

    kind: ClassVar[str] = "identifiers.azr"


class BamfNumberValue(NumberValue):
    """File number of BAMF's course administration or asylum file."""

    kind: ClassVar[str] = "identifiers.bamf"


class BaCustomerNumberValue(NumberValue):
    """Customer number given by BA, used by Jobcenters too (section 51a SGB II)."""

    kind: ClassVar[str] = "identifiers.ba-customer"


class BaReferenceValue(NumberValue):
    """Reference of an applicant profile at BA."""

    kind: ClassVar[str] = "identifiers.ba-reference"


class JobcenterCaseValue(NumberValue):
    """Number of a community of need or case at one Jobcenter."""

    kind: ClassVar[str] = "identifiers.jobcenter-case"


class InsuranceNumberValue(NumberValue):
    """Insurance number of the statutory pension insurance (section 147 SGB VI), known to BA and Jobcenter."""

    kind: ClassVar[str] = "identifiers.insurance"


#: Shapes seen in schemas and samples; only the AZR pattern is official (XInneres azrnummer).
_FORMATS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "identifiers.azr": re.compile(r"[0-9]{2}(0[0-9]|1[0-2])([0-2][0-9]|3[01])[0-9]{6}"),
        "identifiers.bamf": re.compile(r"[A-Z0-9][A-Z0-9/-]{4,29}"),
        "identifiers.ba-customer": re.compile(r"[0-9]{3}[A-Z][0-9]{6}"),
        "identifiers.ba-reference": re.compile(r"[0-9]{5}-[0-9A-Z]{8,24}-[A-Z]"),
        "identifiers.jobcenter-case": re.compile(r"[0-9]{5}//[0-9]{7}"),
        "identifiers.insurance": re.compile(r"[0-9]{8}[A-Z][0-9]{3}"),
    }
)


_INSURANCE_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)


def format_warnings(kind: str, value: Mapping[str, object]) -> list[str]:
    """Return what looks unusual about a number, in words without the number itself; empty when nothing does."""
    shape = _FORMATS.get(kind)
    number = value.get("number")
    if shape is None or not isinstance(number, str):
        return []
    compact = "".join(number.split())
    if not shape.fullmatch(compact):
        return [f"The number of {kind} does not have the usual form."]
    if kind == InsuranceNumberValue.kind and _insurance_digit(compact) != compact[-1]:
        return [f"The check digit of {kind} does not fit: one digit may be mistyped."]
    return []


def _insurance_digit(number: str) -> str:
    """Return the check digit of an insurance number (section 2 VKVV): digits weighted, their cross sums modulo 10."""
    letter = f"{ord(number[8]) - ord('A') + 1:02d}"
    digits = number[:8] + letter + number[9:11]
    products = (int(digit) * weight for digit, weight in zip(digits, _INSURANCE_WEIGHTS, strict=True))
    return str(sum(sum(divmod(product, 10)) for product in products) % 10)
