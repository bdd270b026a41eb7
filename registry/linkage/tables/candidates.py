"""Who shares keys with a question: the keys' bearers by one statement, those worth comparing by a second.

Bearers are counted here and not in the database: a question meets thousands, and numpy adds them up in a tenth of the
time that grouping rows takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from registry.statements import Database

#: A key that more identities share than this says nothing; so many of them are looked at.
MOST_POSTINGS: Final = 600
#: A question with very many keys looks at so many identities in all, but at so many of each key at the least.
MOST_LOOKED_AT: Final = 12_000
LEAST_POSTINGS: Final = 100
#: Of those found, so many are compared: those that share the most and the rarest keys.
MOST_CANDIDATES: Final = 40
#: Whoever shares less is not compared: 0.4 is one key that ten people share, or two that 150 share.
LEAST_SHARED: Final = 0.4
#: Nor whoever shares less than this part of what the first of them shares. Among a million made-up people nobody was
#: lost by it who would have been found, and half as many are compared.
LEAST_PART: Final = 0.4

# What PostgreSQL sends of an array: how many dimensions, a flag, a type, length and lower bound, then each element.
_EMPTY_BYTES, _HEAD_BYTES = 12, 20
_ELEMENT = np.dtype([("bytes", ">i4"), ("handle", ">i8")])
_IS_WAITING: Final = "SELECT EXISTS(SELECT FROM linkage_arrival)"
_BEARERS: Final = """
    SELECT array_send(ARRAY(
        SELECT handle FROM linkage.token WHERE token.token = wanted.token LIMIT %(most)s
    ))
    FROM unnest(%(tokens)s::bigint[]) WITH ORDINALITY AS wanted (token, place) ORDER BY place"""
_STORED: Final = """
    SELECT stored.handle, known.appearance_id, appearance.person_id, stored.at, stored.key_version, stored.sealed
    FROM linkage.identity AS stored
    JOIN linkage_handle AS known ON known.handle = stored.handle
    JOIN appearance ON appearance.bucket = known.bucket AND appearance.id = known.appearance_id
    WHERE stored.handle = ANY(%(handles)s::bigint[])"""
_OWNERS: Final = """
    SELECT asked.id, asked.person_id, ARRAY(
        SELECT handle FROM appearance AS hers
        JOIN linkage_handle AS known ON known.bucket = hers.bucket AND known.appearance_id = hers.id
        WHERE hers.person_id = asked.person_id
    )
    FROM unnest(%(ids)s::uuid[]) AS wanted (id)
    JOIN appearance AS asked ON asked.bucket = get_byte(uuid_send(wanted.id), 0) AND asked.id = wanted.id"""


class Owner(NamedTuple):
    """Whose an appearance is, and the handles of all that is hers."""

    person_id: UUID
    handles: Sequence[int]


#: Of a question about nobody who is stored.
NOBODY: Final = Owner(UUID(int=0), ())


class Candidate(NamedTuple):
    """Somebody who is worth comparing."""

    handle: int
    appearance_id: UUID
    person_id: UUID
    at: datetime
    key_version: int
    sealed: bytes


def is_waiting(database: Database) -> bool:
    """Say whether anything has arrived that is not taken in yet."""
    return bool(database.fetch(_IS_WAITING)[0][0])


def candidates(
    database: Database, questions: Sequence[Collection[int]], askers: Sequence[Owner]
) -> list[list[Candidate]]:
    """Return for each question those who share the most with it, the best first.

    Args:
        questions: the keys of each.
        askers: about whom each is; what is hers already is not found, and nobody is measured by it.
    """
    keys = list({key for some in questions for key in some})
    if not keys:
        return [[] for _ in questions]
    most = min(MOST_POSTINGS, max(LEAST_POSTINGS, MOST_LOOKED_AT * len(questions) // len(keys)))
    sent = database.fetch(_BEARERS, {"tokens": keys, "most": most})
    bearers = {key: handles_of(one) for key, (one,) in zip(keys, sent, strict=True)}
    best = [
        best_of([bearers[key] for key in dict.fromkeys(some)], without=asker.handles)
        for some, asker in zip(questions, askers, strict=True)
    ]
    wanted = list({handle for some in best for handle in some})
    rows = database.fetch(_STORED, {"handles": wanted}) if wanted else []
    stored = {row[0]: Candidate(*row) for row in rows}
    return [[stored[handle] for handle in some if handle in stored] for some in best]


def owners(database: Database, appearances: Collection[UUID]) -> dict[UUID, Owner]:
    """Return whose these appearances are, as far as they are there."""
    rows = database.fetch(_OWNERS, {"ids": list(appearances)}) if appearances else []
    return {appearance: Owner(person, handles) for appearance, person, handles in rows}


def handles_of(sent: bytes) -> NDArray[np.int64]:
    """Return the elements of an array of bigints as `array_send` writes it."""
    offset = _HEAD_BYTES if len(sent) > _EMPTY_BYTES else len(sent)
    return np.frombuffer(sent, _ELEMENT, offset=offset)["handle"].astype(np.int64)


def best_of(bearers: Sequence[NDArray[np.int64]], *, without: Collection[int] = ()) -> list[int]:
    """Return the handles that are borne out by the most and the rarest keys.

    Args:
        bearers: of each key.
        without: these do not count.
    """
    if not bearers:
        return []
    counts = np.array([len(some) for some in bearers])
    handles, places = np.unique(np.concatenate(bearers), return_inverse=True)
    shared = np.bincount(places, np.repeat(1 / np.log(2 + counts), counts))
    if without:
        others = np.isin(handles, list(without), invert=True)
        handles, shared = handles[others], shared[others]
    if not len(handles):
        return []
    worth = np.flatnonzero(shared >= max(LEAST_SHARED, LEAST_PART * shared.max()))
    order = worth[np.lexsort((handles[worth], -shared[worth]))]
    best: list[int] = handles[order[:MOST_CANDIDATES]].tolist()
    return best
