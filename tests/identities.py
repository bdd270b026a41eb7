"""Identities as sources state them, for tests of folding, comparison and the linker."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from registry.folding.identity import tokenized
from registry.folding.reading import identity_of
from registry.keeper.tokens import LOOKUP, Linking, tokenizer
from registry.linkage import blocking
from registry.linkage.comparison.frequency import Frequencies
from registry.linkage.score import KNOWN, compare

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from registry.folding.identity import Identity

LOOKUP_KEY = b"look-up key of tests, 32 bytes.."
LINKER_KEY = b"linker key of tests, 32 bytes..."
TOKEN = tokenizer(LOOKUP_KEY, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one source says about who somebody is; None and empty mean that it says nothing."""

    family: str = ""
    given: str = ""
    variants: tuple[str, ...] = ()  #: other spellings of the family name
    native: tuple[str, str, str] | None = None  #: family, given, script
    born: str | None = None
    placeholder: bool = False
    sex: str | None = None
    nationality: str | None = None  #: a country, or "unclear"
    place: str | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)  #: scheme to number


#: Parts of names that sound like no other.
_PARTS = ("barg", "dom", "fil", "gus", "hen", "jork", "kal", "lupt", "mirz", "nof", "pesk", "quam")
_COUNTRIES = ("SY", "AF", "UA", "ER", "IQ", "IR", "SO")


def strangers(count: int, first: int = 0) -> list[Said]:
    """Return people of whom none is like another, nor like those whom another `first` would begin with."""
    return [_stranger(number) for number in range(first, first + count)]


def _stranger(number: int) -> Said:
    size = len(_PARTS)
    one, other = number % size, number * 7 % size
    return Said(
        family=f"{_PARTS[one]}{_PARTS[(one + number // size + 1) % size]}".capitalize(),
        given=f"{_PARTS[other]}{_PARTS[(other + number // size + 5) % size]}".capitalize(),
        born=f"{1950 + number * 7 % 53}-{1 + number * 5 % 12:02}-{1 + number * 11 % 28:02}",
        nationality=_COUNTRIES[number % len(_COUNTRIES)],
    )


def document(said: Said) -> bytes:
    """Return the entries as a compartment document has them."""
    return json.dumps({"entries": entries(said)}).encode()


def entries(said: Said) -> list[dict[str, Any]]:
    """Return the entries as they are recorded at the counter."""
    made = [_entry("name", _name(said.family, said.given, "current", "Latn"))] if said.family or said.given else []
    made += [_entry("name", _name(variant, "", "variant", "Latn")) for variant in said.variants]
    if said.native is not None:
        family, given, script = said.native
        made.append(_entry("name", _name(family, given, "native", script)))
    if said.born is not None:
        made.append(_entry("birth-date", {"date": said.born, "placeholder_suspected": said.placeholder}))
    if said.sex is not None:
        made.append(_entry("sex", {"code": said.sex}))
    if said.nationality == "unclear":
        made.append(_entry("nationality", {"status": "unclear"}))
    elif said.nationality is not None:
        made.append(_entry("nationality", {"status": "known", "country": said.nationality}))
    if said.place is not None:
        made.append(_entry("birth-place", {"place": said.place}))
    return made + [{"kind": f"identifiers.{scheme}", "value": {"number": one}} for scheme, one in said.numbers.items()]


def folded(said: Said) -> Identity[str]:
    """Return the identity as text."""
    return identity_of([document(said)])


def tokens(said: Said, *, salted: bool = False) -> Identity[int]:
    """Return the identity as tokens."""
    return tokenized(folded(said), TOKEN, salted=salted)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Versions of the look-up key of the tests, the last one present."""

    versions: Mapping[int, bytes] = field(default_factory=lambda: {1: LOOKUP_KEY}, repr=False)
    salted: frozenset[int] = frozenset()  #: versions under which names are salted

    def active(self, kind: str) -> tuple[int, bytes]:
        """Return the present version."""
        assert kind == LOOKUP
        return max(self.versions.items())

    def all_of(self, kind: str) -> list[tuple[int, bytes]]:
        """Return all versions."""
        assert kind == LOOKUP
        return list(self.versions.items())

    def is_salted(self, version: int) -> bool:
        """Say whether names are salted under a version."""
        return version in self.salted


@lru_cache(maxsize=1)
def keeper() -> Linking:
    """Return the keeper's side, with keys of the tests."""
    return Linking.of(Lookup(), LINKER_KEY)


def sealed(said: Said, *, asker: bytes = b"run", subject: UUID | None = None, at: datetime | None = None) -> bytes:
    """Return what the keeper would seal for the linker, now."""
    return keeper().seal([document(said)], asker=asker, subject=subject, at=at or datetime.now(UTC))


def frequencies(*known: Said) -> Frequencies:
    """Return the counts of a registry that knows these people."""
    counted = Frequencies()
    for said in known:
        counted.add(tokens(said))
    return counted


def new_number() -> str:
    """Return a number that nobody has."""
    return f"{secrets.randbelow(10**12):012}"


def _entry(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"kind": f"identity.{kind}", "value": value}


def _name(family: str, given: str, form: str, script: str) -> dict[str, Any]:
    parts = {"family": family, "given": given}
    return {part: text for part, text in parts.items() if text} | {"form": form, "script": script}


@dataclass(slots=True)
class Gathering:
    """Sources' statements that arrive one by one, each joined to the person of its best known finding.

    The linker's own rules of finding and judging on a list in memory, for tests of who becomes whom.
    """

    held: list[tuple[Identity[int], frozenset[int], int]] = field(default_factory=list)  #: identity, keys, person
    counted: Frequencies = field(default_factory=Frequencies)

    def join(self, said: Said) -> int:
        """Take a statement in; return the number of the person it was joined to."""
        identity = tokens(said)
        asked = frozenset(blocking.questions_of(identity, b"tests"))
        found = [
            (comparison.bits, person)
            for other, keys, person in self.held
            if asked & keys and (comparison := compare(identity, other, self.counted)).grade == KNOWN
        ]
        person = max(found)[1] if found else len(self.held)
        self.held.append((identity, frozenset(blocking.keys_of(identity, b"tests")), person))
        self.counted.add(identity)
        return person
