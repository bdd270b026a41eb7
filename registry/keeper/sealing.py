"""The key hierarchy at work: compartments sealed and opened, keys wrapped for custodian, source and grants."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from registry.crypto import envelope, macs
from registry.crypto.derivation import wrapping_key
from registry.crypto.encoding import fixed, of_row
from registry.crypto.envelope import Fitted, Lock, Place
from registry.crypto.errors import CryptoError
from registry.keeper.rules import Refusal, insist
from registry.keeper.store.fitted import Known
from registry.wire.rows import AppearanceRow, GrantRow, SealedRow, WrapRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from registry.crypto.encoding import Field
    from registry.keeper.store.keyring import Keyring
    from registry.keeper.store.shred import Shred

log = logging.getLogger(__name__)

# All columns of a wrap, of ids their numbers: an id as such is hashed and compared by Python itself, which for the
# columns of nine wraps costs as much as opening what lies under them.
_ID_COLUMNS: Final = ("appearance_id", "agency_id", "grant_id")
_IDS: Final = attrgetter(*(f"{name}.int" for name in _ID_COLUMNS))
_OTHERS: Final = attrgetter(*(name for name in WrapRow.__struct_fields__ if name not in _ID_COLUMNS))
#: Where a document lies, by columns of its row.
_AT: Final = attrgetter("appearance_id.int", "compartment", "epoch", "version")
CUSTODIAN = "custodian"
#: A source re-reads its own appearance for this purpose and no other.
OWN_PURPOSE = "intake"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and opens with the keys of one ring; knows no rule about who may."""

    keyring: Keyring

    def births(
        self, appearance: AppearanceRow, documents: Iterable[tuple[str, bytes, date | None]], shred: Shred
    ) -> list[SealedRow]:
        """Seal the first documents of compartments, each under a new key wrapped for the custodian and the source.

        Args:
            documents: compartment, content and the day on which something in it is due for deletion.
        """
        holders = self._holders(appearance, shred)
        return [
            holders.seal(
                Place(appearance.id, compartment, epoch=1, version=1),
                content,
                key=envelope.new_key(),
                delete_on=delete_on,
            )
            for compartment, content, delete_on in documents
        ]

    def reseal(
        self, appearance: AppearanceRow, old: SealedRow, content: bytes, *, shred: Shred, delete_on: date | None
    ) -> SealedRow:
        """Seal the next version under the same key."""
        key = self.custodian_key(old, shred)
        place = Place(old.appearance_id, old.compartment, old.epoch, old.version + 1)
        return self._holders(appearance, shred).seal(place, content, key=key, delete_on=delete_on)

    def rekey(
        self, appearance: AppearanceRow, old: SealedRow, shred: Shred, *, above: int = 0
    ) -> tuple[SealedRow, bytes, bytes]:
        """Seal the same document under a new key, of an epoch above; return the row, the old key and the new one."""
        old_key = self.custodian_key(old, shred)
        content = self.open(old, old_key, shred)
        new_key = envelope.new_key()
        place = Place(old.appearance_id, old.compartment, max(old.epoch, above) + 1, old.version)
        sealed = self._holders(appearance, shred).seal(place, content, key=new_key, delete_on=old.delete_on)
        return sealed, old_key, new_key

    def renew(
        self, appearance: AppearanceRow, old: SealedRow, content: bytes, *, shred: Shred, delete_on: date | None
    ) -> tuple[SealedRow, bytes]:
        """Seal the next version under a new key; return the row and the key."""
        new_key = envelope.new_key()
        place = Place(old.appearance_id, old.compartment, old.epoch + 1, old.version + 1)
        return self._holders(appearance, shred).seal(place, content, key=new_key, delete_on=delete_on), new_key

    def open(self, row: SealedRow, key: bytes, shred: Shred) -> bytes:
        """Return a compartment's document.

        Raises:
            Refusal: the row is older than the shred store remembers.
            CryptoError: row and key do not belong together.
        """
        return envelope.open_document(row.envelope, key, _place(row, shred))

    def open_granted(self, row: SealedRow, wrap: WrapRow, shred: Shred) -> bytes:
        """Return a compartment's document through a grant's wrap.

        What one and the same wrap, down to its last column, was seen to open is remembered beside the secret that
        opened it, and goes with it; whether the wrap still counts is for the caller to say each time.

        Raises:
            Refusal, CryptoError: as for `open`, and where the wrap is forged.
        """
        _insist_on_state(row, shred)
        columns = _IDS(wrap), _OTHERS(wrap)
        known = shred.fitted.get(wrap.wrapped)
        if known is not None and known.columns != columns:
            known = None
        holder = str(wrap.agency_id) if known is None else known.holder
        self.keyring.get("agency", holder, wrap.key_version)  # one that was destroyed opens nothing
        if known is None or known.at != _AT(row):
            fitted = Fitted.of(self.granted_key(wrap, shred), _place(row, shred))
            known = shred.fitted[wrap.wrapped] = Known(wrap, columns, holder, _AT(row), fitted)
        return known.fitted.open(row.envelope)

    def custodian_key(self, row: SealedRow, shred: Shred) -> bytes:
        """Return the compartment's key through the custodian's wrap."""
        wrapping = self._wrapping(CUSTODIAN, CUSTODIAN, row.appearance_id, version=row.custodian_version, shred=shred)
        return Lock.of(wrapping).open(row.custodian_wrap, custodian_context(row))

    def own_key(self, row: SealedRow, agency: UUID, shred: Shred) -> bytes:
        """Return the compartment's key through the source's own wrap."""
        if row.own_wrap is None or row.own_version is None:
            raise Refusal("own.none")
        wrapping = self._wrapping(str(agency), OWN_PURPOSE, row.appearance_id, version=row.own_version, shred=shred)
        return Lock.of(wrapping).open(row.own_wrap, _own_context(row, agency))

    def granted_key(self, wrap: WrapRow, shred: Shred) -> bytes:
        """Return the compartment's key through a grant's wrap; every column of it is authenticated."""
        insist(that=wrap.alg == envelope.ALG, code="wrap.algorithm")
        holder = str(wrap.agency_id)
        wrapping = self._wrapping(holder, wrap.purpose, wrap.appearance_id, version=wrap.key_version, shred=shred)
        return envelope.open_secret(wrap.wrapped, wrapping, *wrap_context(wrap))

    def wrap_for(self, grant: GrantRow, row: SealedRow, *, key: bytes, shred: Shred) -> WrapRow:
        """Wrap a compartment's key for a grant."""
        return self._wrap(
            WrapRow(
                bucket=row.bucket,
                appearance_id=row.appearance_id,
                compartment=row.compartment,
                agency_id=grant.agency_id,
                purpose=grant.purpose,
                grant_id=grant.id,
                basis=grant.basis,
                epoch=row.epoch,
                not_before=grant.not_before,
                not_after=grant.not_after,
                key_version=0,
                alg=envelope.ALG,
                wrapped=b"",
            ),
            key,
            shred,
        )

    def rewrap(self, old: WrapRow, row: SealedRow, *, key: bytes, shred: Shred) -> WrapRow:
        """Wrap a compartment's new key as the old wrap had it."""
        values = old.values() | {"epoch": row.epoch}
        return self._wrap(WrapRow(**values), key, shred)  # type: ignore[arg-type]  # its own values

    def hold_anew(self, row: SealedRow, shred: Shred, *, source: UUID | None) -> SealedRow:
        """Wrap a compartment's key with the holder's present key; the document stays as it is sealed.

        Args:
            row: its document is not looked at.
            source: the agency whose own wrap it is about; None: the custodian's.

        Raises:
            Refusal, CryptoError: the present wrap does not open.
        """
        if source is None:
            key, (version, _) = self.custodian_key(row, shred), self.keyring.active(CUSTODIAN)
            lock = Lock.of(self._wrapping(CUSTODIAN, CUSTODIAN, row.appearance_id, version=version, shred=shred))
            wrapped = lock.seal(key, custodian_context(row))
            return msgspec.structs.replace(row, custodian_wrap=wrapped, custodian_version=version)
        key, (version, _) = self.own_key(row, source, shred), self.keyring.active("agency", str(source))
        lock = Lock.of(self._wrapping(str(source), OWN_PURPOSE, row.appearance_id, version=version, shred=shred))
        return msgspec.structs.replace(row, own_wrap=lock.seal(key, _own_context(row, source)), own_version=version)

    def wrap_anew(self, wrap: WrapRow, shred: Shred) -> WrapRow:
        """Wrap the same key for the same grant with its agency's present key, or raise as `granted_key`."""
        return self._wrap(wrap, self.granted_key(wrap, shred), shred)

    def carried_over(
        self,
        wraps: Iterable[WrapRow],
        old: SealedRow,
        row: SealedRow,
        *,
        keys: tuple[bytes, bytes],
        shred: Shred,
        now: datetime,
    ) -> list[WrapRow]:
        """Wrap a compartment's new key for every living grant that could open the old one.

        Args:
            wraps: of whatever compartments; those of another one or epoch are left out.
            keys: the old one, by which genuine wraps are told from forged ones, and the new one.
        """
        old_key, new_key = keys
        living = [wrap for wrap in wraps if _lives_on(wrap, old, now) and wrap.grant_id not in shred.ended]
        genuine = [wrap for wrap in living if self._holds(wrap, old_key, shred)]
        return [self.rewrap(wrap, row, key=new_key, shred=shred) for wrap in genuine]

    def _holds(self, wrap: WrapRow, key: bytes, shred: Shred) -> bool:
        """Say whether a wrap is genuine; a forged one opens for nobody, and must not hold up what is done here."""
        try:
            return macs.same(self.granted_key(wrap, shred), key)
        except (CryptoError, Refusal):
            log.warning("keeper.wrap-forged", extra={"grant": str(wrap.grant_id)})
            return False

    def _wrap(self, blank: WrapRow, key: bytes, shred: Shred) -> WrapRow:
        holder = str(blank.agency_id)
        version, _ = self.keyring.active("agency", holder)
        wrapping = self._wrapping(holder, blank.purpose, blank.appearance_id, version=version, shred=shred)
        wrapped = envelope.seal_secret(key, wrapping, *wrap_context(blank))
        values = blank.values() | {"key_version": version, "wrapped": wrapped}
        return WrapRow(**values)  # type: ignore[arg-type]  # its own values

    def _holders(self, appearance: AppearanceRow, shred: Shred) -> _Holders:
        """Return who can open an appearance from birth on: the custodian, and its source if that is an agency."""
        version, _ = self.keyring.active(CUSTODIAN)
        custodian = self._wrapping(CUSTODIAN, CUSTODIAN, appearance.id, version=version, shred=shred)
        if appearance.source_kind != "agency":
            return _Holders(appearance, Lock.of(custodian), version)
        source = str(appearance.source_id)
        own_version, _ = self.keyring.active("agency", source)
        own = self._wrapping(source, OWN_PURPOSE, appearance.id, version=own_version, shred=shred)
        return _Holders(appearance, Lock.of(custodian), version, Lock.of(own), own_version)

    def _wrapping(self, holder: str, purpose: str, appearance: UUID, *, version: int, shred: Shred) -> bytes:
        """Return W, derived once as long as the appearance's secret is in memory."""
        kind, scope = (CUSTODIAN, "") if holder == CUSTODIAN else ("agency", holder)
        key = self.keyring.get(kind, scope, version)  # each time: what was derived from a destroyed key counts no more
        known = shred.wrapping.get((holder, purpose, version))
        if known is None:
            known = wrapping_key(shred.secret, key, holder=holder, purpose=purpose, appearance=appearance)
            shred.wrapping[holder, purpose, version] = known
        return known


