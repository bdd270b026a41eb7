"""Questions at the counter: most about somebody who is stored, as another office writes her."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from registry.bench.matching.people import Someone, elsewhere, people
from registry.bench.matching.seeding import appearance_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

#: Of all questions so many are about somebody who is stored.
_KNOWN: Final = 0.7


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody at the counter, and under which appearance she is stored, if she is."""

    said: Someone
    hers: UUID | None


def questions(persons: int, asked: int) -> Iterator[Question]:
    """Yield questions, the same each time: most about somebody stored, in another office's spelling."""
    chance = Random(persons)  # noqa: S311 - the same questions each time, no secret
    for stranger in range(asked):
        is_known = chance.random() < _KNOWN
        number = chance.randrange(persons) if is_known else 2 * persons + stranger
        (said,) = people(number, 1)
        yield Question(elsewhere(said, chance), appearance_of(number) if is_known else None)
