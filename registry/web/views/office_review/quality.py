"""How well the registry knows people again: figures of all decisions of all offices, rounded, and not of few."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent

from registry import clock
from registry.db import Sessions
from registry.linkage.review import figures, settled
from registry.web import texts, words
from registry.web.rendering import page

if TYPE_CHECKING:
    from datetime import date

    from flask import Response

    from registry.linkage.review.figures import Fit, Share

#: About a year: so many months back goes what is told by month.
_BACK: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A share in words of the page's language, with the bounds between which it lies."""

    total: int  #: about
    is_told: bool  #: else one side of it is fewer than are told, and only the total is
    value: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence: how often it was one person, and how often the weights said so."""

    title: str  #: marked
    observed: Bounds
    predicted: str
    has_drifted: bool


def told() -> Response:
    """Tell how often the linker is right, what it misses, whether its weights fit, and what it spared people."""
    since = (clock.now() - _BACK).date().replace(day=1)
    with Sessions() as session:
        said = settled.newest(session)
        sorts = settled.sorts(session)
    counted = figures.counted(sorts)
    right = figures.precision(said)
    found = figures.recall(counted, right.get("look"))
    return page(
        "office/quality.html",
        right={grade: _bounds(right[grade]) if grade in right else None for grade in words.GRADES},
        found=_bounds(found) if found else None,
        counted={name: figures.near(count) for name, count in asdict(counted).items()},
        pieces=[_piece(fit) for fit in figures.fits(said)],
        months=[(_month(month), figures.near(linked)) for month, linked in figures.linked_by_month(sorts, since=since)],
        fewest=figures.FEWEST,
        decisions=_number(settled.DECISIONS),
        links=_number(settled.LINKS),
    )


def _bounds(share: Share) -> Bounds:
    return Bounds(
        figures.near(share.total), share.is_told, percent(share.value), percent(share.low), percent(share.high)
    )


def _piece(fit: Fit) -> Piece:
    title = words.difference(fit.code) if fit.is_difference else words.reason(fit.code)
    return Piece(title, _bounds(fit.observed), percent(fit.predicted), fit.has_drifted)


def _number(count: int) -> str:
    return format_decimal(count, locale=texts.spoken().locale)


def percent(share: float) -> str:
    """Return a share in whole percents, as the page's language writes them."""
    return format_percent(share, "#,##0\N{NO-BREAK SPACE}%", locale=texts.spoken().locale)


def _month(begins: date) -> str:
    return format_skeleton("yMMMM", begins, locale=texts.spoken().locale)
