"""The identities that can be found: taken in from arrivals, looked up by keys, compared one by one."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from sqlalchemy import text

from registry.crypto import envelope
from registry.crypto.derivation import sub_key
from registry.crypto.errors import CryptoError
from registry.db import bucket_of, copy_rows
from registry.folding.identity import Identity
from registry.linkage import blocking, score
from registry.linkage.comparison.frequency import Frequencies
from registry.linkage.models import LinkageIdentity, LinkageToken
from registry.wire import linking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.linkage.score import Comparison
    from registry.wire.linking import Query

    _Known: TypeAlias = "tuple[State, Identity[int]]"

log = logging.getLogger(__name__)

#: Said once by each linker that meets an identity its key does not open.
KEY_LOST = (
    "linker.key-is-another: this LINKER_KEY_FILE does not open who was recorded before. Put the file of before back and"
    " start anew; README, Who is who, says who is not found until then."
)

#: A key that more appearances share than this says nothing; so many of them are looked at.
MOST_POSTINGS = 600
#: Of those found, so many are compared: those that share the most and the rarest keys.
MOST_CANDIDATES = 40
#: Whoever shares less is not compared: 0.4 is one key that ten people share, or two that 150 share.
LEAST_SHARED = 0.4
#: Identities held open in memory, which spares opening them again; dropped when frequencies are learned anew.
MOST_REMEMBERED = 20_000
#: Arrivals taken in with one transaction.
CHUNK = 500
#: Frequencies are counted from so many identities at start; ids are random, so the first of them are a fair sample.
SAMPLE = 100_000
_IDENTITY = msgspec.msgpack.Decoder(Identity[int])

_WAITING = text("SELECT appearance_id, sealed FROM linkage_arrival LIMIT :chunk")
_IDENTITY_COLUMNS = ("bucket", "appearance_id", "at", "key_version", "sealed")
_TOKEN_COLUMNS = ("bucket", "appearance_id", "token")
_IDS = "SELECT get_byte(uuid_send(id), 0), id FROM unnest(cast(:ids AS uuid[])) AS wanted (id)"
_BEFORE = text(f"""
    SELECT appearance_id, at, key_version, sealed FROM linkage_identity WHERE (bucket, appearance_id) IN ({_IDS})
""")  # noqa: S608 - a constant
_FORGET = text(f"DELETE FROM linkage_token WHERE (bucket, appearance_id) IN ({_IDS})")  # noqa: S608 - a constant
#: Only what was read: an identity that was announced anew meanwhile stays.
_TAKE_OFF = text("""
    DELETE FROM linkage_arrival USING unnest(cast(:ids AS uuid[]), cast(:sealed AS bytea[])) AS taken (id, sealed)
    WHERE bucket = get_byte(uuid_send(id), 0) AND appearance_id = id AND linkage_arrival.sealed = taken.sealed
""")
_KEEP = text("""
    INSERT INTO linkage_identity (bucket, appearance_id, at, key_version, sealed)
    SELECT get_byte(uuid_send(id), 0), id, at, version, sealed
    FROM unnest(cast(:ids AS uuid[]), cast(:ats AS timestamptz[]), cast(:versions AS int[]), cast(:sealed AS bytea[]))
        AS fresh (id, at, version, sealed)
    ON CONFLICT (bucket, appearance_id)
        DO UPDATE SET at = excluded.at, key_version = excluded.key_version, sealed = excluded.sealed
""")
_POSTINGS = text("""
    SELECT wanted.at, array_agg(posting.appearance_id)
    FROM unnest(cast(:tokens AS bigint[])) WITH ORDINALITY AS wanted (token, at)
    CROSS JOIN LATERAL (
        SELECT appearance_id FROM linkage_token WHERE linkage_token.token = wanted.token LIMIT :most
    ) AS posting
    GROUP BY wanted.at
""")
_WHO = text(f"""
    SELECT id, person_id, at, key_version
    FROM appearance LEFT JOIN linkage_identity ON linkage_identity.bucket = appearance.bucket AND appearance_id = id
    WHERE (appearance.bucket, id) IN ({_IDS})
""")  # noqa: S608 - a constant
_SEALED = text(f"SELECT appearance_id, sealed FROM linkage_identity WHERE (bucket, appearance_id) IN ({_IDS})")  # noqa: S608 - a constant
_COUNT = text("SELECT count(*) FROM linkage_identity")
_ALL = text("SELECT appearance_id, sealed FROM linkage_identity ORDER BY bucket, appearance_id LIMIT :sample")


@dataclass(frozen=True, slots=True, order=True)
class State:
    """Of when an identity is, and under which version of the look-up key; a lesser one never replaces a greater."""

    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was opened and is young enough."""

    query: Query
    identities: dict[int, Identity[int]]  #: by version of the look-up key, under the present one first


