"""Who takes part in the story, and what one step leaves to the next."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import adapters.sandbox
from adapters.sandbox.story.caller import Caller
from adapters.sandbox.story.outside import Database
from registry.auth import demo
from schemas.vocabularies.access import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.sandbox.story.caller import Answer
    from adapters.sandbox.story.outside import Kept
    from registry.ops.own_house import Stack

#: The office that sends her data, the one she lets look, and two that she does not.
SOURCE, OFFICE = "Agentur für Arbeit Stuttgart", "Jobcenter Stuttgart"
STRANGERS = ("Jobcenter Köln", "Migrationsberatung Stuttgart")
_SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
SAMPLES = tuple(sorted(_SAMPLES.glob("ba_*.json")))
#: What each kind of office sends, and who is who in it.
FILES = {"bamf": tuple(sorted(_SAMPLES.glob("bamf_*"))), "jobcenter": tuple(sorted(_SAMPLES.glob("jc_*")))}
TRUTH = _SAMPLES / "people_truth.json"
HERS = _SAMPLES / "ba_02_bewerberprofil_shevchuk.json"
_GRANT_DAYS = 300
#: Shorter words stand anywhere by chance.
_SHORT_WORD, _SHORT_NAME = 6, 5


@dataclass(frozen=True, slots=True)
class Letter:
    """What the person holds after the counter: the letter, and the PIN in her head."""

    code: str = field(default="", repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)
    pin: str = field(default="", repr=False)

    @property
    def another_pin(self) -> str:
        """Return a PIN that is not hers."""
        return f"{(int(self.pin) + 1) % 10**6:06}"

    def proof(self, index: int) -> dict[str, object]:
        """Return what proves a decision: the PIN and a numbered code, counted from 1."""
        return {"pin": self.pin, "code_index": index, "code": self.codes[index - 1]}


@dataclass(slots=True)
class World:
    """The registry of this telling, and what is known so far; each step fills in what it learns."""

    stack: Stack
    desks: dict[str, Caller] = field(default_factory=dict)  # by office
    reports: list[dict[str, Any]] = field(default_factory=list)  # of the first import, by file
    person: str = ""
    appearance: str = ""
    other: str = ""  # another person of the same source
    letter: Letter = field(default_factory=Letter)
    me: Caller = field(default_factory=lambda: Caller(""))
    own: dict[str, Any] = field(default_factory=dict)  # her profile as she read it
    grant: str = ""
    before: list[Kept] = field(default_factory=list)  # rows of the grant while it held
    artifacts: dict[str, bytes] = field(default_factory=dict)

    @property
    def nobody(self) -> Caller:
        """Somebody without a session."""
        return Caller(self.stack.api)

    @property
    def main(self) -> Database:
        """The main database, as its owner."""
        return Database(self.stack.database)

    @property
    def shred(self) -> Database:
        """The shred store, as its owner."""
        return Database(self.stack.shred)

    def agency(self, name: str) -> str:
        """Return an office's id."""
        return next(agency["id"] for agency in self.stack.agencies if agency["name"] == name)

    def token(self, name: str) -> str:
        """Return the session that development gives an office's clerk."""
        return next(agency["token"] for agency in self.stack.agencies if agency["name"] == name)

    def credential(self, name: str, role: Role = Role.CLERK) -> dict[str, str]:
        """Return what an officer of the office signs in with, its clerk if not said otherwise; the code works once."""
        book = demo.load(self.stack.home)
        officer = book.agency(self.agency(name)).officer(role)
        return {"login": officer.login, "password": officer.password, "totp": book.code(officer)}

    def reads(self, office: str, purpose: str = "placement", person: str | None = None) -> Answer:
        """Let an office ask for a person's profile; without a name for the one the story is about."""
        return self.desks[office].get(f"/persons/{person or self.person}/profile?purpose={purpose}")

    def nobodys(self, office: str, purpose: str = "placement") -> Answer:
        """Let an office ask for a person who does not exist."""
        return self.reads(office, purpose, person=str(uuid4()))

    def grant_rows(self) -> list[Kept]:
        """Copy what her grant opens with: its row, its keys, her ciphertexts."""
        return [
            self.main.keep("access_grant", "id", self.grant),
            self.main.keep("sealed_compartment", "appearance_id", self.appearance),
            self.main.keep("wrap", "grant_id", self.grant),
        ]

    def her_rows(self) -> list[Kept]:
        """Copy every row that erasing her deletes."""
        by_person = [("person", "id"), ("appearance", "person_id"), ("access_grant", "person_id")]
        by_person += [("consent_record", "person_id"), ("credential", "owner_id"), ("session", "actor_id")]
        by_person += [("audit_index", "person_id"), ("grant_request", "person_id")]
        by_appearance = [(table, "appearance_id") for table in ("sealed_compartment", "wrap", "inbox")]
        copies = [self.main.keep(table, column, self.person) for table, column in by_person]
        return copies + [self.main.keep(table, column, self.appearance) for table, column in by_appearance]

    def wish(self, index: int, *sections: str) -> dict[str, object]:
        """Return what she says to let the office see sections for placement."""
        return {
            "agency": self.agency(OFFICE),
            "purpose": "placement",
            "sections": list(sections),
            "until": (datetime.now(UTC) + timedelta(days=_GRANT_DAYS)).date().isoformat(),
            "notice": self.notice(),
            "proof": self.letter.proof(index),
        }

    def notice(self) -> dict[str, str]:
        """Return how the text that the registry publishes was shown to her: she acts on her phone."""
        published = self.nobody.get("/notices/current").document
        return {part: published[part] for part in ("version", "language", "sha256")} | {"channel": "own-device"}


def sample(path: Path = HERS) -> dict[str, Any]:
    """Return what a file says; without a name hers."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def leaves(document: object, pointer: str = "") -> dict[str, Any]:
    """Return pointer (RFC 6901) -> value of everything that stands in a document; what is empty holds nothing."""
    if isinstance(document, dict):
        parts = [(str(key).replace("~", "~0").replace("/", "~1"), value) for key, value in document.items()]
    elif isinstance(document, list):
        parts = [(str(index), value) for index, value in enumerate(document)]
    else:
        return {pointer: document}
    return {key: leaf for part, value in parts for key, leaf in leaves(value, f"{pointer}/{part}").items()}


def words_of(document: object, *, without: tuple[str, ...]) -> dict[str, str]:
    """Return pointer -> text of everything that could give a person away: six characters or more, names from five on.

    Args:
        without: beginnings of pointers that do not count.
    """
    return {
        pointer: value
        for pointer, value in leaves(document).items()
        if isinstance(value, str) and not pointer.startswith(without)
        if len(value) >= (_SHORT_NAME if pointer.startswith("/person/") else _SHORT_WORD)
    }


def new_pin() -> str:
    """Return a PIN nobody guesses."""
    return f"{secrets.randbelow(10**6):06}"


def sections_of(profile: Mapping[str, Any]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Return section -> entries of a profile."""
    return {one["section"]: one["entries"] for one in profile["sections"]}


def truths() -> dict[str, str]:
    """Return a name for each surname, given name and number in the files of all offices, and what it is."""
    people = json.loads(TRUTH.read_text(encoding="utf-8"))["people"]
    words: dict[str, str] = {}
    for person in people:
        for seen in person["appearances"]:
            parts = {"surname": seen["surname"], "given": seen["given"]} | seen["ids"]
            words |= {f"{seen['doc']}: {part}": text for part, text in parts.items() if len(text) >= _SHORT_NAME}
    return words
