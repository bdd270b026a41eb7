"""What a compartment's document says, read no further than whoever reads it needs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import msgspec


class Entry(msgspec.Struct):
    """One statement, as schemas/sections have its value."""

    kind: str
    value: dict[str, Any]
    superseded_by: str | None = None
    ended_at: str | None = None


class Document(msgspec.Struct):
    """All that one compartment holds."""

    entries: list[Entry]


class Dated(msgspec.Struct):
    """What decides when an entry is due; the rest of it is not looked at."""

    kind: str
    id: str | None = None
    recorded_at: datetime | None = None
    delete_on: date | None = None
    superseded_by: str | None = None


class _Fate(msgspec.Struct):
    superseded_by: str | None = None
    ended_at: str | None = None


class _Pieces(msgspec.Struct, forbid_unknown_fields=True):
    entries: list[msgspec.Raw]


_DOCUMENT: Final = msgspec.json.Decoder(Document)
_PIECES: Final = msgspec.json.Decoder(_Pieces)
_FATE: Final = msgspec.json.Decoder(_Fate)
_NOTHING: Final = b'{"entries":[]}'
_DATED: Final = msgspec.json.Decoder(Dated)


def standing(content: bytes) -> list[Entry]:
    """Return what a document says that neither was superseded nor has ended.

    Args:
        content: a JSON object with a list `entries`.

    Raises:
        msgspec.DecodeError: something else.
    """
    return [one for one in _DOCUMENT.decode(content).entries if one.superseded_by is None and one.ended_at is None]


def standing_pieces(content: bytes) -> list[msgspec.Raw]:
    """Return the same as `standing`, each entry as it is written, ready to be part of a JSON document.

    Raises:
        msgspec.DecodeError: it is no document, or has anything beside its entries.
    """
    if content == _NOTHING:
        return []
    pieces = _PIECES.decode(content).entries
    fates = [_FATE.decode(one) for one in pieces]
    return [
        one for one, fate in zip(pieces, fates, strict=True) if fate.superseded_by is None and fate.ended_at is None
    ]


def dated(content: bytes) -> list[tuple[bytes, Dated]]:
    """Return each entry as the very bytes it is written in, and what decides when it is due.

    Raises:
        msgspec.DecodeError: it is no document, or has anything beside its entries.
    """
    return [(bytes(one), _DATED.decode(one)) for one in _PIECES.decode(content).entries]


def written(entries: list[bytes]) -> bytes:
    """Return the document of entries that are written already."""
    return b'{"entries":[' + b",".join(entries) + b"]}"
