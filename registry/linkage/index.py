"""The identities that can be found: taken in from arrivals, looked up by keys, compared one by one."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec.structs import replace

from registry.crypto import envelope
from registry.crypto.derivation import sub_key
from registry.crypto.errors import CryptoError
from registry.folding.identity import Identity, stored
from registry.linkage import blocking, score
from registry.linkage.comparison.frequency import Frequencies
from registry.linkage.tables import candidates, identities
from registry.linkage.tables.identities import Fresh, Identities, State
from registry.wire import linking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.linkage.score import Comparison
    from registry.linkage.tables.candidates import Candidate
    from registry.linkage.tables.identities import Arrival
    from registry.statements import Database
    from registry.wire.linking import Query

    Change: TypeAlias = "tuple[Identity[int], Identity[int] | None]"

log = logging.getLogger(__name__)

#: Said once by each linker that meets an identity its key does not open.
KEY_LOST = (
    "linker.key-is-another: this LINKER_KEY_FILE does not open who was recorded before. Put the file of before back and"
    " start anew; README, Who is who, says who is not found until then."
)

#: Arrivals taken in with one transaction.
CHUNK = 500
#: Frequencies are counted from so many identities at start.
SAMPLE = 100_000
#: So many are counted at the most; those who come after only make the registry larger, until it is counted anew.
MOST_COUNTED = 2 * SAMPLE
_IDENTITY = msgspec.msgpack.Decoder(Identity[int])


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
class Taken:
    """What was taken in; `arrivals` counts also those that were refused, or older than what is known."""

    arrivals: int
    changes: list[Change]  #: what is kept now, and the identity before


@dataclass(slots=True)
class Index:
    """The identities in the database under the linker's own key; knows frequencies by heart."""

    query_key: bytes = field(repr=False)
    identities: Identities
    frequencies: Frequencies = field(default_factory=Frequencies)
    _meanwhile: list[Taken] | None = None  #: what was counted since counting anew began
    _has_said_key_lost: bool = False

    @classmethod
    def of(cls, linker_key: bytes) -> Index:
        """Derive the keys; nothing is read yet."""
        return cls(sub_key(linker_key, linking.QUERY_KEY), Identities(sub_key(linker_key, linking.INDEX_KEY)))

    def begin_learning(self, session: Session) -> None:
        """Let this session see for `learned` what is stored now; what is counted from now on, `learn` adds.

        Nothing may be taken in meanwhile, or it is counted twice or not at all.
        """
        identities.hold_still(session)
        self._meanwhile = []

    def learned(self, session: Session) -> Frequencies:
        """Count frequencies anew from what is stored, or from a fair sample of it; changes nothing here."""
        frequencies = Frequencies()
        for identity in self.identities.some(session, SAMPLE):
            frequencies.add(identity)
        frequencies.population = identities.count(session)
        if frequencies.people < min(frequencies.population, SAMPLE):
            self._say_key_lost()
        return frequencies

    def learn(self, frequencies: Frequencies) -> None:
        """Take these frequencies, and what was counted since `begin_learning`, in the place of those of before."""
        self.frequencies = frequencies
        meanwhile, self._meanwhile = self._meanwhile, None
        for taken in meanwhile or ():
            self.count(taken)

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

        Whoever erases one of these appearances waits, or has been faster.

        Raises:
            IntegrityError: an appearance was erased at this moment; nothing was done, and the next time it is gone.
        """
        waiting = self.identities.waiting(session, CHUNK)
        return Taken(len(waiting), self._stored(session, waiting) if waiting else [])

    def count(self, taken: Taken) -> None:
        """Count what `take_in` returned, now that it is committed."""
        if self._meanwhile is not None:
            self._meanwhile.append(taken)
        for identity, before in taken.changes:
            if self.frequencies.people < MOST_COUNTED:
                self.frequencies.add(identity)
                if before is not None:
                    self.frequencies.remove(before)
            elif before is None:
                self.frequencies.population += 1

    def find(self, database: Database, asked: Sequence[Asked]) -> list[list[Match]]:
        """Return for each query who may be the same human being, the best first, at most FINDINGS."""
        secret = self.identities.key
        keys = [
            [key for identity in one.identities.values() for key in blocking.questions_of(identity, secret)]
            for one in asked
        ]
        subjects = {one.query.subject for one in asked if one.query.subject is not None}
        people = candidates.owners(database, subjects)
        nobody = candidates.NOBODY
        askers = [people.get(one.query.subject, nobody) if one.query.subject else nobody for one in asked]
        found = candidates.candidates(database, keys, askers)
        return [self._ranked(one, others) for one, others in zip(asked, found, strict=True)]

    def _arrived(self, arrival: Arrival) -> tuple[State, Identity[int]] | None:
        """Return what arrived, unless somebody else than the keeper wrote it, or it is of another appearance."""
        try:
            asked = self.opened(arrival.sealed)
        except (CryptoError, msgspec.DecodeError):
            log.warning("linker.arrival-refused", extra={"code": "not-the-keepers"})
            return None
        if asked.query.subject != arrival.appearance_id:
            log.warning("linker.arrival-refused", extra={"code": "of-another"})
            return None
        version, identity = next(iter(asked.identities.items()))
        return State(asked.query.at, version), stored(identity)

    def _stored(self, session: Session, waiting: Sequence[Arrival]) -> list[Change]:
        """Store what is no older than what is known; return it, each with the identity before."""
        new: list[tuple[UUID, Fresh]] = []
        again: list[Fresh] = []
        changes: list[Change] = []
        for one in waiting:
            arrived = self._arrived(one)
            if arrived is None:
                continue
            state, identity = arrived
            if one.known is None:
                new.append((one.appearance_id, Fresh(identities.new_handle(), state, identity)))
                changes.append((identity, None))
            elif state >= one.known.state:
                if one.known.identity is None:
                    self._say_key_lost()
                again.append(Fresh(one.known.handle, state, identity))
                changes.append((identity, one.known.identity))
        self.identities.replace(session, again)
        self.identities.add(session, new, taken=waiting)
        return changes

    def _ranked(self, asked: Asked, others: Sequence[Candidate]) -> list[Match]:
        counts = {version: self.counted(asked, version) for version in asked.identities}
        matches = []
        for other in others:
            if other.key_version not in counts:
                continue
            identity = self.identities.opened(other.sealed, other.handle, other.appearance_id)
            if identity is None:
                self._say_key_lost()
                continue
            comparison = score.compare(asked.identities[other.key_version], identity, counts[other.key_version])
            if comparison.grade != score.NEW:
                matches.append(Match(other.appearance_id, other.person_id, comparison))
        return sorted(matches, key=_rank)[: linking.FINDINGS]

    def counted(self, asked: Asked, version: int) -> Frequencies:
        """Return how often the tokens of a question occur, whichever version of the look-up key they were made with."""
        mine, *others = (asked.identities[version], *(of for one, of in asked.identities.items() if one != version))
        if not others:
            return self.frequencies
        if len({tuple(form.salted_by for form in one.forms) for one in (mine, *others)}) > 1:
            # One key salts names and another does not: names are counted under one of them alone meanwhile.
            mine, *others = (replace(one, forms=()) for one in (mine, *others))
        columns = zip(*map(_flat, (mine, *others)), strict=True)
        return self.frequencies.across({token: tuple(same) for token, *same in columns})

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
