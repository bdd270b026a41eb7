"""What the keeper asks of whoever holds the root key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from registry.crypto.encoding import encode
from registry.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


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

    ROOTS_OF_AGENCIES: ClassVar[bool]  #: each agency's keys lie under a root of their own

    def make(self, scope: str) -> None:
        """Make what wraps the keys of an agency (its id) or of the house (empty), where the custodian has none yet.

        It is called for a store without any key, and when an agency is enrolled; never where something lies wrapped.
        """

    def settled(self, wrapped: bytes, name: KeyName) -> Custody:
        """Return who opens this key of the store: finish, or undo, a change of the root that was interrupted."""

    def renewed(self, scopes: Collection[str]) -> Custody:
        """Make a new root beside the present one, and return a custodian that wraps with it.

        The present one opens what it wrapped until `take_over`. Whoever calls then has all keys wrapped anew.

        Args:
            scopes: whose keys (agencies' ids, or empty for the house) get a new root, where each has one of its own.
        """

    def take_over(self) -> None:
        """Be what is found at the next start: all keys of the store lie under this root now."""

    def close_older(self, lying: Mapping[str, Collection[bytes]]) -> bool:
        """Let no copy open that was wrapped under an older root than any of what lies wrapped now.

        Which root that is, the wrapped keys themselves say: a newer one that nothing lies under may be there as well.

        Args:
            lying: by scope every key of it that is in use, as the store has it; at least one of each scope.

        Returns:
            False where this custodian has no means to: what an older root wrapped then opens as long as the root lives.
        """

    def wrap(self, secret: bytes, name: KeyName) -> bytes:
        """Return a key of 32 bytes under the root key, bound to its name; another length is a CryptoError."""

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        """Return the key.

        Raises:
            CryptoError: what is wrapped was changed, is another key, or came from another custodian.
            CutOff: the custodian was told not to open this agency's keys any more.
        """
