"""The shred store: what must be destroyable, and what must not roll back with the main database.

One keeper at a time uses a store (an advisory lock says so), therefore what it remembers in memory is true.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from registry.crypto import envelope
from registry.errors import OperationError
from registry.keeper.store.keys import Keys
from registry.keeper.store.living import Living
from registry.statements import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from registry.keeper.custody.custodian import Custody
    from registry.keeper.store.fitted import Known

#: How many shred secrets stay in memory; at 100 bytes each this is some 10 MB.
CACHE_SIZE = 50_000
#: How many appearances keep what their wraps open ready: those opened last, at some 15 kB each.
WARM_SIZE = 1_000
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_A_DAY = timedelta(days=1)
_LOCK = 0x65696E6D616C  # "einmal"

_WORDS = "SELECT appearance_id FROM shred_secret WHERE speaker = %s AND created_at <= %s ORDER BY 1"


@dataclass(slots=True)
class Shred:
    """S of one appearance, the epochs below which its compartments stay closed (none: 1), and what of it has ended.

    Ended are grants, links that were undone, and the persons by whom it was given back.
    """

    secret: bytes = field(repr=False)
    floors: dict[str, int] = field(default_factory=dict)
    ended: set[UUID] = field(default_factory=set)
    wrapping: dict[tuple[str, str, int], bytes] = field(default_factory=dict, repr=False)  # W as derived so far
    fitted: dict[bytes, Known] = field(default_factory=dict, repr=False)  # what wraps were seen to open, by the wrap


class ShredStore:
    """All that the keeper writes itself."""

    def __init__(self, url: str, custody: Custody) -> None:
        self._database = Database(url)
        self._lock = threading.Lock()
        self._cache: dict[UUID, Shred] = {}
        self._warm: OrderedDict[UUID, Shred] = OrderedDict()
        self._warming = threading.Lock()
        self.keys = Keys(self._database, custody)
        self.keyring = self.keys.ring
        self.living = Living(self._database)
        self._holder: psycopg.Connection[tuple[object, ...]] | None = None
        self._url = url

    def open(self, now: datetime) -> None:
        """Become the one keeper of this store and read its keys; an empty store gets the house's keys.

        Raises:
            OperationError: another keeper uses this store, or the root's custodian does not open it.
            CryptoError: a key was changed, or belongs to another root.
        """
        self._holder = psycopg.connect(self._url, autocommit=True)
        row = self._holder.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if row is None or not row[0]:
            self._holder.close()
            raise OperationError("Another keeper uses this shred store; there can be only one.")
        try:
            self.keys.open(now)
        except BaseException:
            self.close()
            raise

    @property
    def database(self) -> Database:
        """The store's database, for what else is noted there."""
        return self._database

    def close(self) -> None:
        """Let another keeper have the store."""
        if self._holder is not None:
            self._holder.close()
        self._database.close()

    def release(self) -> None:
        """Give back the calling thread's connection."""
        self._database.release()

    def holds(self) -> bool:
        """Say whether the lock's connection still lives; without it this keeper must not answer."""
        try:
            return self._holder is not None and self._holder.execute("SELECT 1").fetchone() is not None
        except psycopg.Error:
            return False

    def new_secrets(self, appearances: Sequence[UUID], now: datetime, *, of: UUID | None = None) -> dict[UUID, Shred]:
        """Make and commit S for new appearances; those whose birth then fails stay behind, and open nothing.

        Args:
            of: the person whose own words they are to be.
        """
        version, key = self.keyring.active("shred")
        made = {appearance: Shred(envelope.new_key()) for appearance in appearances}
        wrapped = [envelope.seal_secret(one.secret, key, "shred", appearance) for appearance, one in made.items()]
        self._database.fetch(
            "INSERT INTO shred_secret (appearance_id, wrapped, key_version, created_at, speaker)"
            " SELECT a, w, %s, %s, %s FROM unnest(%s::uuid[], %s::bytea[]) AS n(a, w)",
            (version, now, of, list(made), wrapped),
        )
        with self._lock:  # whoever forgets what came from keys walks through all that is remembered
            self._remember(made)
        return made

    def secrets_of(self, appearances: Iterable[UUID]) -> dict[UUID, Shred]:
        """Return what there is; an appearance that was erased is missing from the answer."""
        wanted = list(appearances)
        found = {one: shred for one in wanted if (shred := self._cache.get(one)) is not None}
        missing = [one for one in wanted if one not in found]
        if missing:
            with self._lock:  # an erasure waits for this, so that no secret comes back after it
                loaded = self._load(missing)
                self._remember(loaded)
            found |= loaded
        return found

    def in_passing(self, appearances: Iterable[UUID]) -> dict[UUID, Shred]:
        """Return the same without remembering any: who walks through all must not push out what is read again."""
        wanted = list(appearances)
        found = {one: shred for one in wanted if (shred := self._cache.get(one)) is not None}
        missing = [one for one in wanted if one not in found]
        return found | (self._load(missing) if missing else {})

    def forget_keys(self) -> None:
        """Forget everything that was derived from keys: one of them is destroyed."""
        with self._lock, self._warming:
            for shred in self._warm.values():
                shred.fitted.clear()
            for shred in self._cache.values():
                shred.fitted.clear()
                shred.wrapping.clear()
            self._warm.clear()

    def add_key(self, kind: str, scope: str, now: datetime) -> None:
        """Make the first key of its kind for an agency."""
        self.keys.add(kind, scope, now)

    def lying_under(self, version: int) -> int:
        """Count the shred secrets under a version of their key."""
        rows = self._database.fetch("SELECT count(*) FROM shred_secret WHERE key_version = %s", (version,))
        return int(rows[0][0])

    def move_secrets(self, after: UUID, to: int, *, limit: int) -> tuple[int, UUID | None]:
        """Wrap the next shred secrets with another version of their key; one that is erased meanwhile stays so.

        Returns:
            how many were moved, and the last of those that were looked at; None where nothing was left.
        """
        rows = self._database.fetch(
            "SELECT appearance_id, wrapped, key_version FROM shred_secret WHERE appearance_id > %s"
            " ORDER BY appearance_id LIMIT %s",
            (after, limit),
        )
        old = [row for row in rows if row[2] != to]
        key = self.keyring.get("shred", "", to)
        moved = [
            envelope.seal_secret(
                envelope.open_secret(wrapped, self.keyring.get("shred", "", version), "shred", one), key, "shred", one
            )
            for one, wrapped, version in old
        ]
        if old:
            self._database.fetch(
                "UPDATE shred_secret SET wrapped = n.w, key_version = %s FROM unnest(%s::uuid[], %s::bytea[])"
                " AS n(a, w) WHERE appearance_id = n.a",
                (to, [row[0] for row in old], moved),
            )
        return len(old), rows[-1][0] if rows else None

    def keep_warm(self, shreds: Mapping[UUID, Shred]) -> None:
        """Let these keep ready what their wraps open; those that were not opened for longest forget it."""
        with self._warming:
            for appearance, shred in shreds.items():
                if self._cache.get(appearance) is shred:  # one destroyed meanwhile stays forgotten
                    self._warm[appearance] = shred
                    self._warm.move_to_end(appearance)
            while len(self._warm) > WARM_SIZE:
                self._warm.popitem(last=False)[1].fitted.clear()

    @property
    def warm(self) -> frozenset[UUID]:
        """Which appearances keep ready what their wraps open."""
        with self._warming:
            return frozenset(self._warm)

    def raise_floors(self, epochs: Iterable[tuple[UUID, str, int]]) -> None:
        """Keep older epochs of these compartments closed from now on; a floor never sinks."""
        wanted = [row for row in epochs if row[2] > 1]
        if not wanted:
            return
        with self._lock:
            self._database.fetch(
                "INSERT INTO floor (appearance_id, compartment, epoch)"
                " SELECT * FROM unnest(%s::uuid[], %s::text[], %s::int[])"
                " ON CONFLICT (appearance_id, compartment) DO UPDATE SET epoch = greatest(floor.epoch, excluded.epoch)",
                ([row[0] for row in wanted], [row[1] for row in wanted], [row[2] for row in wanted]),
            )
            for appearance, compartment, epoch in wanted:
                known = self._cache.get(appearance)
                if known is not None:
                    known.floors[compartment] = max(epoch, known.floors.get(compartment, 1))
                    known.fitted.clear()  # of keys that are gone

    def end_grant(self, grant: UUID, appearances: Sequence[UUID]) -> None:
        """Let no wrap of this grant open anything from now on; there is no way back."""
        with self._lock:
            self._database.fetch(
                "INSERT INTO ended_grant (appearance_id, grant_id) SELECT a, %s FROM unnest(%s::uuid[]) AS n(a)"
                " ON CONFLICT DO NOTHING",
                (grant, list(appearances)),
            )
            for appearance in appearances:
                known = self._cache.get(appearance)
                if known is not None:
                    known.ended.add(grant)
                    known.fitted.clear()

    def give_back(self, appearance: UUID, *, link: UUID, person: UUID) -> None:
        """Let an appearance be this person's no longer, nor by this link again, whatever rows come back."""
        for ended in (link, person):
            self.end_grant(ended, [appearance])

    def given_back(self, person: UUID, appearances: Iterable[UUID]) -> set[UUID]:
        """Return those of these appearances that this person gave back, or an office in her place."""
        return {one for one, shred in self.secrets_of(appearances).items() if person in shred.ended}

    def take_back(self, appearance: UUID, person: UUID) -> None:
        """Let an appearance be this person's once more: she confirmed another link."""
        with self._lock:
            self._database.fetch(
                "DELETE FROM ended_grant WHERE appearance_id = %s AND grant_id = %s", (appearance, person)
            )
            known = self._cache.get(appearance)
            if known is not None:
                known.ended.discard(person)

    def destroy(self, appearances: Sequence[UUID]) -> None:
        """Destroy S of these appearances; what was sealed under it opens nowhere and never again."""
        with self._lock:
            self._database.fetch("DELETE FROM shred_secret WHERE appearance_id = ANY(%s)", (list(appearances),))
            self._database.fetch("DELETE FROM floor WHERE appearance_id = ANY(%s)", (list(appearances),))
            self._database.fetch("DELETE FROM ended_grant WHERE appearance_id = ANY(%s)", (list(appearances),))
            for appearance in appearances:
                self._cache.pop(appearance, None)
            with self._warming:
                for appearance in appearances:
                    self._warm.pop(appearance, None)

    def spend(self, what: str, once: bytes, now: datetime) -> bool:
        """Use something that can be used once; False where it was used before."""
        rows = self._database.fetch(
            "INSERT INTO spent (what, id, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1",
            (what, once, now),
        )
        return bool(rows)

    def spent_since(self, what: str, since: datetime) -> set[bytes]:
        """Return the sessions, or credentials, that were ended since then: so long a session can last."""
        rows = self._database.fetch("SELECT id FROM spent WHERE what = %s AND at > %s", (what, since))
        return {row[0] for row in rows}

    def count_try(self, credential: UUID, now: datetime, *, most: int, anew_after: timedelta | None) -> bool:
        """Count a try before its outcome is known, so that no crash makes it free; False where there were too many.

        Args:
            most: wrong tries in a row before it is locked.
            anew_after: a lock ends this long after the last counted try; None: never.
        """
        anew = now - anew_after if anew_after is not None else _LONG_AGO
        rows = self._database.fetch(
            "INSERT INTO tries AS t (credential_id, count, last_at) VALUES (%(credential)s, 1, %(now)s)"
            " ON CONFLICT (credential_id) DO UPDATE SET"
            " count = CASE WHEN t.last_at < %(anew)s THEN 1 ELSE least(t.count + 1, %(most)s + 1) END,"
            " last_at = CASE WHEN t.last_at >= %(anew)s AND t.count >= %(most)s THEN t.last_at ELSE %(now)s END"
            " RETURNING count",
            {"credential": credential, "now": now, "anew": anew, "most": most},
        )
        return int(rows[0][0]) <= most

    def forget_tries(self, credential: UUID) -> None:
        """Start counting anew after a right try."""
        self._database.fetch("DELETE FROM tries WHERE credential_id = %s", (credential,))

    def letter_of(self, person: UUID) -> UUID | None:
        """Return the credential id of the person's letter that counts."""
        rows = self._database.fetch("SELECT credential_id FROM letter WHERE person_id = %s", (person,))
        return rows[0][0] if rows else None

    def letter_counts(self, person: UUID, now: datetime) -> bool:
        """Say whether the person has a letter whose time has not passed."""
        return bool(
            self._database.fetch("SELECT 1 FROM letter WHERE person_id = %s AND expires_at > %s", (person, now))
        )

    def set_letter(self, person: UUID, credential: UUID, expires_at: datetime) -> None:
        """Make this letter the one that counts, and every other of the person void."""
        self._database.fetch(
            "INSERT INTO letter (person_id, credential_id, expires_at) VALUES (%s, %s, %s) ON CONFLICT (person_id)"
            " DO UPDATE SET credential_id = excluded.credential_id, expires_at = excluded.expires_at",
            (person, credential, expires_at),
        )

    def void_letter(self, person: UUID) -> None:
        """Let neither letter nor passkey of this person count any more."""
        self._database.fetch("DELETE FROM letter WHERE person_id = %s", (person,))
        self.living.remove_all(person)

    def words_of(self, person: UUID, *, until: datetime) -> list[UUID]:
        """Return the appearances in which a person spoke herself, whatever rows the main database shows."""
        return [one for (one,) in self._database.fetch(_WORDS, (person, until))]

    def tidy(self, now: datetime, longest_session: timedelta) -> None:
        """Delete what is too old to matter: used codes and challenges, ended sessions, yesterday's openings."""
        self._database.fetch(
            "DELETE FROM spent WHERE (what IN ('totp', 'challenge', 'jti') AND at < %s)"
            " OR (what IN ('session', 'credential') AND at < %s)",
            (now - _A_DAY, now - longest_session),
        )
        self._database.fetch("DELETE FROM rate WHERE at < %s", (now - _A_DAY,))
        self._cool(now)

    def opened_lately(self, since: datetime) -> list[tuple[UUID, UUID, datetime]]:
        """Return (officer, person, at) of what was opened since; older rows are deleted."""
        self._database.fetch("DELETE FROM rate WHERE at <= %s", (since,))
        return [(row[0], row[1], row[2]) for row in self._database.fetch("SELECT officer_id, person_id, at FROM rate")]

    def note_opened(self, officer: UUID, person: UUID, now: datetime) -> None:
        """Remember that an officer opened a profile."""
        self._database.fetch(
            "INSERT INTO rate (officer_id, person_id, at) VALUES (%s, %s, %s)"
            " ON CONFLICT (officer_id, person_id) DO UPDATE SET at = excluded.at",
            (officer, person, now),
        )

    def use_budget(self, run: UUID, records: int, budget: int) -> bool:
        """Take records off a run's budget; False, and nothing taken, where they are more than is left."""
        self._database.fetch("INSERT INTO budget (run_id, used) VALUES (%s, 0) ON CONFLICT DO NOTHING", (run,))
        rows = self._database.fetch(
            "UPDATE budget SET used = used + %s WHERE run_id = %s AND used + %s <= %s RETURNING used",
            (records, run, records, budget),
        )
        return bool(rows)

    def _cool(self, now: datetime) -> None:
        """Forget what wraps opened whose time is over: nobody may ask for it any more."""
        with self._warming:
            warm = list(self._warm.values())
        for shred in warm:
            for wrapped in [one for one, known in list(shred.fitted.items()) if known.wrap.not_after <= now]:
                shred.fitted.pop(wrapped, None)

    def _load(self, missing: list[UUID]) -> dict[UUID, Shred]:
        rows = self._database.fetch(
            "SELECT s.appearance_id, s.wrapped, s.key_version, f.compartment, f.epoch FROM shred_secret s"
            " LEFT JOIN floor f ON f.appearance_id = s.appearance_id WHERE s.appearance_id = ANY(%s)",
            (missing,),
        )
        loaded: dict[UUID, Shred] = {}
        for appearance, wrapped, version, compartment, epoch in rows:
            if appearance not in loaded:
                key = self.keyring.get("shred", "", version)
                loaded[appearance] = Shred(envelope.open_secret(wrapped, key, "shred", appearance))
            if compartment is not None:
                loaded[appearance].floors[compartment] = epoch
        ended = "SELECT appearance_id, grant_id FROM ended_grant WHERE appearance_id = ANY(%s)"
        for appearance, grant in self._database.fetch(ended, (missing,)):
            if appearance in loaded:
                loaded[appearance].ended.add(grant)
        return loaded

    def _remember(self, secrets: dict[UUID, Shred]) -> None:
        if len(self._cache) + len(secrets) > CACHE_SIZE:
            with self._warming:
                while self._warm:  # what is forgotten here hears of no ended grant any more
                    self._warm.popitem()[1].fitted.clear()
            self._cache.clear()
        self._cache.update(secrets)
