"""What a wrap was seen to open, as it is remembered beside the secret that opened it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from registry.crypto.envelope import Fitted
    from registry.wire.rows import WrapRow

#: All columns of a wrap, of ids their numbers.
Columns: TypeAlias = "tuple[tuple[int, ...], tuple[object, ...]]"


@dataclass(frozen=True, slots=True)
class Known:
    """What a wrap was seen to open."""

    wrap: WrapRow
    columns: Columns  #: of the wrap
    holder: str  #: its agency, as that one's keys are named
    at: tuple[object, ...]  #: where the document lies
    fitted: Fitted = field(repr=False)
