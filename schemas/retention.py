"""How long a statement may be kept: the law's limits by who said it and what it is, and the day an entry is due.

The limits are facts of the norms named beside them; where none is named, only the supplier's own date counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Protocol

from schemas.vocabularies.access import AgencyKind

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Midnight in winter time: in summer a day begins an hour late here, so nothing is ever deleted before its day.
_MIDNIGHT = timezone(timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Preset:
    """The most a norm allows, in years from the day the statement came to the registry."""

    years: int
    named_years: int  # the most where the supplier names a day itself
    norm: str


#: Section 8(6) IntV: names and birth date of integration courses go after ten years at the latest.
_COURSE_PERSON = Preset(10, 10, "§ 8 Abs. 6 IntV")
#: Section 8(6) IntV: everything else of integration courses after five; section 26(3) DeuFöV says five for job German.
_COURSE = Preset(5, 5, "§ 8 Abs. 6 IntV, § 26 Abs. 3 DeuFöV")
#: The Ausländerzentralregister sends such items with a deletion day of each; that day is what the law says of them
#: (section 36 AZRG; section 18 AZRG-DV: ten years after leaving). Where none came, it can be a course's, see above.
_REGISTER_ITEM = Preset(5, 10, "§ 36 AZRG, § 18 AZRG-DV; § 8 Abs. 6 IntV")

_PERSON_KINDS = frozenset({"identity.name", "identity.birth-date"})
#: What the AZR keeps as data for job placement (Arbeitsvermittlungsdaten: kinds 01 to 05 and the recognition of them).
_REGISTER_SECTIONS = frozenset({"languages", "education", "work", "recognition"})


class Statement(Protocol):
    """What an entry's life depends on."""

    @property
    def id(self) -> str | None:
        """Return what others call it that were superseded by it."""

    @property
    def kind(self) -> str:
        """Return its entry kind."""

    @property
    def recorded_at(self) -> datetime | None:
        """Return when it came to the registry."""

    @property
    def delete_on(self) -> date | None:
        """Return the day that its supplier named."""

    @property
    def superseded_by(self) -> str | None:
        """Return the id of what took its place."""


def due_days(statements: Sequence[Statement], agency: str | None) -> list[date | None]:
    """Return for each entry of a compartment the day on which it is to be deleted; None: none is set.

    An entry's own day is its supplier's or the law's, whichever comes first. History does not outlive what took its
    place: else a day moved forward by its supplier would leave the same words behind until the day before.

    Args:
        statements: all entries of one compartment of one source, standing or history.
        agency: the kind of the source; None where it is the person herself.
    """
    own = {at: _own_day(one, agency) for at, one in enumerate(statements)}
    if all(day is None for day in own.values()):
        return [None] * len(statements)
    at_id: dict[str | None, int] = {one.id: at for at, one in enumerate(statements) if one.id is not None}
    days: list[date | None] = []
    for at in own:
        line, step = {at}, at_id.get(statements[at].superseded_by)
        while step is not None and step not in line:
            line.add(step)
            step = at_id.get(statements[step].superseded_by)
        days.append(min((day for one in line if (day := own[one]) is not None), default=None))
    return days


def preset(agency: str | None, kind: str) -> Preset | None:
    """Return the limit for what this sort of office says in an entry of this kind; None where no norm names years.

    Args:
        agency: the office's kind; None where the person herself says it: nothing but her own word limits that.
        kind: an entry kind, such as "pathway.course".
    """
    if agency != AgencyKind.BAMF:
        return None
    if kind in _PERSON_KINDS:
        return _COURSE_PERSON
    return _REGISTER_ITEM if kind.partition(".")[0] in _REGISTER_SECTIONS else _COURSE


def due_day(limit: Preset | None, received: date, named: date | None) -> date | None:
    """Return the day on which an entry is to be deleted: the supplier's or the law's, whichever comes first.

    Args:
        received: the day on which the statement came to the registry.
        named: the day that its supplier named; None where it named none.
    """
    if limit is None:
        return named
    return years_after(received, limit.years) if named is None else min(named, years_after(received, limit.named_years))


def years_after(day: date, years: int) -> date:
    """Return the same day years later; the end of February where that year has no 29th, so never later."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def day_of(moment: datetime) -> date:
    """Return which day it is in Germany; in summer the new day begins at one o'clock."""
    return moment.astimezone(_MIDNIGHT).date()


def _own_day(one: Statement, agency: str | None) -> date | None:
    limit = preset(agency, one.kind)
    if limit is None or one.recorded_at is None:
        return one.delete_on
    return due_day(limit, day_of(one.recorded_at), one.delete_on)
