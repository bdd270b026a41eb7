"""Her profile as she reads it: what each source says in each section, and where two contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from registry.profiles import reading
from registry.profiles.contradictions import contradictions
from registry.web import showing
from schemas.compartments import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from registry.profiles.reading import OpenedCompartment
    from registry.web.showing import Provenance, Shown
    from registry.web.wording.values import Terms
    from schemas.compartments import Section
    from schemas.entries import Entry

_ORDER: Final = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Statement:
    """An entry with its provenance, and whether another source says otherwise."""

    id: UUID
    shown: Shown
    provenance: Provenance
    is_disputed: bool


def statements(
    opened: Sequence[OpenedCompartment], names: Mapping[UUID, str], terms: Terms
) -> dict[Section | None, list[Statement]]:
    """Return what stands in each section that has anything; what no mapping knew under None.

    Args:
        names: of offices, by id.
        terms: what codes are called.
    """
    disputed = {entry for found in contradictions(opened) for entry in found.entries}
    return {
        section: [
            Statement(
                one.id, showing.shown(one.kind, one.value, terms), showing.provenance(one, names), one.id in disputed
            )
            for one in sorted(entries, key=_place)
        ]
        for section, entries in reading.by_section(opened).items()
        if entries
    }


def _place(entry: Entry) -> int:
    """Return where an entry stands in its section: what several sources say of one thing stands together."""
    return _ORDER[entry.kind]
