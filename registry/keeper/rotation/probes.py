"""Things sealed under a key only to be tried with it, before it is destroyed and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec

from registry.crypto import envelope, macs, signing
from registry.crypto.derivation import wrapping_key
from registry.crypto.envelope import Lock
from registry.crypto.errors import CryptoError
from registry.keeper.rules import Refusal
from registry.keeper.sealing import CUSTODIAN, custodian_context, wrap_context
from registry.keeper.store.shred import Shred
from registry.wire.rows import SealedRow, WrapRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.keeper.sealing import Sealer
    from registry.keeper.store.keyring import Keyring

_PURPOSE = "placement"
_COMPARTMENT = "identity.core"
_NO_TIME = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Probe:
    """Something under a key, and how one would open it."""

    words: str
    _opened: Callable[[Sealer], bytes] = field(repr=False)
    _secret: bytes = field(repr=False)

    def opens(self, sealer: Sealer) -> bool:
        """Say whether the keys of this sealer open it."""
        try:
            return macs.same(self._opened(sealer), self._secret)
        except (CryptoError, Refusal):
            return False


def probes(kind: str, agency: UUID, version: int, *, ring: Keyring) -> Iterator[Probe]:
    """Yield what a key of this kind is used for, made of nobody's data.

    Args:
        agency: of an agency's key: whose; otherwise not looked at.
    """
    scope = str(agency) if kind == "agency" else ""
    key = ring.get(kind, scope, version)
    match kind:
        case "agency":
            yield _granted(agency, version, key)
        case "custodian":
            yield _held(version, key)
        case "receipts":
            words = "a receipt to be signed"
            yield Probe(words, lambda sealer: _signed(sealer.keyring.get(kind, "", version)), _signed(key))
        case _:
            secret, at = envelope.new_key(), uuid4()
            sealed = envelope.seal_secret(secret, key, kind, at)
            yield Probe(
                "a secret under it",
                lambda sealer: envelope.open_secret(sealed, sealer.keyring.get(kind, "", version), kind, at),
                secret,
            )


def _granted(agency: UUID, version: int, key: bytes) -> Probe:
    """Return a grant's wrap, made as the keeper made them while the key was the present one."""
    shred, secret, at = Shred(envelope.new_key()), envelope.new_key(), uuid4()
    blank = WrapRow(
        bucket=at.bytes[0],
        appearance_id=at,
        compartment=_COMPARTMENT,
        agency_id=agency,
        purpose=_PURPOSE,
        grant_id=uuid4(),
        basis="consent",
        epoch=1,
        not_before=_NO_TIME,
        not_after=_NO_TIME,
        key_version=version,
        alg=envelope.ALG,
        wrapped=b"",
    )
    wrapping = wrapping_key(shred.secret, key, holder=str(agency), purpose=_PURPOSE, appearance=at)
    wrap = msgspec.structs.replace(blank, wrapped=envelope.seal_secret(secret, wrapping, *wrap_context(blank)))
    return Probe("a grant's wrap under it", lambda sealer: sealer.granted_key(wrap, shred), secret)


def _held(version: int, key: bytes) -> Probe:
    """Return a compartment's wrap for the custodian, made in the same way."""
    shred, secret, at = Shred(envelope.new_key()), envelope.new_key(), uuid4()
    row = SealedRow(
        bucket=at.bytes[0],
        appearance_id=at,
        compartment=_COMPARTMENT,
        epoch=1,
        version=1,
        alg=envelope.ALG,
        envelope=b"",
        custodian_wrap=b"",
        custodian_version=version,
        own_wrap=None,
        own_version=None,
        delete_on=None,
    )
    wrapping = wrapping_key(shred.secret, key, holder=CUSTODIAN, purpose=CUSTODIAN, appearance=at)
    row = msgspec.structs.replace(row, custodian_wrap=Lock.of(wrapping).seal(secret, custodian_context(row)))
    return Probe("a custodian's wrap under it", lambda sealer: sealer.custodian_key(row, shred), secret)


def _signed(key: bytes) -> bytes:
    return signing.compact_jws(b"{}", key, typ="probe").encode()
