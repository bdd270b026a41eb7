"""A person looks who looked; that she did is a line too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.audit import log
from registry.audit.events import Event
from registry.db import Sessions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from registry.actors import PersonActor
    from registry.audit.models import AuditLine
    from registry.edge.pieces import Piece


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of the lines about a person, the newest first."""

    lines: Sequence[AuditLine]
    following: str | None  #: cursor of the next piece
    begins: datetime  #: moment of the oldest line that there is


def log_of(person: PersonActor, piece: Piece, *, now: datetime) -> Page:
    """Return a piece of the lines about a person, for herself."""
    with Sessions.begin() as session:
        log.record(session, log.Line(event=Event.LOG_READ, persons=(person.id,)), person, now=now)
        found = log.lines_about(session, person.id, limit=piece.fetched, before=piece.before)
        begins = log.first_about(session, person.id) or now
        session.expunge_all()
    lines, following = piece.cut(found, lambda line: (line.at, line.id))
    return Page(lines, following, begins)
