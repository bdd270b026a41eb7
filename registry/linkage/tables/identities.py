"""Identities under the linker's own key, each under a random handle, and the keys to look them up by."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import text

from registry.crypto import envelope
from registry.crypto.errors import CryptoError
from registry.folding.identity import Identity
from registry.linkage import blocking
from registry.wire import linking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

_HANDLE_BYTES = 8
_IDENTITY = msgspec.msgpack.Decoder(Identity[int])
# The commit need not wait for the disk: what a crash undoes waits among the arrivals again.
_WAITING = text("""
    SELECT arrival.appearance_id, arrival.sealed, stored.handle, stored.at, stored.key_version, stored.sealed
    FROM set_config('synchronous_commit', 'off', true), linkage_arrival AS arrival
    LEFT JOIN linkage_handle AS known ON known.bucket = arrival.bucket AND known.appearance_id = arrival.appearance_id
    LEFT JOIN linkage.identity AS stored ON stored.handle = known.handle
    LIMIT :most
""")
# One way to the database instead of four; references are checked at its end. Of arrivals only what was read goes: an
# identity that was announced anew meanwhile stays.
_ADD = text("""
    WITH owned AS (
        INSERT INTO linkage_handle (bucket, appearance_id, handle)
        SELECT get_byte(uuid_send(appearance), 0), appearance, handle
        FROM unnest(cast(:appearances AS uuid[]), cast(:owned AS bigint[])) AS fresh (appearance, handle)
    ), stored AS (
        INSERT INTO linkage.identity (handle, at, key_version, sealed)
        SELECT * FROM unnest(
            cast(:handles AS bigint[]), cast(:ats AS timestamptz[]), cast(:versions AS int[]), cast(:sealed AS bytea[])
        )
    ), taken AS (
        DELETE FROM linkage_arrival USING unnest(cast(:ids AS uuid[]), cast(:read AS bytea[])) AS taken (id, sealed)
        WHERE bucket = get_byte(uuid_send(id), 0) AND appearance_id = id AND linkage_arrival.sealed = taken.sealed
    )
    INSERT INTO linkage.token (token, handle)
    SELECT * FROM unnest(cast(:tokens AS bigint[]), cast(:bearers AS bigint[]))
""")
_FORGET = text("DELETE FROM linkage.token WHERE handle = ANY(cast(:handles AS bigint[]))")
_REPLACE = text("""
    WITH stored AS (
        UPDATE linkage.identity SET at = fresh.at, key_version = fresh.version, sealed = fresh.sealed
        FROM unnest(
            cast(:handles AS bigint[]), cast(:ats AS timestamptz[]), cast(:versions AS int[]), cast(:sealed AS bytea[])
        ) AS fresh (handle, at, version, sealed)
        WHERE identity.handle = fresh.handle
    )
    INSERT INTO linkage.token (token, handle)
    SELECT * FROM unnest(cast(:tokens AS bigint[]), cast(:bearers AS bigint[]))
""")
_SOME = text("""
    SELECT known.appearance_id, stored.handle, stored.sealed
    FROM linkage_handle AS known JOIN linkage.identity AS stored ON stored.handle = known.handle
    ORDER BY known.bucket, known.appearance_id LIMIT :most
