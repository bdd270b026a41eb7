"""The receipt a person takes home: the signed record."""

from collections.abc import Mapping
from typing import Protocol

from consent.records import grant_of
from schemas.canonical import Json, canonical


class Signer(Protocol):
    """Whoever holds the receipt key; the keeper's side of it implements this."""

    def sign(self, payload: bytes) -> str:
        """Return the payload signed as a compact JWS."""


def receipt(record: Mapping[str, Json], signer: Signer) -> str:
    """Return the record as a signed receipt; the payload is its canonical form.

    Raises:
        RecordInvalid: the record does not state a grant, so there is nothing to confirm.
    """
    grant_of(record)
    return signer.sign(canonical(record))
