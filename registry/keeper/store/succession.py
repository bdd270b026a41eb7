"""Which signing key follows which: each is signed for by the one before it, so that who knows one knows the later ones.

A store that was brought back knows the keys of its copy. It follows this chain from those to the key that signed an
export of the log since, and believes no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from registry.crypto import signing
from registry.crypto.errors import CryptoError
from schemas.canonical import canonical, parse_object

if TYPE_CHECKING:
    from collections.abc import Iterable

_TYPE: Final = "receipts-key+jws"
_FORM: Final = "einmal/receipts-key/1"


def vouched(key: bytes, version: int, *, before: bytes) -> str:
    """Return the word of the key before it (both private) that this one follows."""
    said = {"form": _FORM, "version": version, "public": signing.public_bytes(key).hex()}
    return signing.compact_jws(canonical(said), before, typ=_TYPE)


def followed(newest: bytes, words: Iterable[str], *, version: int) -> list[bytes]:
    """Return the public keys that follow the newest one that is known, each signed for by the one before it.

    Who has an older key, retired long ago, signs for nobody: whom it signed for is known.

    Args:
        words: as `vouched` made them, in the order of versions; those of anybody else count for nothing.
        version: of the newest key.
    """
    found: list[bytes] = []
    for word in words:
        try:
            said = parse_object(signing.opened_jws(word, [found[-1] if found else newest], typ=_TYPE))
        except CryptoError:
            continue
        if said["form"] == _FORM and said["version"] == version + len(found) + 1:
            found.append(bytes.fromhex(str(said["public"])))
    return found
