"""A proposal as its page shows it: attribute by attribute, and weight by weight."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from registry.linkage.comparison.weights import KNOWN_BITS, LOOK_BITS
from registry.web import showing
from registry.web.rendering import theirs
from registry.web.texts import mark
from registry.web.wording.kinds import KINDS
from registry.web.words import WEIGHTS, difference, reason
from registry.wire.linking import reasons_in, weights_in
from schemas.compartments import KINDS as COMPARTMENT_OF
from schemas.compartments import Compartment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from markupsafe import Markup

    from registry.profiles.reading import OpenedCompartment

#: What every record can say, by attribute of the linker: title, kind of entry, and part of its value where it has some.
_ALWAYS: Final[Mapping[str, tuple[str, str, str | None]]] = {
    "family-name": (mark("Family name"), "identity.name", "family"),
    "given-name": (mark("Given names"), "identity.name", "given"),
    "birth-date": (KINDS["identity.birth-date"], "identity.birth-date", None),
    "sex": (KINDS["identity.sex"], "identity.sex", None),
    "nationality": (KINDS["identity.nationality"], "identity.nationality", None),
    "birth-place": (KINDS["identity.birth-place"], "identity.birth-place", None),
}
_MOVED: Final = mark("Names in the other field")
_NUMBER: Final = mark("Number at an office")
#: So wide is the drawing, in its own units.
WIDTH: Final = 1000


@dataclass(frozen=True, slots=True)
class Compared:
    """One attribute: what our own records say, and what comparing them said."""

    title: str  #: marked
    values: tuple[Sequence[Markup], ...]  #: of each record of our own
    state: str  #: same | similar | differs | silent
    said: tuple[str, ...]  #: marked


@dataclass(frozen=True, slots=True)
class Step:
    """One weight of the sum, and where it is drawn."""

    title: str  #: marked
    bits: int
    sum: int  #: with all before it
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Fall:
    """The sum from its start to its end, drawn as a waterfall; `x` counts from the side where reading begins."""

    steps: tuple[Step, ...]
    total: int
    look: int
    known: int
    look_x: int
    known_x: int


def compared(
    texts: Iterable[str], differences: Sequence[str], own: Sequence[Sequence[OpenedCompartment]]
) -> list[Compared]:
    """Return all attributes, those first that every record can have.

    Args:
        texts: reasons as the row keeps them.
        own: what was opened of each record of our own.
    """
    reasons: dict[str, list[str]] = {}
    for text in reasons_in(texts):
        reasons.setdefault(text.split(":")[1], []).append(text)
    further = [one for one in (*reasons, *differences) if one not in _ALWAYS]
    return [
        Compared(
            _title(attribute),
            tuple(_values(attribute, opened) for opened in own),
            _state(reasons.get(attribute, []), is_different=attribute in differences),
            (*map(reason, reasons.get(attribute, [])), *([difference(attribute)] if attribute in differences else [])),
        )
        for attribute in dict.fromkeys((*_ALWAYS, *further))
    ]


def needed(texts: Iterable[str], differences: Iterable[str]) -> frozenset[Compartment]:
    """Return which compartments say what was compared; of numbers only those that both sides have."""
    numbers = {f"identifiers.{one}" for one in (*(text.split(":")[1] for text in reasons_in(texts)), *differences)}
    kinds = {kind for _, kind, _ in _ALWAYS.values()} | numbers
    return frozenset(COMPARTMENT_OF[kind] for kind in kinds if kind in COMPARTMENT_OF)


def fall(texts: Iterable[str]) -> Fall | None:
    """Return the sum of the weights; None for a proposal of before they were kept."""
    weights = weights_in(texts)
    if not weights:
        return None
    look, known = int(LOOK_BITS), int(KNOWN_BITS)
    sums = list(accumulate((one.bits for one in weights), initial=0))
    low, high = min(*sums, look), max(*sums, known)
    steps = tuple(
        Step(_weight_title(one.name), one.bits, after, _at(min(before, after), low, high), _wide(one.bits, low, high))
        for one, before, after in zip(weights, sums[:-1], sums[1:], strict=True)
    )
    return Fall(steps, sums[-1], look, known, _at(look, low, high), _at(known, low, high))


def _at(bits: int, low: int, high: int) -> int:
    return round((bits - low) / (high - low) * WIDTH)


def _wide(bits: int, low: int, high: int) -> int:
    return max(round(abs(bits) / (high - low) * WIDTH), 2)  # what weighs nothing is a line


def _weight_title(name: str) -> str:
    return WEIGHTS.get(name) or _title(name)


def _title(attribute: str) -> str:
    if attribute in _ALWAYS:
        return _ALWAYS[attribute][0]
    return _MOVED if attribute == "name" else KINDS.get(f"identifiers.{attribute}", _NUMBER)


def _state(reasons: Sequence[str], *, is_different: bool) -> str:
    if is_different:
        return "differs"
    if not reasons:
        return "silent"
    return "same" if all(one.startswith("agrees:") and one.endswith(":exact") for one in reasons) else "similar"


def _values(attribute: str, opened: Iterable[OpenedCompartment]) -> list[Markup]:
    _, kind, part = _ALWAYS.get(attribute, ("", f"identifiers.{attribute}", None))
    values = [entry.value for one in opened for entry in one.current if entry.kind == kind]
    return list(dict.fromkeys(found for one in values if (found := _value(kind, part, one)) is not None))


def _value(kind: str, part: str | None, value: Mapping[str, Any]) -> Markup | None:
    if part is None:
        return showing.shown(kind, value).title
    return theirs(value[part]) if value.get(part) else None
