"""The proof, carried through the forms, that somebody was looked for before she is recorded, and what was found.

It counts for this session and for what was asked: whoever changes a name asks again.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import msgspec

from registry.casework.linking import Chosen
from registry.errors import RegistryError
from schemas.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registry.wire.linking import Finding

#: An interview lasts; meanwhile another counter may record the same person.
LIFE: Final = timedelta(hours=4)
#: What the linker found can be acted on a little longer.
FRESH: Final = timedelta(minutes=4)
_PURPOSE: Final = b"einmal intake"


class NotAsked(RegistryError):  # noqa: N818 - what is the case
    """Nobody looked whether she is known already, or somebody else was looked for, or too long ago."""

    code = "ask-first"


class Match(msgspec.Struct, frozen=True, array_like=True):
    """Somebody who may be the same, as she was told to the clerk."""

    appearance: UUID
    grade: str
    reasons: tuple[tuple[str, str, str], ...]  #: code, attribute, level
    differences: tuple[str, ...]
    sealed: bytes

    @property
    def chosen(self) -> Chosen:
        """Return it as a clerk's choice."""
        return Chosen(self.appearance, self.sealed)


class _Content(msgspec.Struct, frozen=True, array_like=True):
    identity: bytes
    at: datetime
    once: UUID
    matches: tuple[Match, ...]


_DECODER = msgspec.msgpack.Decoder(_Content)


@dataclass(frozen=True, slots=True)
class Mark:
    """That somebody was looked for, when, and who was found, the best first."""

    once: UUID  #: one recording follows, however often it is sent
    at: datetime
    matches: tuple[Match, ...]
    text: str  #: as it stands in a form


def made(token: bytes, identity: Sequence[Mapping[str, Any]], found: Sequence[Finding], *, at: datetime) -> Mark:
    """Return the mark of a question that was just asked.

    Args:
        token: the session's.
        identity: the entries that were asked about, as EntryIn loads them.
    """
    matches = tuple(
        Match(
            one.appearance_id,
            one.grade,
            tuple((reason.code, reason.attribute, reason.level) for reason in one.reasons),
            one.differences,
            one.sealed,
        )
        for one in found
    )
    content = _Content(_digest(identity), at, uuid4(), matches)
    packed = msgspec.msgpack.encode(content)
    text = f"{urlsafe_b64encode(packed).decode()}.{_mac(token, packed)}"
    return Mark(content.once, at, matches, text)


def read(token: bytes, identity: Sequence[Mapping[str, Any]], text: str, *, now: datetime) -> Mark:
    """Return the mark that a form carries.

    Raises:
        NotAsked: it is none of this session, or of another identity, or too old.
    """
    packed, _, mac = text.partition(".")
    try:
        raw = urlsafe_b64decode(packed.encode())
    except ValueError:
        raise NotAsked("Ask first whether this person is known already.") from None
    if not hmac.compare_digest(_mac(token, raw).encode(), mac.encode()):
        raise NotAsked("Ask first whether this person is known already.")
    content = _DECODER.decode(raw)
    if not hmac.compare_digest(content.identity, _digest(identity)):
        raise NotAsked("This is another person than the one who was looked for. Ask again.")
    if not timedelta() <= now - content.at <= LIFE:
        raise NotAsked("This was asked too long ago. Ask again.")
    return Mark(content.once, content.at, content.matches, text)


def _digest(identity: Sequence[Mapping[str, Any]]) -> bytes:
    return sha256(canonical({"entries": [{"kind": one["kind"], "value": one["value"]} for one in identity]})).digest()


def _mac(token: bytes, packed: bytes) -> str:
    key = hmac.new(token, _PURPOSE, sha256).digest()
    return hmac.new(key, packed, sha256).hexdigest()
