"""A whole house for one test: a pair of databases, a keeper on its real sockets, and offices enrolled through it."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consent.records import Notice
from registry import bootstrap, db
from registry.actors import Officer, PersonActor
from registry.auth import demo, sessions
from registry.casework import notices, recording
from registry.casework.admission import enrolling, signing_in
from registry.config import Settings
from registry.db import Sessions
from registry.errors import OperationError
from registry.keeper.server import Keeper
from registry.keys.client import KEEPER
from registry.linkage.client import LINKER
from registry.linkage.server import Server
from registry.wire import admitting, asking
from registry.wire.sockets import places
from schemas.entries import EntryIn
from schemas.vocabularies.access import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from registry.wire.rows import AppearanceRow
    from tests.conftest import DatabasePair

PIN = "271828"


@dataclass(slots=True)
class Clock:
    """A clock that a test moves; without a move it runs."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Return the present, moved."""
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person holds in her hand."""

    code: str = field(repr=False)
    codes: list[str] = field(repr=False)

    def proof(self, index: int, pin: str = PIN) -> asking.CodeProof:
        """Return the proof with this numbered code, counted from 1."""
        return asking.CodeProof(pin, index, self.codes[index - 1])


def told() -> dict[str, Any]:
    """Return the parts of a wish that say which text the person was shown, and how."""
    text = notices.current()
    notice = Notice(version=text.version, language=text.language, sha256=text.sha256)
    return {"notice": notice, "channel": Channel.OWN_DEVICE}


@dataclass(slots=True)
class House:
    """A running keeper with its databases; this process acts as web."""

    settings: Settings
    pair: DatabasePair
    clock: Clock
    keeper: Keeper
    book: demo.Demo
    administrators: dict[str, Officer] = field(default_factory=dict)
    linkers: list[Server] = field(default_factory=list)

    def speak_as(self, role: str, agency: UUID | None = None) -> None:
        """Make this process another one: its socket at the keeper and its login at the database."""
        socket = f"worker-{agency}" if role == "worker" else role
        KEEPER.configure(places.keeper(self.settings.run_dir, socket))
        engine = db.configure(self.pair.main_url(role), pool_size=4)
        _ENGINES.append(engine)

    def start_keeper(self) -> None:
        """Let the next keeper begin."""
        self.keeper = self.another_keeper()
        self.keeper.start()

    def another_keeper(self) -> Keeper:
        """Return the next keeper; the store's lock is free as soon as PostgreSQL has seen the one before go."""
        for _ in range(100):
            try:
                return Keeper(self.settings, now=self.clock.now)
            except OperationError:
                time.sleep(0.05)
        raise AssertionError("the keeper before did not let go of the store")

    def start_linker(self) -> None:
        """Let a linker know who is known."""
        self.linkers.append(_linker(self))
        self.linkers[-1].start()

    def stop_linkers(self) -> None:
        """Let nobody know who is known."""
        for one in self.linkers:
            one.stop()
        self.linkers.clear()

    @staticmethod
    def hang_up() -> None:
        """Close every connection of this process to the database."""
        for engine in _ENGINES:
            engine.dispose()

    def agency(self, name: str) -> demo.DemoAgency:
        """Return an invented office by a part of its name."""
        return next(agency for agency in self.book.agencies if name in agency.name)

    def officer(self, agency: str, role: str = "clerk") -> Officer:
        """Sign in an officer of an office through the real door."""
        return self.signed_in(self.agency(agency).officer(role))

    def signed_in(self, officer: demo.DemoOfficer) -> Officer:
        """Sign in somebody through the real door."""
        token = bootstrap.sign_in(self.book, officer)
        with Sessions() as session:
            actor = sessions.actor_of(session, token, self.clock.now())
        assert isinstance(actor, Officer)
        return actor

    def administrator(self, agency: str) -> Officer:
        """Return the administrator of an office, signed in once: each further code would be half a minute away."""
        if agency not in self.administrators:
            self.administrators[agency] = self.officer(agency, "administrator")
        return self.administrators[agency]

    def create(self, actor: Officer, entries: list[dict[str, Any]]) -> AppearanceRow:
        """Record a person at the counter."""
        stated = [EntryIn().load(entry) for entry in entries]
        with Sessions.begin() as session:
            return recording.create(session, stated, actor=actor, now=self.clock.now())

    def letter(self, actor: Officer, person: UUID) -> Letter:
        """Hand over a letter."""
        with Sessions.begin() as session:
            made = enrolling.hand_over_letter(session, person, PIN, actor=actor, now=self.clock.now())
        assert made.letter_code is not None
        return Letter(made.letter_code, made.codes)

    def person(self, letter: Letter, pin: str = PIN) -> PersonActor:
        """Sign in with a letter."""
        asked = admitting.SignIn(letter_code=letter.code, pin=pin)
        with Sessions.begin() as session:
            token = signing_in.sign_in(session, asked, now=self.clock.now()).token
        with Sessions() as session:
            actor = sessions.actor_of(session, token, self.clock.now())
        assert isinstance(actor, PersonActor)
        return actor


def _key(home: Path, name: str) -> Path:
    path = home / "keys" / f"{name}.key"
    path.write_bytes(secrets.token_bytes(32))
    path.chmod(0o400)
    return path


_ENGINES: list[Any] = []


def _linker(house: House) -> Server:
    return Server(
        replace(house.settings, process="linker", database_url=house.pair.main_url("linker")), house.clock.now
    )


@contextmanager
def open_house(
    pair: DatabasePair,
    *,
    enrolled: bool = True,
    linker: bool = False,
    **others: Any,  # noqa: ANN401 - whatever settings there are
) -> Iterator[House]:
    """Start a keeper on this pair of databases, enrol everybody, and act as web until the end.

    Args:
        enrolled: whether the offices of development are enrolled; else nobody is.
        linker: whether a linker runs; else it is away.
        others: further settings; who moves the clock far wants idle_minutes, session_hours and letter_days long.
    """
    home = Path(tempfile.mkdtemp(prefix="einmal-house-", dir="/tmp"))
    (home / "keys").mkdir()
    settings = Settings(
        process="keeper",
        env="test",
        home=home,
        run_dir=home,
        database_url=pair.main_url("keeper"),
        shred_database_url=pair.shred_url("keeper"),
        root_key_file=_key(home, "root"),
        linker_key_file=_key(home, "linker"),
        **{"public_url": "https://einmal.example/", **others},
    )
    clock = Clock()
    keeper = Keeper(settings, now=clock.now)
    keeper.start()
    house = House(settings, pair, clock, keeper, demo.load(home))
    LINKER.configure(places.linker(home, "web"))
    try:
        if linker:
            house.start_linker()
        if enrolled:
            house.speak_as("cli")
            bootstrap.enrol_all(house.book)
            keeper.open_worker_sockets()
        house.speak_as("web")
        yield house
    finally:
        KEEPER.close()
        LINKER.close()
        house.stop_linkers()
        house.keeper.stop()
        for engine in _ENGINES:
            engine.dispose()
        _ENGINES.clear()
        shutil.rmtree(home)
