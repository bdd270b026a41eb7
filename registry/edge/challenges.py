"""What a passkey shall sign, as documents and scripts have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.crypto.signing import base64url

if TYPE_CHECKING:
    from registry.wire.admitting import Challenge


def told(asked: Challenge) -> dict[str, Any]:
    """Return a challenge as it is told: bytes in base64url."""
    return {
        "challenge": base64url(asked.challenge),
        "party": asked.party,
        "user": base64url(asked.user),
        "passkeys": [base64url(one) for one in asked.passkeys],
    }
