"""What shall be signed next: made by the keeper, about one act, good once and for minutes.

A challenge carries its time and a MAC over what it is for, so nothing is remembered of strangers who only ask; that it
was used is remembered in the shred store, without saying by whom.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from registry.crypto import macs
from registry.keeper.rules import AHEAD_SECONDS, insist

if TYPE_CHECKING:
    from registry.keeper.desk.vault import Vault

#: Reading a text, finding the phone, looking into its camera.
LIFE: Final = timedelta(minutes=5)
_NONCE, _TIME, _MAC = 16, 8, 32
_CONSENT: Final = b"consent/v1"
_LOCAL = re.compile(r"http://localhost(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Party:
    """The site that passkeys are for: its name, and where its pages come from."""

    name: str
    origin: str  #: empty: pages of this very machine, on whatever port

    @classmethod
    def of(cls, public_url: str) -> Party:
        """Return the party of the address under which people reach the pages; without one, this machine."""
        return cls(urlsplit(public_url).hostname or "localhost", public_url.rstrip("/"))

    def is_ours(self, origin: str) -> bool:
        """Say whether pages of this origin are ours."""
        return origin == self.origin if self.origin else _LOCAL.fullmatch(origin) is not None


@dataclass(frozen=True, slots=True)
class Act:
    """What a signature is for, and about what exactly."""

    purpose: str  #: sign-in | add | confirm | remove | consent | id-token
    about: bytes = b""  #: of a consent its record; else what the act names
    session: bytes = b""  #: id of the session in which it was asked for; of sign-ins none


@dataclass(frozen=True, slots=True)
class Challenges:
    """Makes challenges and knows its own."""

    vault: Vault

    def make(self, act: Act, now: datetime) -> bytes:
        """Return what to sign: of a consent the digest of its record, which is as single as the record."""
        if act.purpose == "consent":
            return macs.digest(_CONSENT + act.about)
        head = os.urandom(_NONCE) + int(now.timestamp() * 1000).to_bytes(_TIME)
        return head + self._mac(head, act)

    def insist(self, challenge: bytes, act: Act, now: datetime) -> None:
        """Refuse what was not made for this act, or too long ago."""
        if act.purpose == "consent":
            insist(that=macs.same(challenge, self.make(act, now)), code="challenge.other-record")
            return
        insist(that=len(challenge) == _NONCE + _TIME + _MAC, code="challenge.form")
        head, given = challenge[: _NONCE + _TIME], challenge[_NONCE + _TIME :]
        insist(that=macs.same(given, self._mac(head, act)), code="challenge.other-act")
        made = datetime.fromtimestamp(int.from_bytes(head[_NONCE:]) / 1000, UTC)
        insist(that=-timedelta(seconds=AHEAD_SECONDS) <= now - made <= LIFE, code="challenge.too-old")

    def use_up(self, challenge: bytes, now: datetime) -> None:
        """Refuse what was signed and used before; asked last, so that nobody else's guess uses it up."""
        once = self.vault.store.spend("challenge", macs.digest(challenge), now)
        insist(that=once, code="challenge.used")

    def _mac(self, head: bytes, act: Act) -> bytes:
        return self.vault.mac("challenge", head, act.purpose, act.about, act.session)
