"""The keeper as the signer that consent's receipts ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.keys.client import KEEPER
from registry.wire import messages

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class GrantSigner:
    """Signs the record of one committed grant and nothing else; the keeper compares its digest with the proved one."""

    grant_id: UUID

    def sign(self, payload: bytes) -> str:
        """Return the payload signed as a compact JWS.

        Raises:
            KeeperRefused: this is not the record that was proved.
        """
        return KEEPER.ask(messages.Sign(self.grant_id, payload), messages.Signature).jws
