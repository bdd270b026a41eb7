"""Keepers that forget one rule each: what attacks the keeper must find every one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from msgspec import structs

from registry.keeper.acts.granting import Granter
from registry.keeper.acts.linking import Matcher
from registry.keeper.acts.opening import Opener
from registry.keeper.desk.front import Desk, Terms
from registry.keeper.reading import Found, Reader
from registry.keeper.rotation.destroying import Destroyer
from registry.keeper.rotation.engine import Rotation
from registry.keeper.rotation.moving import Mover
from registry.keeper.rules import Refusal
from registry.keeper.sealing import Sealer
from registry.wire import messages, rotating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from registry.keeper.rotation.ordering import Ordered
    from registry.keeper.server import Rooms
    from registry.keeper.store.shred import Shred, ShredStore
    from registry.wire.asking import CodeProof, PasskeyProof
    from registry.wire.messages import Said
    from registry.wire.rows import AgencyRow, AppearanceRow, GrantRow, SealedRow, SessionRow, WrapRow


class OpensWithoutWrap(Opener):
    """Forgets the rule that only a wrap opens: takes the custodian's for whatever the line names."""

    def _allowed(self, found: list[Found], said: Said, who: AgencyRow) -> list[Found]:  # noqa: ARG002 - that is the fault
        return self.reader.sealed({one.appearance.id for one in found}, said.compartments)

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:  # noqa: ARG002 - as above
        return self.sealer.open(one.sealed, self.sealer.custodian_key(one.sealed, shred), shred)


class ForgetsTime(Opener):
    """Forgets the rule that a wrap ends."""

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        return super()._open_one(one, agency, shred, now=one.wrap.not_before if one.wrap else now)


class ForgetsWithdrawals(Opener):
    """Forgets both rules that close what has ended: by the grant, and by the epoch."""

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        return super()._open_one(one, agency, replace(shred, floors={}, ended=set()), now=now)


class ForgetsToDestroy(Granter):
    """Forgets to destroy what was ordered to be destroyed."""

    def erase(self, asked: messages.Erase) -> messages.Done:  # noqa: ARG002 - that is the fault
        """Do nothing."""
        return messages.Done()


class ReadsEverybodysOwn(Opener):
    """Forgets the rule that the own lane is for the source."""

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        source = one.appearance.source_id if agency and one.wrap is None else agency
        return super()._open_one(one, source, shred, now=now)

    def _allowed(self, found: list[Found], said: Said, who: AgencyRow) -> list[Found]:
        return found if said.basis == "own" else super()._allowed(found, said, who)


class ConfusesPlaces(Sealer):
    """Opens a compartment with what lies in it, whatever it was sealed for."""

    def open(self, row: SealedRow, key: bytes, shred: Shred) -> bytes:
        """Say the same for every place."""
        super().open(row, key, shred)
        return b'{"entries":[{"value":{"said":"something"}}]}'

    def open_granted(self, row: SealedRow, wrap: WrapRow, shred: Shred) -> bytes:
        """Say it under a grant too."""
        super().open_granted(row, wrap, shred)
        return b'{"entries":[{"value":{"said":"something"}}]}'


class RemembersTooMuch(Opener):
    """Opens with what it remembers of a compartment, whichever wrap is there now, or none."""

    def _allowed(self, found: list[Found], said: Said, who: AgencyRow) -> list[Found]:
        known = [structs.replace(one, wrap=self._seen(one, said, who)) for one in found]
        return super()._allowed(known, said, who)

    def _seen(self, one: Found, said: Said, who: AgencyRow) -> WrapRow | None:
        if one.wrap is not None or said.basis == "own":
            return one.wrap
        shred = self.store.secrets_of([one.appearance.id]).get(one.appearance.id)
        remembered = [known.wrap for known in shred.fitted.values()] if shred else []
        place = (one.sealed.compartment, one.sealed.epoch, who.id)
        return next((wrap for wrap in remembered if (wrap.compartment, wrap.epoch, wrap.agency_id) == place), None)


class RefusesTooMuch(Opener):
    """Opens nothing under a grant: a check that only ever sees refusals would not notice."""

    def open(self, asked: messages.Open, now: datetime, *, agency: UUID | None = None) -> messages.Plaintext:
        """Open, but for grants."""
        if asked.said.basis != "own":
            raise Refusal("tired")
        return super().open(asked, now, agency=agency)


