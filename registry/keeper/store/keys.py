"""The keys below the root as they are stored: made, renewed, wrapped anew under another root, and destroyed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.crypto import envelope, macs, signing
from registry.crypto.errors import CryptoError
from registry.errors import OperationError
from registry.keeper.custody.custodian import KeyName
from registry.keeper.rules import insist
from registry.keeper.store import succession
from registry.keeper.store.keyring import HOUSE_KEYS, Keyring, StoredKey, new_stored_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from registry.keeper.custody.custodian import Custody
    from registry.statements import Database

ROOT = "root"
RECEIPTS = "receipts"

_STORED = (
    "SELECT kind, scope, version, state, wrapped, salted FROM key WHERE kind <> 'root'"
    " ORDER BY scope <> '', scope, version"
)
_TOLD = "SELECT kind, scope, version, state, created_at, retired_at, salted FROM key ORDER BY kind, scope, version"
_KEEP = (
    "INSERT INTO key (kind, scope, version, state, wrapped, created_at)"
    " SELECT k, s, v, t, w, %s FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::bytea[])"
    " AS n(k, s, v, t, w)"
)
_RENEW = (
    "WITH retired AS (UPDATE key SET state = 'decrypt-only', retired_at = %(now)s"
    " WHERE kind = %(kind)s AND scope = %(scope)s AND state = 'active')"
    " INSERT INTO key (kind, scope, version, state, wrapped, created_at, vouched, salted)"
    " VALUES (%(kind)s, %(scope)s, %(version)s, 'active', %(wrapped)s, %(now)s, %(vouched)s, %(salted)s)"
)
_WRAP_ANEW = (
    "UPDATE key SET wrapped = n.w FROM unnest(%(kinds)s::text[], %(scopes)s::text[], %(versions)s::int[],"
    " %(wrapped)s::bytea[]) AS n(k, s, v, w) WHERE kind = n.k AND scope = n.s AND version = n.v"
)
# All or nothing: a key that lay under neither of two roots would be lost.
_WRAP_ALL_ANEW = (
    f"WITH anew AS ({_WRAP_ANEW}),"  # noqa: S608 - our own words
    " before AS (INSERT INTO key (kind, scope, version, state, wrapped, created_at, retired_at)"
    " SELECT 'root', '', %(before)s, 'decrypt-only', %(probe)s, min(created_at), %(now)s FROM key"
    " ON CONFLICT (kind, scope, version) DO UPDATE"
    " SET state = 'decrypt-only', wrapped = excluded.wrapped, retired_at = excluded.retired_at)"
    " INSERT INTO key (kind, scope, version, state, wrapped, created_at)"
    " VALUES ('root', '', %(version)s, 'active', '', %(now)s)"
)
_VOUCHED = "SELECT vouched FROM key WHERE kind = 'receipts' AND vouched IS NOT NULL ORDER BY version"
_DESTROY = (
    "UPDATE key SET state = 'destroyed', wrapped = %(left)s"
    " WHERE kind = %(kind)s AND scope = %(scope)s AND version = %(version)s AND state = 'decrypt-only'"
)


@dataclass(frozen=True, slots=True)
class KeyState:
    """What can be told of a key."""

    kind: str
    scope: str
    version: int
    state: str
    created_at: datetime
    retired_at: datetime | None
    salted: bool = False  #: of the look-up key: whether names are salted under it


class Keys:
    """The table of keys, and the ring that holds them open."""

    def __init__(self, database: Database, custody: Custody) -> None:
        self._database = database
        self._custody = custody
        self._turn = threading.Lock()  # who wraps while the root changes would wrap under the one that goes
        self._public: dict[int, bytes] = {}  # what is left of destroyed signing keys
        self.ring = Keyring()

    def open(self, now: datetime) -> None:
        """Open all keys, the house's first: what an agency's custodian says counts only when the house's answered."""
        stored = self._stored()
        if not stored:
            self._custody.make("")
            self._keep([new_stored_key(kind, "", 1, custody=self._custody) for kind in HOUSE_KEYS], now)
            return
        missing = set(HOUSE_KEYS) - {one.kind for one in stored}
        if missing:
            raise OperationError(f"The shred store lacks keys of the house: {', '.join(sorted(missing))}.")
        self._settle(stored)
        for one in stored:
            self.ring.add(one, self._custody)
        self._take_public_halves(stored)

    def add(self, kind: str, scope: str, now: datetime) -> None:
        """Make the first key of its kind for an agency."""
        with self._turn:
            self._settle(self._stored())
            self._custody.make(scope)
            self._keep([new_stored_key(kind, scope, 1, custody=self._custody)], now)

    def told(self) -> list[KeyState]:
        """Return every key that ever was, and which root wraps them."""
        found = [KeyState(*row) for row in self._database.fetch(_TOLD)]
        if not any(one.kind == ROOT for one in found):
            found.append(KeyState(ROOT, "", 1, "active", min(one.created_at for one in found), None))
        return found

    def state_of(self, kind: str, scope: str, version: int) -> KeyState | None:
        """Return what can be told of one key."""
        return next((one for one in self.told() if (one.kind, one.scope, one.version) == (kind, scope, version)), None)

    def active(self, kind: str, scope: str) -> int | None:
        """Return the version that makes new things."""
        return next(
            (one.version for one in self.told() if (one.kind, one.scope, one.state) == (kind, scope, "active")), None
        )

    def newest(self, kind: str) -> int:
        """Return the highest version of a key of the house that ever was."""
        return max(one.version for one in self.told() if (one.kind, one.scope) == (kind, ""))

    def renew(self, kind: str, scope: str, version: int, *, now: datetime, salted: bool = False) -> None:
        """Make this version the one that makes new things, unless it is already; older ones open what they made.

        Args:
            salted: of the look-up key: whether names are salted under it.
        """
        with self._turn:
            stored = self._stored()
            self._settle(stored)
            if kind == ROOT:
                self._renew_root(version, now)
                return
            known = next((one for one in stored if (one.kind, one.scope, one.version) == (kind, scope, version)), None)
            if known is None:
                self.ring.active(kind, scope)  # of an agency that is cut off nothing is renewed
                known = new_stored_key(kind, scope, version, custody=self._custody, salted=salted)
                row = {"kind": kind, "scope": scope, "version": version, "wrapped": known.wrapped, "now": now}
                row |= {"salted": salted}
                self._database.fetch(_RENEW, row | {"vouched": self._vouched(known) if kind == RECEIPTS else None})
            if not self.ring.has(kind, scope, version):
                self.ring.add(known, self._custody)

    def destroy(self, kind: str, scope: str, version: int) -> bool:
        """Let a key that makes nothing new open nothing any more; may be repeated.

        Returns:
            whether its custodian was asked to open the copy that lay here until now, and refused.
        """
        with self._turn:
            self._settle(self._stored())
            name = KeyName(kind, scope, version)
            copy = self._copy_of(name)
            if kind == ROOT:
                left = copy  # of nothing: a probe that was wrapped under it
                self._wrap_under_newest(self._scopes())
            else:
                left = self._vouched_public_half(version) if kind == RECEIPTS else b""
            self._database.fetch(_DESTROY, {"kind": kind, "scope": scope, "version": version, "left": left})
            self.ring.drop(kind, scope, version)
            self._take_public_halves(self._stored())
            if scope and self._custody.ROOTS_OF_AGENCIES:
                self._custody.renewed((scope,))
                self._wrap_under_newest((scope,))
            return bool(copy) and not self._opens(copy, name)

    def opened_anew(self) -> Keyring:
        """Return the ring that the next keeper would have; this one's stays as it is."""
        ring = Keyring()
        for one in self._stored():
            ring.add(one, self._custody)
        return ring

    def public_halves(self) -> list[bytes]:
        """Return the public keys of all keys that ever signed, the present one first."""
        living = {version: signing.public_bytes(key) for version, key in self.ring.all_of(RECEIPTS)}
        return [public for _, public in sorted((self._public | living).items(), reverse=True)]

    def successions(self) -> list[str]:
        """Return what each signing key said of the one that follows it, in the order of their versions."""
        return [row[0] for row in self._database.fetch(_VOUCHED)]

    def _vouched(self, new: StoredKey) -> str:
        key = self._custody.unwrap(new.wrapped, KeyName(new.kind, new.scope, new.version))
        return succession.vouched(key, new.version, before=self.ring.active(RECEIPTS)[1])

    def _stored(self) -> list[StoredKey]:
        return [StoredKey(*row) for row in self._database.fetch(_STORED)]

    def _keep(self, made: Sequence[StoredKey], now: datetime) -> None:
        """Store new keys, all or none, and take them in."""
        columns = zip(*((one.kind, one.scope, one.version, one.state, one.wrapped) for one in made), strict=True)
        self._database.fetch(_KEEP, (now, *map(list, columns)))
        for one in made:
            self.ring.add(one, self._custody)

    def _settle(self, stored: Sequence[StoredKey]) -> None:
        """Use the root under which the store's keys lie, should a change of it have been interrupted."""
        sample = next(one for one in stored if not one.scope and one.state != "destroyed")
        name = KeyName(sample.kind, sample.scope, sample.version)
        self._custody = self._custody.settled(sample.wrapped, name)

    def _copy_of(self, name: KeyName) -> bytes:
        """Return a key as it lies wrapped; nothing where it is destroyed already, but of a root always its probe."""
        where = (name.kind, name.scope, name.version, name.kind)
        rows = self._database.fetch(
            "SELECT wrapped FROM key WHERE kind = %s AND scope = %s AND version = %s"
            " AND (state <> 'destroyed' OR %s = 'root')",
            where,
        )
        return bytes(rows[0][0]) if rows else b""

    def _opens(self, wrapped: bytes, name: KeyName) -> bool:
        try:
            self._custody.unwrap(wrapped, name)
        except (CryptoError, OperationError):
            return False
        return True

    def _renew_root(self, version: int, now: datetime) -> None:
        before = self.active(ROOT, "") or 1
        if before >= version:
            return
        scopes = self._scopes()
        probe = self._custody.wrap(envelope.new_key(), KeyName(ROOT, "", before))
        newer = self._custody.renewed(scopes)
        changed = {"before": before, "probe": probe, "version": version, "now": now}
        self._database.fetch(_WRAP_ALL_ANEW, self._wrapped_by(newer, scopes) | changed)
        newer.take_over()
        self._custody = newer

    def _wrap_under_newest(self, scopes: Collection[str]) -> None:
        """Wrap what is open of these scopes with the newest root, and once that is stored, close the older ones.

        A change of the root that broke off leaves a newer one that nothing lies under: what is closed is therefore what
        the stored keys themselves do not name.
        """
        self._database.fetch(_WRAP_ANEW, self._wrapped_by(self._custody, scopes))
        lying: dict[str, list[bytes]] = {}
        for one in self._stored():
            if one.scope in scopes and self.ring.has(one.kind, one.scope, one.version):
                lying.setdefault(one.scope, []).append(one.wrapped)
        self._custody.close_older(lying)

    def _wrapped_by(self, custody: Custody, scopes: Collection[str]) -> dict[str, object]:
        """Return the living keys of these scopes wrapped anew, as the statement's parameters."""
        names = [name for name in self.ring.names() if name.scope in scopes]
        keys = [self.ring.get(name.kind, name.scope, name.version) for name in names]
        return {
            "kinds": [name.kind for name in names],
            "scopes": [name.scope for name in names],
            "versions": [name.version for name in names],
            "wrapped": [custody.wrap(key, name) for key, name in zip(keys, names, strict=True)],
        }

    def _scopes(self) -> list[str]:
        """Return whose keys are open: the house's, and those of agencies that are not cut off."""
        return sorted({name.scope for name in self.ring.names()})

    def _vouched_public_half(self, version: int) -> bytes:
        """Return what stays of a signing key, so that what it signed can be checked: MAC and public key."""
        if not self.ring.has(RECEIPTS, "", version):
            return b""
        public = signing.public_bytes(self.ring.get(RECEIPTS, "", version))
        rows_version, rows = self.ring.active("rows")
        return bytes((rows_version,)) + macs.mac(rows, ("public-key", version, public)) + public

    def _take_public_halves(self, stored: Sequence[StoredKey]) -> None:
        for one in stored:
            if one.kind == RECEIPTS and one.state == "destroyed":
                rows = self.ring.get("rows", "", one.wrapped[0])
                mac, public = one.wrapped[1 : 1 + macs.MAC_BYTES], one.wrapped[1 + macs.MAC_BYTES :]
                genuine = macs.same(mac, macs.mac(rows, ("public-key", one.version, public)))
                insist(that=genuine, code="key.forged")
                self._public[one.version] = public
