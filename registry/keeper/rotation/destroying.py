"""Keys destroyed, and that proved by trying; what is told about all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from msgspec.structs import replace

from registry.crypto.errors import CryptoError
from registry.keeper.rotation.ordering import AGENCY, DESTROY
from registry.keeper.rotation.probes import probes
from registry.keeper.rules import Refusal, insist
from registry.keeper.sealing import Sealer
from registry.keeper.store.keys import ROOT
from registry.keeper.tokens import LOOKUP
from registry.wire import rotating

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from typing import TypeVar

    from registry.keeper.rotation.lying import Lying
    from registry.keeper.rotation.ordering import Ordered, Orders
    from registry.keeper.rotation.probes import Probe
    from registry.keeper.rotation.retokening import Retokener
    from registry.keeper.store.keys import KeyState
    from registry.keeper.store.shred import Shred, ShredStore
    from registry.wire.rows import SealedRow, WrapRow

    R = TypeVar("R", SealedRow, WrapRow)

#: What was made under a key just before it retired may still be on its way into the database.
ON_ITS_WAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Destroyer:
    """Destroys a key that nothing lies under, and tries afterwards what it used to open."""

    lying: Lying
    store: ShredStore
    sealer: Sealer
    orders: Orders
    retokener: Retokener

    def destroy(self, asked: rotating.DestroyKey, now: datetime) -> rotating.KeyDestroyed:
        """Destroy what a run orders.

        Before, things are sealed under the key, just as its rows were, and seen to open; afterwards each is tried with
        what this keeper has in memory, and with what the next one would read from the store.

        Raises:
            Refusal: it still makes new things, did so lately, or something genuine lies under it.
        """
        run = self.orders.live(asked.run, {DESTROY}, now)
        state = self.store.keys.state_of(run.kind, run.scope, run.before)
        insist(that=state is not None and state.state in {"decrypt-only", "destroyed"}, code="key.not-retired")
        if state is not None and state.state == "decrypt-only" and run.kind != ROOT:
            insist(
                that=state.retired_at is not None and now - state.retired_at >= ON_ITS_WAY, code="key.retired-lately"
            )
            insist(that=not self._is_used(run), code="key.still-used")
        made = list(self._made(run))
        are_copies_closed = self.store.keys.destroy(run.kind, run.scope, run.before)
        self.store.forget_keys()
        self.retokener.forget()
        tried = [*self._tried(made)]
        if are_copies_closed:
            tried.append("the wrapped form of the key that lay in the shred store, asked of the custodian")
        return rotating.KeyDestroyed(tried, are_copies_closed)

    def tell(self) -> rotating.KeysTold:
        """Tell of all keys, and count what lies under each."""
        custodian, agencies = self.lying.counts()
        tokens = self.retokener.lying_under()
        return rotating.KeysTold(
            [
                rotating.KeyTold(
                    one.kind, one.scope, one.version, one.state, one.created_at, one.retired_at,
                    tokens[one.version] if one.kind == LOOKUP else self._count(one, custodian, agencies), one.salted,
                )
                for one in self.store.keys.told()
            ]
        )  # fmt: skip

    def _count(self, one: KeyState, custodian: Counter[int], agencies: Counter[tuple[str, int]]) -> int | None:
        match one.kind:
            case "custodian":
                return custodian[one.version]
            case "agency":
                return agencies[one.scope, one.version]
            case "shred":
                return self.store.lying_under(one.version)
            case _:
                return None

    def _is_used(self, run: Ordered) -> bool:
        """Say whether anything opens by this key, whatever version its row names.

        What is damaged or forged does not open, and must not keep the key alive.
        """
        before = run.before
        match run.kind:
            case "custodian":
                return self._any_opens(
                    self.lying.all_held(),
                    lambda row, shred: self.sealer.custodian_key(replace(row, custodian_version=before), shred),
                )
            case "agency":
                agency = run.agency
                return self._any_opens(
                    self.lying.all_own(agency),
                    lambda row, shred: self.sealer.own_key(replace(row, own_version=before), agency, shred),
                ) or self._any_opens(
                    self.lying.all_wraps(agency),
                    lambda wrap, shred: self.sealer.granted_key(replace(wrap, key_version=before), shred),
                )
            case "shred":
                return self.store.lying_under(run.before) > 0
            case "lookup":
                return self.retokener.can_renew(run.before)
            case _:
                return False

    def _any_opens(self, pages: Iterable[list[R]], opening: Callable[[R, Shred], bytes]) -> bool:
        for rows in pages:
            shreds = self.store.in_passing({row.appearance_id for row in rows})
            for row in rows:
                shred = shreds.get(row.appearance_id)
                if shred is not None and _opens(row, shred, opening):
                    return True
        return False

    def _made(self, run: Ordered) -> Iterator[Probe]:
        """Yield what was just sealed under the key and opens by it; nothing of a root, or of a key that is gone."""
        if run.kind == ROOT or not self.store.keyring.has(run.kind, run.scope, run.before):
            return
        for probe in probes(
            run.kind, UUID(run.scope) if run.kind == AGENCY else uuid4(), run.before, ring=self.store.keyring
        ):
            insist(that=probe.opens(self.sealer), code="key.probe")
            yield probe

    def _tried(self, made: Iterable[Probe]) -> Iterator[str]:
        next_one = Sealer(self.store.keys.opened_anew())
        for probe in made:
            for sealer, whose in ((self.sealer, "with the keys in memory"), (next_one, "with the keys as read anew")):
                insist(that=not probe.opens(sealer), code="key.opens-still")
                yield f"{probe.words}, {whose}"


def _opens(row: R, shred: Shred, opening: Callable[[R, Shred], bytes]) -> bool:
    try:
        opening(row, shred)
    except (CryptoError, Refusal):
        return False
    return True