class LetsGrantsFollowLinks(Opener):
    """Takes a grant for the person instead of for what was signed."""

    def _allowed(self, found: list[Found], said: Said, who: AgencyRow) -> list[Found]:
        allowed = super()._allowed(found, said, who)
        if said.basis == "own":
            return allowed
        rest = {one.appearance.id for one in found} - {one.appearance.id for one in allowed}
        return [*allowed, *self.reader.sealed(rest, {one.sealed.compartment for one in allowed})]

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        is_linked = one.wrap is None and agency != one.appearance.source_id
        return super()._open_one(one, None if is_linked else agency, shred, now=now)


class TakesItForHers(Reader):
    """Forgets the rule that she must say so: takes every linked appearance for proved."""

    def self_opening(self, line: Mapping[str, object]) -> tuple[tuple[SessionRow], list[Found]]:
        """Read as ever, but for how it is hers."""
        who, found = super().self_opening(line)
        return who, [structs.replace(one, appearance=_proved(one.appearance)) for one in found]

    def sealed(self, appearances: Iterable[UUID], compartments: Iterable[str]) -> list[Found]:
        """Likewise."""
        found = super().sealed(appearances, compartments)
        return [structs.replace(one, appearance=_proved(one.appearance)) for one in found]

    def appearances_of(self, person: UUID) -> list[AppearanceRow]:
        """Likewise."""
        return [_proved(one) for one in super().appearances_of(person)]


@dataclass(frozen=True, slots=True)
class Forgetful:
    """A shred store that does not remember something."""

    store: ShredStore

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a store has
        """Return what it does remember."""
        return getattr(self.store, name)


class ForgetsGrants(Forgetful):
    """Remembers no grant that ended."""

    def end_grant(self, grant: UUID, appearances: Sequence[UUID]) -> None:
        """Do nothing."""


class ForgetsWhatWasGivenBack(Forgetful):
    """Remembers of no person that something is hers no more."""

    def given_back(self, person: UUID, appearances: Iterable[UUID]) -> set[UUID]:  # noqa: ARG002 - that is the fault
        """Return nothing."""
        return set()


class LeavesTheWraps(Matcher):
    """Forgets to end what was granted of an appearance that is given back."""

    def _rekeyed(self, row: AppearanceRow, compartments: list[str]) -> list[SealedRow]:  # noqa: ARG002 - that is the fault
        return []


class ForgetsWhoGaveItBack(Opener):
    """Forgets the rule that what a person gave back opens by no grant of hers: the wraps stand for it alone."""

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        forgetful = replace(shred, ended=shred.ended - {one.appearance.person_id})
        return super()._open_one(one, agency, forgetful, now=now)


class MovesAnything(Matcher):
    """Forgets the rule that what somebody proved to be hers stays."""

    def _is_loose(self, row: AppearanceRow) -> bool:  # noqa: ARG002 - that is the fault
        return True


class TrustsOneOfficer(Desk):
    """Forgets the rule that one office's letter proves nothing to another."""

    def terms(self, session: SessionRow, proof: CodeProof | PasskeyProof, now: datetime) -> Terms:
        """Say that a second officer agreed."""
        return replace(super().terms(session, proof, now), approved=True)


class LeavesTheWider(Granter):
    """Forgets that a narrower grant ends the wider one: there still is one for this office and purpose."""

    def rotate(self, asked: messages.Rotate, now: datetime) -> messages.Rotated:
        """End it in words only, where another one holds."""
        grant = self.reader.grant(asked.grant_id)
        others = [one for one in self.reader.grants_of(grant.person_id) if self._stands_in(one, grant, now)]
        if not others:
            return super().rotate(asked, now)
        return messages.Rotated(grant, [], [], [])

    @staticmethod
    def _stands_in(one: GrantRow, grant: GrantRow, now: datetime) -> bool:
        alike = (one.agency_id, one.purpose) == (grant.agency_id, grant.purpose)
        return alike and one.id != grant.id and one.status == "active" and now < one.not_after


class KeepsTheKey(Destroyer):
    """Says that a key is destroyed, and goes on opening with it."""

    def destroy(self, asked: rotating.DestroyKey, now: datetime) -> rotating.KeyDestroyed:  # noqa: ARG002 - that is the fault
        """Do nothing."""
        return rotating.KeyDestroyed(["everything"], are_copies_closed=False)


