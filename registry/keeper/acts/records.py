"""A source's own records: known again by keyed tokens and fingerprints, whichever key made them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.crypto import envelope, macs
from registry.crypto.derivation import sub_key
from registry.keeper.tokens import LOOKUP

if TYPE_CHECKING:
    from uuid import UUID

    from registry.keeper.store.keyring import Keyring
    from registry.keeper.store.shred import Shred

_KEPT, _FINGERPRINT = "inbox-key", "inbox-fingerprint"


@dataclass(frozen=True, slots=True)
class Records:
    """What the inbox holds of a record, as the keeper makes it; nothing of it tells what a source calls somebody."""

    keyring: Keyring

    def token(self, source: UUID, key: str) -> tuple[int, bytes]:
        """Return the present version of the look-up key, and under it the token of what a source calls a record."""
        version, lookup = self.keyring.active(LOOKUP)
        return version, _token(lookup, source, key)

    def tokens(self, source: UUID, key: str) -> list[bytes]:
        """Return the tokens of a record under all versions: while the key is renewed, one of them is stored."""
        return [_token(lookup, source, key) for _, lookup in self.keyring.all_of(LOOKUP)]

    def keep(self, shred: Shred, source: UUID, appearance: UUID, *, key: str) -> bytes:
        """Seal what a source calls a record, so that its token can be made anew until the appearance is forgotten."""
        return envelope.seal_secret(key.encode(), sub_key(shred.secret, _KEPT), _KEPT, source, appearance)

    def kept(self, shred: Shred, source: UUID, appearance: UUID, *, sealed: bytes) -> str:
        """Return what `keep` sealed.

        Raises:
            CryptoError: it was for another source or appearance: no source learns a token of another.
        """
        return envelope.open_secret(sealed, sub_key(shred.secret, _KEPT), _KEPT, source, appearance).decode()

    def fingerprint(self, shred: Shred, appearance: UUID, digest: bytes) -> bytes:
        """Return what makes the same content recognisable, in this appearance only."""
        return macs.mac(sub_key(shred.secret, _FINGERPRINT), (_FINGERPRINT, appearance, digest))


def _token(lookup: bytes, source: UUID, key: str) -> bytes:
    return macs.mac(lookup, ("inbox", source, key))
