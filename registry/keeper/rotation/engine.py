"""The keeper's part in rotating keys, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from registry.keeper.rotation.destroying import Destroyer
from registry.keeper.rotation.lying import Lying
from registry.keeper.rotation.moving import Mover
from registry.keeper.rotation.ordering import Orders
from registry.keeper.rotation.retokening import Retokener
from registry.wire import rotating

if TYPE_CHECKING:
    from datetime import datetime

    from registry.keeper.acts.records import Records
    from registry.keeper.reading import Reader
    from registry.keeper.rotation.ordering import Officers
    from registry.keeper.sealing import Sealer
    from registry.keeper.store.shred import ShredStore
    from registry.keeper.tokens import Linking
    from registry.wire import messages

Asked: TypeAlias = rotating.OrderRun | rotating.Renew | rotating.Rekey | rotating.DestroyKey | rotating.TellKeys


@dataclass(frozen=True, slots=True)
class Rotation:
    """Takes orders, renews, moves, destroys, tells."""

    orders: Orders
    mover: Mover
    destroyer: Destroyer

    @classmethod
    def of(
        cls, reader: Reader, store: ShredStore, officers: Officers, *, sealer: Sealer, tokens: Linking, records: Records
    ) -> Rotation:
        """Build the parts around the keeper's others."""
        orders, lying = Orders(reader, store, officers), Lying(reader.database)
        retokener = Retokener(lying, reader, store, sealer, tokens, records)
        mover = Mover(lying, store, sealer, orders, retokener)
        return cls(orders, mover, Destroyer(lying, store, sealer, orders, retokener))

    def answer(self, asked: Asked, now: datetime) -> messages.Answer:
        """Do what was asked."""
        match asked:
            case rotating.OrderRun():
                return self.orders.take(asked, now)
            case rotating.Renew():
                return self.mover.renew(asked, now)
            case rotating.Rekey():
                return self.mover.rekey(asked, now)
            case rotating.DestroyKey():
                return self.destroyer.destroy(asked, now)
            case rotating.TellKeys():
                return self.destroyer.tell()
