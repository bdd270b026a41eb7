"""What the keeper asks of whoever holds the root key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from registry.crypto.encoding import encode
from registry.errors import OperationError


@dataclass(frozen=True, slots=True)
class KeyName:
    """Which key it is that lies wrapped; under another name it does not open."""

    kind: str  #: agency, or one of the house's own
    scope: str  #: an agency's id, or empty
    version: int

    @property
    def context(self) -> bytes:
        """Return the bytes that are authenticated with the key and not stored; the same for every custodian."""
        return encode(("root", "key", self.kind, self.scope, self.version))


class CutOff(OperationError):  # noqa: N818 - what became of the agency, not a fault
    """The custodian lives, but what opens this agency's keys was taken away: the agency is cut off, and only it."""

    code: ClassVar[str] = "custody.cut-off"


class Custody(Protocol):
    """Whoever holds the root key; the root key itself stays where it is.

    A custodian that is away, is sealed, refuses or answers nonsense raises OperationError from every method.
    """

    def make(self, scope: str) -> None:
        """Make what wraps the keys of an agency (its id) or of the house (empty), where the custodian has none yet.

        It is called for a store without any key, and when an agency is enrolled; never where something lies wrapped.
        """

    def wrap(self, secret: bytes, name: KeyName) -> bytes:
        """Return a key of 32 bytes under the root key, bound to its name; another length is a CryptoError."""

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        """Return the key.

        Raises:
            CryptoError: what is wrapped was changed, is another key, or came from another custodian.
            CutOff: the custodian was told not to open this agency's keys any more.
        """
