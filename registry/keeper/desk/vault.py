"""What a credential's sealed part holds, and comparing what somebody typed with it."""

from __future__ import annotations

import hmac
import os
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from registry.crypto import envelope, macs
from registry.keeper.rules import LOCK_MINUTES, TRIES, Refusal, insist

if TYPE_CHECKING:
    from datetime import datetime

    from registry.keeper.store.shred import ShredStore
    from registry.wire.rows import CredentialRow

S = TypeVar("S", bound=msgspec.Struct)

#: Slow hashes that may run side by side; more would let strangers who only guess take all the memory and cores.
_AT_ONCE = 2


class Secret(msgspec.Struct, frozen=True):
    """What is sealed of a password or a letter; nothing of it leaves the keeper."""

    salt: bytes
    hash: bytes  #: Argon2id of the password or PIN
    totp: bytes = b""
    codes: list[bytes] = []
    agency: UUID | None = None  #: whose counter handed the letter over
    approved: bool = False  #: whether a second officer agreed


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals what credentials keep secret, and counts who guesses."""

    store: ShredStore
    turns: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(_AT_ONCE))

    def seal(self, credential: UUID, secret: msgspec.Struct) -> bytes:
        """Return a credential's sealed part, bound to its id."""
        _, key = self.store.keyring.active("secrets")
        return envelope.seal_secret(msgspec.msgpack.encode(secret), key, "credential", credential)

    def opened(self, credential: CredentialRow, form: type[S]) -> S:
        """Return what is sealed in a credential; raises CryptoError."""
        key = self.store.keyring.active("secrets")[1]
        content = envelope.open_secret(credential.secret, key, "credential", credential.id)
        return msgspec.msgpack.decode(content, type=form)

    def hashed(self, given: str, *, totp: bytes = b"", codes: list[bytes] | None = None) -> Secret:
        """Return the secret part of a password or PIN, with a fresh salt."""
        salt = os.urandom(16)
        return Secret(salt=salt, hash=self._slow(given, salt), totp=totp, codes=codes or [])

    def compare(self, credential: CredentialRow, given: str, now: datetime, *, forget: bool = True) -> Secret:
        """Compare a password or PIN; the try is counted before the answer is known.

        Args:
            forget: start counting anew where it is right.

        Raises:
            Refusal: it is wrong, or there were too many tries.
        """
        anew_after = None if credential.kind == "letter" else timedelta(minutes=LOCK_MINUTES)
        counted = self.store.count_try(credential.id, now, most=TRIES, anew_after=anew_after)
        if not counted:
            self.hashed(given)  # takes as long as a wrong one: nobody learns from the time what there is
            raise Refusal("sign-in.locked")
        secret = self.opened(credential, Secret)
        insist(that=hmac.compare_digest(self._slow(given, secret.salt), secret.hash), code="sign-in.wrong")
        if forget:
            self.store.forget_tries(credential.id)
        return secret

    def mac(self, *fields: str | bytes | int | UUID) -> bytes:
        """Return a keyed digest of fields, by the key that nothing but secrets of credentials is under."""
        return macs.mac(self.store.keyring.active("secrets")[1], fields)

    def _slow(self, given: str, salt: bytes) -> bytes:
        """Argon2id with OWASP's second choice (19 MiB, two passes, one lane), for a few guesses at a time."""
        kdf = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19 * 1024)
        with self.turns:
            return kdf.derive(given.encode())
