"""The ring of keys when a custodian cuts an agency off, and when it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pytest

from registry.crypto.errors import CryptoError
from registry.errors import OperationError
from registry.keeper.custody.custodian import CutOff, KeyName
from registry.keeper.store.keyring import Keyring, StoredKey

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

OURS = StoredKey("agency", "ours", 1, "active", b"")


@dataclass(frozen=True, slots=True)
class Answering:
    """A custodian that has one answer to everything."""

    ROOTS_OF_AGENCIES: ClassVar[bool] = False

    answer: bytes | Exception

    def make(self, scope: str) -> None:
        """Make nothing."""

    def settled(self, wrapped: bytes, name: KeyName) -> Answering:
        """Be no other one."""
        raise NotImplementedError

    def renewed(self, scopes: Collection[str]) -> Answering:
        """Be no newer one."""
        raise NotImplementedError

    def take_over(self) -> None:
        """Replace nothing."""
        raise NotImplementedError

    def close_older(self, lying: Mapping[str, Collection[bytes]]) -> bool:
        """Close nothing."""
        raise NotImplementedError

    def wrap(self, secret: bytes, name: KeyName) -> bytes:
        """Wrap nothing."""
        raise NotImplementedError

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        """Answer, when asked for our key."""
        assert (wrapped, name) == (OURS.wrapped, KeyName(OURS.kind, OURS.scope, OURS.version))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_who_is_cut_off_has_no_key_but_had_one() -> None:
    """That there were agencies keeps anybody from becoming the first administrator again."""
    ring = Keyring()
    assert not ring.has_kind("agency")
    ring.add(OURS, Answering(CutOff("taken away")))
    assert ring.has_kind("agency")
    with pytest.raises(CryptoError):
        ring.active("agency", "ours")
    with pytest.raises(CryptoError):
        ring.get("agency", "ours", 1)


@pytest.mark.parametrize("fault", [OperationError("away"), CryptoError("changed"), ValueError("a fault of ours")])
def test_no_other_fault_is_passed_over(fault: Exception) -> None:
    ring = Keyring()
    with pytest.raises(type(fault)):
        ring.add(OURS, Answering(fault))
    assert not ring.has_kind("agency")


def test_a_key_that_only_opens_old_things_makes_no_new_ones() -> None:
    ring = Keyring()
    ring.add(StoredKey("agency", "ours", 1, "decrypt-only", b""), Answering(b"o" * 32))
    assert ring.get("agency", "ours", 1) == b"o" * 32
    with pytest.raises(CryptoError):
        ring.active("agency", "ours")
