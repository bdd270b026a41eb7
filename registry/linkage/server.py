"""The linker's process: takes arrivals in and answers who may be the same human being, on one Unix socket."""

from __future__ import annotations

import logging
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import psycopg
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from registry import clock, ready
from registry.crypto import envelope
from registry.crypto.derivation import sub_key
from registry.crypto.errors import CryptoError
from registry.crypto.keyfiles import read_key
from registry.db import DatabaseAway, engine_for
from registry.linkage.client import ROLES
from registry.linkage.index import CHUNK, Index
from registry.linkage.tables import candidates
from registry.statements import Database
from registry.wire import linking
from registry.wire.sockets import places
from registry.wire.sockets.listening import Listeners

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from registry.config import Settings
    from registry.linkage.index import Asked, Match
    from registry.wire.linking import Finding, Query

log = logging.getLogger(__name__)

#: What using the database raises while it is away: through SQLAlchemy, and past it.
_AWAY = (DatabaseAway, psycopg.OperationalError)

#: Arrivals that nobody's question takes in are taken in this often.
TAKE_IN_SECONDS = 1.0
#: Frequencies are counted anew this often.
LEARN_SECONDS = 3600.0
_TOO_LONG = linking.ENCODER.encode(linking.Refused("answer.too-long"))


class QueryRefused(Exception):  # noqa: N818 - an answer, not a fault
    """This is not answered; `code` is for the log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Desk:
    """Answers questions, one at a time: index and frequencies are its alone."""

    index: Index
    sessions: sessionmaker[Session]  #: for what is stored
    database: Database  #: for what every question waits for
    finding_key: bytes = field(repr=False)
    now: Callable[[], datetime] = clock.now
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _learning: threading.Lock = field(default_factory=threading.Lock)
    _learned_at: float | None = None  #: of time.monotonic

    @classmethod
    def of(cls, linker_key: bytes, url: str, *, now: Callable[[], datetime] = clock.now) -> Desk:
        """Build the desk around the key that keeper and linker share.

        Args:
            url: the linker's own address of the database.
        """
        sessions = sessionmaker(engine_for(url, pool_size=2))
        return cls(Index.of(linker_key), sessions, Database(url), sub_key(linker_key, linking.FINDING_KEY), now)

    def close(self) -> None:
        """Close all connections to the database."""
        self.database.close()
        with self.sessions() as session:
            session.get_bind().engine.dispose()

    def find(self, asked: linking.Find) -> linking.Found:
        """Answer a batch of queries after taking in all that has arrived.

        Raises:
            QueryRefused: one of the queries is not the keeper's, or too old, or there are too many.
            DatabaseAway, psycopg.OperationalError: twice in a row; nothing is lost, arrivals wait in the database.
        """
        if len(asked.sealed) > linking.QUERIES:
            raise QueryRefused("find.too-many")
        queries = [self._opened(sealed) for sealed in asked.sealed]
        try:
            matches = self._found(queries)
        except _AWAY:  # the first use after a restart of the database finds a dead connection
            matches = self._found(queries)
        return linking.Found(
            [[self._finding(one.query, match) for match in some] for one, some in zip(queries, matches, strict=True)]
        )

    def learn(self) -> None:
        """Count frequencies anew, if it is time; questions are answered and arrivals taken in meanwhile.

        Never in one's turn: this waits for it.
        """
        with self._learning:
            if self._learned_at is None or time.monotonic() - self._learned_at > LEARN_SECONDS:
                with self.sessions() as session:
                    with self._turn:
                        self.index.begin_learning(session)
                    frequencies = self.index.learned(session)
                with self._turn:
                    self.index.learn(frequencies)
                self._learned_at = time.monotonic()

    def take_in(self) -> int:
        """Take in all that has arrived; return how many."""
        self._learn_first()
        with self._turn:
            return self._taken_in()

    def _found(self, queries: list[Asked]) -> list[list[Match]]:
        self._learn_first()
        with self._turn:
            if candidates.is_waiting(self.database):
                self._taken_in()
            return self.index.find(self.database, queries)

    def _learn_first(self) -> None:
        if self._learned_at is None:
            self.learn()

    def _taken_in(self) -> int:
        total = 0
        while True:
            taken = self._chunk()
            total += taken
            if taken < CHUNK:
                return total

    def _chunk(self) -> int:
        for is_last in (False, True):
            try:
                with self.sessions.begin() as session:
                    taken = self.index.take_in(session)
            except IntegrityError:  # an appearance was erased at this very moment: its arrival is gone now
                if is_last:
                    raise
            else:
                self.index.count(taken)
                return taken.arrivals
        return 0

    def _opened(self, sealed: bytes) -> Asked:
        try:
            asked = self.index.opened(sealed)
        except (CryptoError, msgspec.DecodeError):
            raise QueryRefused("query.not-the-keepers") from None
        if not asked.query.asker:
            raise QueryRefused("query.of-nobody")  # it announces somebody, and asks nothing
        if abs(self.now() - asked.query.at) > linking.QUERY_LIFE:
            raise QueryRefused("query.too-old")
        return asked

    def _finding(self, query: Query, match: Match) -> Finding:
        found = match.comparison
        statement = linking.Statement(
            asker=query.asker,
            subject=query.subject,
            other=match.appearance_id,
            grade=found.grade,
            reasons=found.reasons,
            differences=found.differences,
            at=self.now(),
            weights=found.weights(),
        )
        return linking.Finding(
            appearance_id=match.appearance_id,
            person_id=match.person_id,
            grade=found.grade,
            bits=float(round(found.bits)),
            reasons=found.reasons,
            differences=found.differences,
            sealed=envelope.seal_secret(linking.ENCODER.encode(statement), self.finding_key, linking.FINDING_KEY),
        )


class Server:
    """Listens on the socket and answers, one thread per connection."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] = clock.now) -> None:
        key = read_key(settings.linker_key_file, name="linker key", setting="LINKER_KEY_FILE")
        self.desk = Desk.of(key, settings.database_url, now=now)
        self._settings = settings
        self._listeners = Listeners(too_long=_TOO_LONG)
        self._stopping = threading.Event()

    def start(self) -> None:
        """Open the sockets; returns once they accept."""
        for role in ROLES:
            path = places.linker(self._settings.run_dir, role)
            self._listeners.listen(path, self._answered_in_bytes, group=self._settings.group_of(role))

    def run(self) -> None:
        """Take in what arrives until stopped; while the database is away, arrivals wait there."""
        while not self._stopping.wait(TAKE_IN_SECONDS):
            try:
                self.desk.learn()
                self.desk.take_in()
            except Exception:  # the edge of this process: whatever failed is tried again
                log.exception("linker.take-in-failed")

    def end(self) -> None:
        """Make `run` return."""
        self._stopping.set()

    def stop(self) -> None:
        """Close socket and connections."""
        self.end()
        self._listeners.stop()
        self.desk.close()

    def _answered_in_bytes(self, body: bytes) -> bytes:
        return linking.ENCODER.encode(self._answered(body))

    def _answered(self, body: bytes) -> linking.Answer:
        try:
            asked = linking.QUESTIONS.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return linking.Refused("operation.malformed")
        if isinstance(asked, linking.Ping):
            return linking.Done()
        try:
            return self.desk.find(asked)
        except QueryRefused as refusal:
            log.info("linker.refused", extra={"code": refusal.code})
            return linking.Refused(refusal.code)
        except _AWAY:
            log.exception("linker.database-away")
            return linking.Refused(linking.AWAY)
        except Exception:  # the edge: the log has the fault's class and place, never its text
            log.exception("linker.failed")
            return linking.Refused("failed")


def serve(settings: Settings) -> None:
    """Run the linker's process until it is told to stop."""
    server = Server(settings)
    server.start()
    signal.signal(signal.SIGTERM, lambda *_: server.end())
    ready.tell(settings)
    server.run()
    server.stop()
