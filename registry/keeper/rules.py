"""What the keeper insists on, whatever its callers decided before."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from consent.ceilings import allowed_compartments, allowed_rights
from schemas.vocabularies.access import AgencyKind, Purpose, Right, Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from registry.wire.rows import AppearanceRow, SessionRow

#: Clocks of two processes on one machine agree better than this.
AHEAD_SECONDS = 5
#: The roles that work on cases: only they record, hand over letters and open profiles.
CASE_WORKERS = frozenset({Role.CLERK, Role.CASE_OFFICER})
#: How an appearance may be tied to the person who acts on it as her own.
HERS = frozenset({"birth", "own", "confirmed"})
#: Different profiles an officer may open (design, section 4).
PROFILES_AN_HOUR = 60
PROFILES_A_DAY = 300
#: Wrong tries before a credential is locked: an officer's for a quarter of an hour, a letter for good.
TRIES = 5
LOCK_MINUTES = 15

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """The keeper does not do it. `code` goes to the log, never to an outsider."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def insist(*, that: bool, code: str) -> None:
    """Refuse with this code unless the claim holds."""
    if not that:
        raise Refusal(code)


def is_proved(rest: Iterable[AppearanceRow], gone: AppearanceRow) -> bool:
    """Say whether one of these is beyond doubt hers from whom an appearance goes.

    Else her letter was handed over for the one that goes: it is void, and nobody can say any more whose her own words
    are, so they are destroyed with it. An appearance that stays alone is as it was born.
    """
    proving = HERS - {"own"} if gone.basis in HERS else HERS
    return any(one.basis in proving for one in rest)


@cache
def ceiling(kind: str, purpose: str) -> frozenset[str]:
    """Return the compartments an agency kind may ever get for a purpose; none for words that are not known."""
    try:
        allowed = allowed_compartments(AgencyKind(kind), Purpose(purpose))
    except ValueError:
        return frozenset()
    return frozenset(compartment.value for compartment in allowed)


@cache
def receivable(kind: str) -> frozenset[str]:
    """Return the purposes for which the own systems of this agency kind may receive what is granted."""
    return frozenset(purpose.value for purpose in Purpose if Right.RECEIVE in allowed_rights(AgencyKind(kind), purpose))


@dataclass(slots=True)
class Rates:
    """Who opened whose profile lately; a reading of the shred store, kept current."""

    opened: dict[UUID, dict[UUID, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, officer: UUID, person: UUID, now: datetime) -> bool:
        """Count an opening; True where the store must remember it.

        Raises:
            Refusal: this would be one different profile too many in an hour or a day.
        """
        with self._lock:
            known = self.opened.setdefault(officer, {})
            last = known.get(person)
            if last is not None and now - last < _HOUR:
                return False
            recent = {one: at for one, at in known.items() if now - at < _DAY}
            in_hour = sum(1 for at in recent.values() if now - at < _HOUR)
            insist(that=in_hour < PROFILES_AN_HOUR, code="rate.hour")
            insist(that=person in recent or len(recent) < PROFILES_A_DAY, code="rate.day")
            recent[person] = now
            self.opened[officer] = recent
            return True


@dataclass(slots=True)
class Sessions:
    """When each session was used last, and which were ended; idle ones end by themselves."""

    idle: timedelta
    since: datetime
    ended: set[bytes] = field(default_factory=set)
    void: set[UUID] = field(default_factory=set)  #: credentials that count no more, and with them their sessions
    restored_at: datetime | None = None  #: which sessions were ended before then was forgotten, so all of them were
    _used: dict[bytes, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def touch(self, session: SessionRow, now: datetime) -> None:
        """Count a use; one that this keeper has not seen used counts from its sign-in, or from the keeper's start.

        Raises:
            Refusal: the session was ended, has run out, or was idle for too long.
        """
        insist(that=session.id not in self.ended and session.credential_id not in self.void, code="session.ended")
        insist(that=self.restored_at is None or self.restored_at <= session.created_at, code="session.ended")
        insist(that=now < session.ends_at, code="session.expired")
        with self._lock:
            last = self._used.get(session.id) or max(session.created_at, self.since)
            insist(that=now - last <= self.idle, code="session.idle")
            self._used[session.id] = now
            if len(self._used) > 100_000:
                self._used = {known: at for known, at in self._used.items() if now - at <= self.idle}