@dataclass(frozen=True, slots=True)
class Match:
    """Another appearance, whose it is, and the judgement."""

    appearance_id: UUID
    person_id: UUID
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class _Arrived:
    appearance_id: UUID
    state: State
    identity: Identity[int]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in; `arrivals` counts also those that were refused, or older than what is known."""

    arrivals: int
    changes: list[tuple[_Arrived, Identity[int] | None]]  #: what is kept now, and the identity before


@dataclass(slots=True)
class Index:
    """The identities in the database under the linker's own key; knows frequencies by heart."""

    query_key: bytes = field(repr=False)
    index_key: bytes = field(repr=False)
    frequencies: Frequencies = field(default_factory=Frequencies)
    _remembered: dict[UUID, _Known] = field(default_factory=dict, repr=False)
    _has_said_key_lost: bool = False

    @classmethod
    def of(cls, linker_key: bytes) -> Index:
        """Derive the keys; nothing is read yet."""
        return cls(sub_key(linker_key, linking.QUERY_KEY), sub_key(linker_key, linking.INDEX_KEY))

    def learn(self, session: Session) -> int:
        """Count frequencies anew from what is stored, or from a fair sample of it; return how many are stored.

        What was erased since the last time goes from memory too.
        """
        self._remembered.clear()
        frequencies = Frequencies()
        for appearance, sealed in session.execute(_ALL, {"sample": SAMPLE}):
            identity = self._unsealed(appearance, sealed)
            if identity is not None:
                frequencies.add(identity)
        frequencies.population = session.execute(_COUNT).scalar_one()
        self.frequencies = frequencies
        return frequencies.population

    def opened(self, sealed: bytes) -> Asked:
        """Return what the keeper sealed.

        Raises:
            CryptoError: it was not the keeper.
        """
        content = envelope.open_secret(sealed, self.query_key, linking.QUERY_KEY)
        query = linking.QUERY.decode(content)
        return Asked(query, {version: _IDENTITY.decode(identity) for version, identity in query.identities})

    def take_in(self, session: Session) -> Taken:
        """Move up to CHUNK arrivals into the index.

        The new rows come first: they hold the appearances, and whoever erases one waits, or has been faster.

        Raises:
            IntegrityError: an appearance was erased at this moment; nothing was done, and the next time it is gone.
        """
        waiting = session.execute(_WAITING, {"chunk": CHUNK}).all()
        arrived = [one for appearance, sealed in waiting if (one := self._arrival(appearance, sealed)) is not None]
        rows = session.execute(_BEFORE, {"ids": [one.appearance_id for one in arrived]})
        known = {appearance: (State(at, version), sealed) for appearance, at, version, sealed in rows}
        before: dict[UUID, Identity[int] | None] = {}
        fresh = []
        for one in arrived:
            state, sealed = known.get(one.appearance_id, (one.state, None))
            if one.state >= state:
                fresh.append(one)
                before[one.appearance_id] = None if sealed is None else self._unsealed(one.appearance_id, sealed)
        if fresh:
            self._store(session, fresh, replaced=[one.appearance_id for one in fresh if one.appearance_id in known])
        if waiting:
            taken = {"ids": [row[0] for row in waiting], "sealed": [row[1] for row in waiting]}
            session.execute(_TAKE_OFF, taken)
        return Taken(len(waiting), [(one, before[one.appearance_id]) for one in fresh])

    def count(self, taken: Taken) -> None:
        """Count what `take_in` returned, now that it is committed."""
        for one, before in taken.changes:
            if before is not None:
                self.frequencies.remove(before)
            self.frequencies.add(one.identity)
            self._remember(one.appearance_id, (one.state, one.identity))

    def find(self, session: Session, asked: Sequence[Asked]) -> list[list[Match]]:
        """Return for each query who may be the same human being, the best first, at most FINDINGS."""
        candidates = self._candidates(session, asked)
        wanted = {one for found in candidates for one in found}
        wanted |= {one.query.subject for one in asked if one.query.subject is not None}
        people, identities = self._who(session, wanted)
        return [
            self._ranked(one, {other: identities[other] for other in found if other in identities}, people)
            for one, found in zip(asked, candidates, strict=True)
        ]

    def _arrival(self, appearance: UUID, sealed: bytes) -> _Arrived | None:
        try:
            asked = self.opened(sealed)
        except (CryptoError, msgspec.DecodeError):
            log.warning("linker.arrival-refused", extra={"code": "not-the-keepers"})
            return None
        if asked.query.subject != appearance:
            log.warning("linker.arrival-refused", extra={"code": "of-another"})
            return None
        version, identity = next(iter(asked.identities.items()))
        return _Arrived(appearance, State(asked.query.at, version), identity)

    def _store(self, session: Session, fresh: Sequence[_Arrived], *, replaced: list[UUID]) -> None:
        again = set(replaced)
        new = [one for one in fresh if one.appearance_id not in again]
        if again:
            self._replace(session, [one for one in fresh if one.appearance_id in again])
        copy_rows(session, LinkageIdentity, _IDENTITY_COLUMNS, rows=map(self._row, new))
        posted = [
            (bucket_of(one.appearance_id), one.appearance_id, key)
            for one in fresh
            for key in dict.fromkeys(blocking.keys_of(one.identity, self.index_key))
        ]
        copy_rows(session, LinkageToken, _TOKEN_COLUMNS, rows=posted)

    def _row(self, one: _Arrived) -> tuple[int, UUID, datetime, int, bytes]:
        appearance = one.appearance_id
        return bucket_of(appearance), appearance, one.state.at, one.state.version, self._sealed(one)

    def _replace(self, session: Session, fresh: Sequence[_Arrived]) -> None:
        ids = [one.appearance_id for one in fresh]
        session.execute(_FORGET, {"ids": ids})
        session.execute(
            _KEEP,
            {
                "ids": ids,
                "ats": [one.state.at for one in fresh],
                "versions": [one.state.version for one in fresh],
                "sealed": [self._sealed(one) for one in fresh],
            },
        )

    def _candidates(self, session: Session, asked: Sequence[Asked]) -> list[list[UUID]]:
        """Return for each query the appearances that share most keys with it, one statement for all."""
        keys = [
            [key for identity in one.identities.values() for key in blocking.questions_of(identity, self.index_key)]
            for one in asked
        ]
        distinct = list({key for some in keys for key in some})
        postings = {
            distinct[at - 1]: found
            for at, found in session.execute(_POSTINGS, {"tokens": distinct, "most": MOST_POSTINGS})
        }
        candidates = []
        for some in keys:
            weight: dict[UUID, float] = defaultdict(float)
            for key in some:
                posted = postings.get(key, ())
                share = 1 / math.log(2 + len(posted))
                for other in posted:
                    weight[other] += share
            shared = [other for other, weighed in weight.items() if weighed >= LEAST_SHARED]
            candidates.append(sorted(shared, key=weight.__getitem__, reverse=True)[:MOST_CANDIDATES])
        return candidates

    def _who(self, session: Session, wanted: set[UUID]) -> tuple[dict[UUID, UUID], dict[UUID, _Known]]:
        """Return whose these appearances are, and the identities of those that have one, with their states."""
        if not wanted:
            return {}, {}
        rows = session.execute(_WHO, {"ids": list(wanted)}).all()
        states = {one: State(at, version) for one, _, at, version in rows if at is not None}
        held = {one: self._remembered.get(one) for one in states}
        stale = [one for one, state in states.items() if (known := held[one]) is None or known[0] != state]
        for appearance, sealed in session.execute(_SEALED, {"ids": stale}) if stale else ():
            identity = self._unsealed(appearance, sealed)
            held[appearance] = None if identity is None else (states[appearance], identity)
            self._remember(appearance, held[appearance])
        people = {appearance: person for appearance, person, _, _ in rows}
        return people, {one: known for one, known in held.items() if known is not None}

    def _remember(self, appearance: UUID, known: _Known | None) -> None:
        if known is None:
            return
        if len(self._remembered) >= MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[appearance] = known

    def _ranked(self, asked: Asked, others: dict[UUID, _Known], people: dict[UUID, UUID]) -> list[Match]:
        subject = asked.query.subject
        own = None if subject is None else people.get(subject)
        counts = {version: self.counted(asked, version) for version in asked.identities}
        matches = [
            Match(other, people[other], comparison)
            for other, (state, identity) in others.items()
            if other != subject and people[other] != own and state.version in counts
            if (comparison := score.compare(asked.identities[state.version], identity, counts[state.version])).grade
            != score.NEW
        ]
        return sorted(matches, key=_rank)[: linking.FINDINGS]

    def counted(self, asked: Asked, version: int) -> Frequencies:
        """Return how often the tokens of a question occur, whichever version of the look-up key they were made with."""
        others = [identity for one, identity in asked.identities.items() if one != version]
        if not others:
            return self.frequencies
        columns = zip(*map(_flat, (asked.identities[version], *others)), strict=True)
        return self.frequencies.across({token: tuple(same) for token, *same in columns})

    def _sealed(self, one: _Arrived) -> bytes:
        content = linking.ENCODER.encode(one.identity)
        return envelope.seal_secret(content, self.index_key, linking.INDEX_KEY, one.appearance_id)

    def _unsealed(self, appearance: UUID, sealed: bytes) -> Identity[int] | None:
        """Return an identity, or None for one that this key did not seal; it is as good as not there."""
        try:
            return _IDENTITY.decode(envelope.open_secret(sealed, self.index_key, linking.INDEX_KEY, appearance))
        except (CryptoError, msgspec.DecodeError):
            self._say_key_lost()
            return None

    def _say_key_lost(self) -> None:
        if not self._has_said_key_lost:
            self._has_said_key_lost = True
            log.error(KEY_LOST)


def _flat(identity: Identity[int]) -> list[int]:
    """Return all tokens of an identity in the order of its parts, which is the same under each key."""
    return list(_numbers(msgspec.to_builtins(identity)))


def _numbers(part: object) -> Iterator[int]:
    if isinstance(part, list | tuple):
        for one in part:
            yield from _numbers(one)
    elif isinstance(part, int):
        yield part


def _rank(match: Match) -> tuple[bool, float, UUID]:
    return match.comparison.grade != score.KNOWN, -match.comparison.bits, match.appearance_id