@dataclass(frozen=True, slots=True)
class _Holders:
    """The locks of one appearance: under them lie the keys of its compartments, for the custodian and the source."""

    appearance: AppearanceRow
    custodian: Lock
    custodian_version: int
    own: Lock | None = None
    own_version: int | None = None

    def seal(self, place: Place, content: bytes, *, key: bytes, delete_on: date | None) -> SealedRow:
        """Seal a document under a compartment's key, and the key for each holder."""
        own_context = _own_context(place, self.appearance.source_id)
        return SealedRow(
            bucket=self.appearance.bucket,
            appearance_id=self.appearance.id,
            compartment=place.compartment,
            epoch=place.epoch,
            version=place.version,
            alg=envelope.ALG,
            envelope=envelope.seal_document(content, key, place),
            custodian_wrap=self.custodian.seal(key, custodian_context(place)),
            custodian_version=self.custodian_version,
            own_wrap=None if self.own is None else self.own.seal(key, own_context),
            own_version=self.own_version,
            delete_on=delete_on,
        )


def _place(row: SealedRow, shred: Shred) -> Place:
    """Return where a row's document lies, unless the row is older than the shred store remembers."""
    _insist_on_state(row, shred)
    return Place(row.appearance_id, row.compartment, row.epoch, row.version)