class LosesRows(Mover):
    """Forgets what comes after the first chunk's first wraps."""

    def rekey(self, asked: rotating.Rekey, now: datetime) -> rotating.Rekeyed:
        """Move a part, and say that it is all."""
        moved = super().rekey(asked, now)
        return structs.replace(moved, held=moved.held[:5], wraps=moved.wraps[:1])


class DestroysWhatIsUsed(Destroyer):
    """Does not look whether anything lies under a key; that nothing is lost is then up to who moved it."""

    def _is_used(self, run: Ordered) -> bool:
        return run.kind == "shred" and super()._is_used(run)


def _proved(row: AppearanceRow) -> AppearanceRow:
    return structs.replace(row, basis="confirmed") if row.basis == "decided" else row


def _opener(rooms: Rooms, kind: type[Opener], sealer: Sealer | None = None) -> Rooms:
    old = rooms.opener
    return replace(rooms, opener=kind(old.reader, old.store, old.desk, sealer or old.sealer, old.rates))


def _granter(rooms: Rooms, kind: type[Granter]) -> Rooms:
    old = rooms.granter
    return replace(rooms, granter=kind(old.reader, old.store, old.desk, old.sealer))


def _matcher(rooms: Rooms, kind: type[Matcher], **others: Any) -> Rooms:  # noqa: ANN401 - parts of a matcher
    old = rooms.matcher
    parts = {one: getattr(old, one) for one in ("reader", "store", "desk", "opener", "tokens", "questions", "lists")}
    return replace(rooms, matcher=kind(**(parts | others)))


def _rotation(rooms: Rooms, mover: type[Mover], destroyer: type[Destroyer]) -> Rooms:
    old = rooms.rotation
    parts = (old.mover.lying, old.mover.store, old.mover.sealer, old.orders, old.mover.retokener)
    return replace(rooms, rotation=Rotation(old.orders, mover(*parts), destroyer(*parts)))


def _credulous(rooms: Rooms) -> Reader:
    return TakesItForHers(rooms.reader.database, rooms.reader.keyring, rooms.reader.memory)


def _trusting(rooms: Rooms) -> Desk:
    old = rooms.matcher.desk
    return TrustsOneOfficer(old.presence, old.challenges, old.letters, old.officers, old.passkeys, old.tokens)


BROKEN: dict[str, Callable[[Rooms], Rooms]] = {
    "opens without a wrap": lambda rooms: _opener(rooms, OpensWithoutWrap),
    "forgets the time": lambda rooms: _opener(rooms, ForgetsTime),
    "forgets withdrawals": lambda rooms: _opener(rooms, ForgetsWithdrawals),
    "forgets to destroy": lambda rooms: _granter(rooms, ForgetsToDestroy),
    "reads everybody's own": lambda rooms: _opener(rooms, ReadsEverybodysOwn),
    "confuses places": lambda rooms: _opener(rooms, Opener, ConfusesPlaces(rooms.store.keyring)),
    "remembers too much": lambda rooms: _opener(rooms, RemembersTooMuch),
    "lets grants follow links": lambda rooms: _opener(rooms, LetsGrantsFollowLinks),
    "shows what is only decided": lambda rooms: replace(rooms, opener=replace(rooms.opener, reader=_credulous(rooms))),
    "grants what is only decided": lambda rooms: replace(
        rooms, granter=replace(rooms.granter, reader=_credulous(rooms))
    ),
    "leaves the wraps at unlinking": lambda rooms: _opener(
        _matcher(rooms, LeavesTheWraps, store=ForgetsGrants(rooms.store)), ForgetsWhoGaveItBack
    ),
    "forgets what was given back": lambda rooms: replace(
        rooms,
        opener=replace(rooms.opener, store=ForgetsWhatWasGivenBack(rooms.store)),  # type: ignore[arg-type]  # but for one rule it is one
    ),
    "moves anything": lambda rooms: _matcher(rooms, MovesAnything),
    "trusts one officer": lambda rooms: _matcher(rooms, Matcher, desk=_trusting(rooms)),
    "leaves the wider grant": lambda rooms: _granter(rooms, LeavesTheWider),
    "keeps a destroyed key": lambda rooms: _rotation(rooms, Mover, KeepsTheKey),
    "loses rows at rotating": lambda rooms: _rotation(rooms, LosesRows, DestroysWhatIsUsed),
    "refuses too much": lambda rooms: _opener(rooms, RefusesTooMuch),
}
