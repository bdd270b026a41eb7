"""Lines of the log as she reads them; what she did herself several times in a row is one of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from registry.audit.events import Outcome
from registry.web import words
from registry.web.personal.permissions import in_order
from schemas.compartments import Compartment, Section, section_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from registry.audit.models import AuditLine


@dataclass(frozen=True, slots=True)
class Looked:
    """What was done with her data, by whom, when, why, on which basis."""

    at: datetime
    event: str
    agency_id: UUID | None  #: none: she herself, or the registry
    is_hers: bool
    purpose: str | None
    basis: str | None
    sections: tuple[Section, ...]
    reason: str | None  #: a marked text
    is_refused: bool
    count: int


def alike(lines: Sequence[AuditLine]) -> list[Looked]:
    """Return lines in their order; of those of her own, what follows itself is shown once, with how often."""
    shown: list[Looked] = []
    for _, group in groupby(lines, key=_sort):
        found = list(group)
        shown += [_looked(found[0], len(found))] if _is_hers(found[0]) else [_looked(one, 1) for one in found]
    return shown


def _sort(line: AuditLine) -> tuple[UUID | None, str, str]:
    return line.agency_id, line.event, line.outcome


def _is_hers(line: AuditLine) -> bool:
    return line.agency_id is None and line.session_id is not None


def _looked(line: AuditLine, count: int) -> Looked:
    sections = (section_of(Compartment(one)) for one in line.compartments)
    return Looked(
        at=line.at,
        event=line.event,
        agency_id=line.agency_id,
        is_hers=_is_hers(line),
        purpose=line.purpose,
        basis=line.basis if line.basis in words.BASES else None,
        sections=in_order(one.value for one in sections if one is not None),
        reason=words.REASONS.get(line.reason or ""),
        is_refused=line.outcome == Outcome.REFUSED,
        count=count,
    )