def _insist_on_state(row: SealedRow, shred: Shred) -> None:
    """Refuse a row that is older than the shred store remembers, or of an algorithm that is not ours."""
    if row.epoch < shred.floors.get(row.compartment, 1):
        raise Refusal("sealed.below-floor")
    if row.alg != envelope.ALG:
        raise Refusal("sealed.algorithm")


def _lives_on(wrap: WrapRow, row: SealedRow, now: datetime) -> bool:
    same = (wrap.appearance_id, wrap.compartment, wrap.epoch) == (row.appearance_id, row.compartment, row.epoch)
    return same and now < wrap.not_after


def custodian_context(at: Place | SealedRow) -> bytes:
    """Return what the custodian's wrap of a compartment is bound to."""
    return _context(at, CUSTODIAN, purpose=CUSTODIAN, basis=CUSTODIAN)


def _own_context(at: Place | SealedRow, agency: UUID) -> bytes:
    return _context(at, str(agency), purpose=OWN_PURPOSE, basis="own")


def _context(at: Place | SealedRow, holder: str, *, purpose: str, basis: str) -> bytes:
    """Return the context of a wrap that belongs to no grant and to no time, field by field as `wrap_context`."""
    appearance = at.appearance if isinstance(at, Place) else at.appearance_id
    where = fixed(at.compartment, purpose, basis, at.epoch, None, None)
    return fixed("wrap", None, holder) + of_row(appearance) + where


def wrap_context(wrap: WrapRow) -> tuple[Field, ...]:
    """Return what a grant's wrap is bound to: every column of it but the one that says what it lies under."""
    return (
        "wrap",
        wrap.grant_id,
        str(wrap.agency_id),
        wrap.appearance_id,
        wrap.compartment,
        wrap.purpose,
        wrap.basis,
        wrap.epoch,
        wrap.not_before,
        wrap.not_after,
    )