""")
_COUNT = text("SELECT count(*) FROM linkage_handle")
#: The first statement of such a transaction says of when all that follow are.
_HOLD_STILL = text("SELECT 1")
#: Rows that are fetched at once where many are.
_PIECE = 2_000


@dataclass(frozen=True, slots=True, order=True)
class State:
    """Of when an identity is, and under which version of the look-up key; a lesser one never replaces a greater."""

    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of an appearance; without an identity where the key does not open it."""

    handle: int
    state: State
    identity: Identity[int] | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the keeper sealed of an appearance, and what is stored of it so far."""

    appearance_id: UUID
    sealed: bytes
    known: Known | None


@dataclass(frozen=True, slots=True)
class Fresh:
    """An identity to be stored."""

    handle: int
    state: State
    identity: Identity[int]


@dataclass(frozen=True, slots=True)
class Identities:
    """What is stored of identities; whoever has another key reads nothing of it."""

    key: bytes = field(repr=False)

    def waiting(self, session: Session, most: int) -> list[Arrival]:
        """Return so many of those that wait to be taken in, each with what is stored of its appearance."""
        return [
            Arrival(
                appearance,
                arrived,
                None if handle is None else Known(handle, State(at, version), self.opened(sealed, handle, appearance)),
            )
            for appearance, arrived, handle, at, version, sealed in session.execute(_WAITING, {"most": most})
        ]

    def some(self, session: Session, most: int) -> Iterator[Identity[int]]:
        """Yield so many identities of appearances; a fair sample, as ids are random.

        What the key does not open is left out.
        """
        rows = session.execute(_SOME.execution_options(yield_per=_PIECE), {"most": most})
        for appearance, handle, sealed in rows:
            identity = self.opened(sealed, handle, appearance)
            if identity is not None:
                yield identity

    def add(self, session: Session, new: Sequence[tuple[UUID, Fresh]], *, taken: Sequence[Arrival] = ()) -> None:
        """Store identities that have no rows yet; whoever erases one of the appearances waits, or has been faster.

        Args:
            new: whose each is.
            taken: wait no more.

        Raises:
            IntegrityError: an appearance was erased at this moment.
        """
        rows = {
            "appearances": [appearance for appearance, _ in new],
            "owned": [one.handle for _, one in new],
            "ids": [one.appearance_id for one in taken],
            "read": [one.sealed for one in taken],
        }
        session.execute(_ADD, rows | self._columns([one for _, one in new]))

    def replace(self, session: Session, again: Sequence[Fresh]) -> None:
        """Put identities in the place of those that have their handles; whoever erases one waits, or has been faster.

        Raises:
            IntegrityError: one was erased at this moment.
        """
        if again:
            stored = self._columns(again)
            session.execute(_FORGET, {"handles": stored["handles"]})
            session.execute(_REPLACE, stored)

    def sealed(self, fresh: Fresh) -> bytes:
        """Return an identity as it is stored."""
        return envelope.seal_secret(linking.ENCODER.encode(fresh.identity), self.key, linking.INDEX_KEY, fresh.handle)

    def keys(self, identity: Identity[int]) -> list[int]:
        """Return the keys that an identity is looked up by."""
        return blocking.keys_of(identity, self.key)

    def opened(self, sealed: bytes, handle: int, appearance: UUID | None = None) -> Identity[int] | None:
        """Return an identity, or None for one that this key did not seal for this handle; it is as good as not there.

        Args:
            appearance: whose it is: it opens too what was sealed for her before there were handles.
        """
        for owner in (handle, appearance):
            try:
                return _IDENTITY.decode(envelope.open_secret(sealed, self.key, linking.INDEX_KEY, owner))
            except (CryptoError, msgspec.DecodeError):
                continue
        return None

    def _columns(self, some: Sequence[Fresh]) -> dict[str, list[object]]:
        keys = [(key, one.handle) for one in some for key in self.keys(one.identity)]
        return {
            "handles": [one.handle for one in some],
            "ats": [one.state.at for one in some],
            "versions": [one.state.version for one in some],
            "sealed": [self.sealed(one) for one in some],
            "tokens": [key for key, _ in keys],
            "bearers": [handle for _, handle in keys],
        }


def hold_still(session: Session) -> None:
    """Begin a transaction in which everything stays as it is at this moment."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"}).execute(_HOLD_STILL)


def count(session: Session) -> int:
    """Return how many appearances have an identity."""
    return int(session.execute(_COUNT).scalar_one())


def new_handle() -> int:
    """Return 64 random bits: among ten million two meet by chance in one of 400,000 registries, and one is refused."""
    return int.from_bytes(secrets.token_bytes(_HANDLE_BYTES), "big", signed=True)
