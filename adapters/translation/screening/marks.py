"""Marks of what is invented for tests; where people's data is real it is refused, however the mark is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_INVENTED = ("synthetic", "synthetisch")


def is_test(fields: Mapping[str, object]) -> bool:
    """Say whether a record or what is around it is marked as invented.

    Marks are a field, column or attribute `test` in any capitals that is not empty and not false, and a `_note` that
    begins with SYNTHETIC.

    Args:
        fields: the outermost fields; attributes begin with "@", and are a mark even if they are empty.
    """
    return any(_is_mark(name, value) for name, value in fields.items())


def _is_mark(name: str, value: object) -> bool:
    folded = name.strip().casefold()
    if folded == "_note":
        return isinstance(value, str) and value.strip().casefold().startswith(_INVENTED)
    return folded == "@test" or (folded == "test" and bool(value))
