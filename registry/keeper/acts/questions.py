"""Questions at the counter about who somebody is: what form they have, and how many an officer may ask."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any
from uuid import uuid5

import msgspec

from registry.crypto import macs
from registry.folding.reading import identity_of
from registry.keeper.rules import Refusal, insist
from registry.keeper.tokens import COMPARTMENTS
from schemas.compartments import KINDS

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

#: Different identities an officer may ask about in an hour (design, section 7).
IDENTITIES_AN_HOUR = 30
#: People of one name, or of one number, whom an agency may ask about in a day by lists.
ALIKE_A_DAY = 10
#: Nobody has more.
_MOST_WORDS = 10
_HOUR = timedelta(hours=1)
#: A question is about one human being, who may have several names and nationalities.
_MOST_SAID = 12
_SEVERAL = frozenset({"identity.name", "identity.nationality"})


class _Asked(msgspec.Struct):
    kind: str
    value: dict[str, Any]


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    entries: list[_Asked]


_QUESTION = msgspec.json.Decoder(_Question)


@dataclass(slots=True)
class Questions:
    """Who asked about whom in the last hour; kept in memory, so a restart of the keeper starts it anew."""

    asked: dict[UUID, dict[bytes, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, officer: UUID, identity: bytes, now: datetime) -> None:
        """Count a question; the same one again counts once.

        Raises:
            Refusal: this would be one different identity too many.
        """
        with self._lock:
            recent = {one: at for one, at in self.asked.get(officer, {}).items() if now - at < _HOUR}
            insist(that=identity in recent or len(recent) < IDENTITIES_AN_HOUR, code="rate.identities")
            self.asked[officer] = recent | {identity: now}


@dataclass(slots=True)
class Lists:
    """How often agencies asked by lists about the same today; kept in memory, beside the store's budgets."""

    asked: dict[UUID, tuple[date, Counter[bytes]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, agency: UUID, content: bytes, now: datetime) -> bool:
        """Count a question of an agency's list; False for one about a name or number that was asked too often.

        Else birth dates and places could be tried one by one until somebody is known.
        """
        marks = _marks(content)
        with self._lock:
            day, counted = self.asked.get(agency, (now.date(), Counter()))
            if day != now.date():
                counted = Counter()
            self.asked[agency] = now.date(), counted
            counted.update(marks)
            return bool(marks) and max(counted[mark] for mark in marks) <= ALIKE_A_DAY


def _marks(content: bytes) -> set[bytes]:
    """Return by what a question is told to be like another: each two words of its names, as they sound, each number.

    Each two, so that a further name makes it no other question; nothing for names that nobody bears.
    """
    words = sorted({word.skeletons[0] for form in identity_of([content]).forms for word in form.words})
    if len(words) > _MOST_WORDS:
        return set()
    named: list[tuple[str, ...]] = list(combinations(words, 2)) or [(word,) for word in words]
    numbers = [(one.kind, str(one.value)) for one in _QUESTION.decode(content).entries if _is_number(one)]
    return {macs.digest(msgspec.json.encode(one)) for one in (*named, *numbers)}


def daily(agency: UUID, now: datetime) -> UUID:
    """Return by what an agency's questions of lists of one day are counted."""
    return uuid5(agency, now.date().isoformat())


def check(content: bytes) -> None:
    """Refuse a question that is none about one human being: surname, given name and birth date, or a number."""
    try:
        question = _QUESTION.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("match.form") from None
    kinds = [one.kind for one in question.entries]
    insist(that=0 < len(kinds) <= _MOST_SAID, code="match.form")
    insist(that=all(KINDS.get(kind, "") in COMPARTMENTS for kind in kinds), code="match.kinds")
    once = [kind for kind in kinds if kind not in _SEVERAL]
    insist(that=len(set(once)) == len(once), code="match.several-people")
    said = {part for one in question.entries if one.kind == "identity.name" for part in one.value}
    is_named = {"family", "given"} <= said and "identity.birth-date" in kinds
    insist(that=is_named or any(kind.startswith("identifiers.") for kind in kinds), code="match.too-little")


def identities(content: bytes) -> list[bytes]:
    """Return what a question counts as: each number can be somebody's, and the names together are one."""
    entries = _QUESTION.decode(content).entries
    numbers = [one for one in entries if _is_number(one)]
    named = [one for one in entries if one not in numbers]
    asked = [[one] for one in numbers] + ([named] if named else [])
    return [macs.digest(msgspec.json.encode(sorted((one.kind, str(one.value)) for one in some))) for some in asked]


def _is_number(one: _Asked) -> bool:
    return one.kind.startswith("identifiers.")
