"""Names become keyed tokens and leave sealed for the linker; what the linker found is believed only sealed."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from registry.crypto import envelope
from registry.crypto.derivation import sub_key
from registry.crypto.errors import CryptoError
from registry.folding.identity import tokenized
from registry.folding.reading import identity_of
from registry.keeper.rules import Refusal, insist
from registry.wire import linking

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from registry.folding.identity import Identity, Tokenize
    from registry.wire.linking import Statement

#: The kind of the key that all tokens lie under.
LOOKUP = "lookup"
#: Bytes of a token: among 10 million different names two meet by chance once in 300,000 registries.
TOKEN_BYTES = 8
#: Tokens remembered with their texts, of levels at which many people share one: never whole dates, never numbers.
_REMEMBERED = 32_768
_SHARED = frozenset({"exact", "sound", "skeleton", "year", "code"})
#: The compartments whose documents identify somebody.
COMPARTMENTS = (
    "identity.core", "identity.origin", "identifiers.azr", "identifiers.bamf", "identifiers.ba-customer",
    "identifiers.ba-reference", "identifiers.jobcenter-case",
)  # fmt: skip


class LookupKeys(Protocol):
    """Who has the versions of the look-up key; a keyring does."""

    def active(self, kind: str) -> tuple[int, bytes]:
        """Return (version, key) to make new tokens with."""

    def all_of(self, kind: str) -> list[tuple[int, bytes]]:
        """Return (version, key) of those that are not destroyed."""

    def is_salted(self, version: int) -> bool:
        """Say whether names are salted under a version of the look-up key."""


@dataclass(frozen=True, slots=True)
class Linking:
    """The keeper's side of the wall between names and tokens."""

    keys: LookupKeys
    query_key: bytes = field(repr=False)
    finding_key: bytes = field(repr=False)
    _made: dict[int, Tokenizer] = field(default_factory=dict, repr=False)  #: by version of the look-up key

    @classmethod
    def of(cls, keys: LookupKeys, linker_key: bytes) -> Linking:
        """Derive the sealing keys from the linker's; the token keys follow from the look-up key, whichever is there.

        Args:
            linker_key: 32 bytes, as `registry.crypto.keyfiles.read_key` returns them.
        """
        return cls(keys, sub_key(linker_key, linking.QUERY_KEY), sub_key(linker_key, linking.FINDING_KEY))

    def forget(self) -> None:
        """Forget everything that was derived from the look-up key: a version of it is destroyed."""
        for made in list(self._made.values()):
            made.forget()
        self._made.clear()

    def seal(self, documents: Iterable[bytes], *, asker: bytes, subject: UUID | None, at: datetime) -> bytes:
        """Return the identity that compartment documents tell of, as tokens sealed for the linker.

        While the look-up key is renewed the tokens are there under each version: who was recorded before is found too.

        Args:
            documents: plaintext of an appearance's COMPARTMENTS (`{"entries": [...]}`), others are ignored entry by
                entry; superseded and ended names, dates and numbers count as former ones only where they still help.
            asker: a run's id or a session digest: who may use what is found.
            subject: the appearance; None for a question at the counter.
        """
        identity = identity_of(documents)
        identities = tuple(
            (version, msgspec.Raw(linking.ENCODER.encode(self._tokenized(identity, version, token))))
            for version, token in self._all()
        )
        query = linking.Query(asker, subject, at, identities)
        return envelope.seal_secret(linking.ENCODER.encode(query), self.query_key, linking.QUERY_KEY)

    def open_finding(self, sealed: bytes, *, asker: bytes, now: datetime) -> Statement:
        """Return what the linker said to this asker less than five minutes ago.

        Raises:
            Refusal: the linker did not say it, said it to somebody else, or too long ago.
        """
        try:
            content = envelope.open_secret(sealed, self.finding_key, linking.FINDING_KEY)
        except CryptoError:
            raise Refusal("finding.forged") from None
        statement = linking.STATEMENT.decode(content)
        insist(that=hmac.compare_digest(statement.asker, asker), code="finding.of-another")
        insist(that=abs(now - statement.at) <= linking.QUERY_LIFE, code="finding.too-old")
        return statement

    def _tokenized(self, identity: Identity[str], version: int, token: Tokenize) -> Identity[int]:
        return tokenized(identity, token, salted=self.keys.is_salted(version))

    def _all(self) -> list[tuple[int, Tokenize]]:
        """Return what makes tokens, by version, the present one first; of versions that are there now, no others."""
        present, _ = self.keys.active(LOOKUP)
        made = {
            version: self._made.get(version) or Tokenizer(key, version) for version, key in self.keys.all_of(LOOKUP)
        }
        for gone in self._made.keys() - made.keys():
            self._made.pop(gone, None)
        self._made.update(made)
        return sorted(made.items(), key=lambda one: one[0] != present)


def tokenizer(lookup_key: bytes, version: int) -> Tokenize:
    """Return the function from folded text to tokens: HMAC-SHA256 under IK, cut to 64 bits (signed, as a bigint is)."""
    return Tokenizer(lookup_key, version)


class Tokenizer:
    """One key for each attribute and level, derived when it is first needed."""

    __slots__ = ("_keys", "_lookup", "_remembered", "_version")

    def __init__(self, lookup_key: bytes, version: int) -> None:
        self._lookup, self._version = lookup_key, version
        self._keys: dict[tuple[str, str], bytes] = {}
        self._remembered: dict[tuple[str, str, str], int] = {}

    def __call__(self, attribute: str, level: str, text: str) -> int:
        """Return the token; those that many people share are remembered."""
        if level not in _SHARED:
            return self._made(attribute, level, text)
        token = self._remembered.get((attribute, level, text))
        if token is None:
            token = self._made(attribute, level, text)
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[attribute, level, text] = token
        return token

    def forget(self) -> None:
        """Forget the key and everything that was made with it."""
        self._lookup = b""
        self._keys.clear()
        self._remembered.clear()

    def _made(self, attribute: str, level: str, text: str) -> int:
        key = self._keys.get((attribute, level))
        if key is None:
            key = sub_key(self._lookup, "identity-token", self._version, attribute, level)
            self._keys[attribute, level] = key
        return int.from_bytes(hmac.digest(key, text.encode(), "sha256")[:TOKEN_BYTES], "big", signed=True)
