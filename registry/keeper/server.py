"""The keeper's process: one Unix socket per role, each with its own list of operations."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import psycopg

from registry import clock, ready
from registry.crypto.errors import CryptoError
from registry.crypto.keyfiles import read_key
from registry.keeper.acts.granting import Granter
from registry.keeper.acts.linking import Matcher
from registry.keeper.acts.opening import Opener
from registry.keeper.acts.pruning import Pruner
from registry.keeper.acts.questions import Lists, Questions
from registry.keeper.acts.recording import Recorder
from registry.keeper.acts.records import Records
from registry.keeper.acts.trimming import Trimmer
from registry.keeper.custody.choosing import custodian
from registry.keeper.desk.front import Desk
from registry.keeper.gate.ending import Ender
from registry.keeper.gate.gate import Gate
from registry.keeper.gate.logbook import Logbook
from registry.keeper.gate.replaying import Replayer
from registry.keeper.reading import Reader
from registry.keeper.rotation.engine import Rotation
from registry.keeper.rules import Rates, Refusal
from registry.keeper.sealing import Sealer
from registry.keeper.store.noted import Noted
from registry.keeper.store.shred import ShredStore
from registry.keeper.tokens import Linking
from registry.statements import Database
from registry.wire import admitting, decisions, delivering, messages, rotating
from registry.wire.sockets import places
from registry.wire.sockets.listening import Listeners
from registry.wire.upkeep import restoring

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from registry.config import Settings

log = logging.getLogger(__name__)

_ADMINISTRATION = frozenset(
    {
        admitting.EnrolAgency,
        admitting.EnrolOfficer,
        admitting.EnrolCertificate,
        admitting.EnrolIdentity,
        admitting.RevokeCredential,
        messages.OpenRun,
    }
)
_EVERYBODY = frozenset({messages.Ping, messages.PublicKeys, restoring.TellHead})
#: After a restore; beside what everybody may ask the only operations of a closed keeper.
_REPLAYING = frozenset(
    {restoring.Replay, restoring.EndAgain, restoring.SeparateAgain, restoring.LiftSunken, restoring.Reopen}
)
_OPEN_WHILE_CLOSED = _EVERYBODY | _REPLAYING
_WEB = frozenset(
    {
        admitting.EnrolLetter,
        admitting.EnrolPasskey,
        admitting.RemovePasskey,
        admitting.AskChallenge,
        admitting.SignIn,
        admitting.SignOut,
        admitting.Touch,
        messages.Ready,
        messages.Open,
        messages.OpenSelf,
        messages.Write,
        messages.Wrap,
        messages.Rotate,
        messages.Settle,
        messages.OrderErasure,
        messages.Erase,
        messages.Sign,
        decisions.Match,
        decisions.Hint,
        decisions.Link,
        decisions.Identify,
        decisions.Decide,
        decisions.Confirm,
        decisions.Unlink,
    }
)
_COMMANDS = frozenset(
    {
        admitting.EnrolFirst,
        admitting.SignIn,
        admitting.SignOut,
        rotating.OrderRun,
        rotating.Renew,
        rotating.DestroyKey,
        rotating.TellKeys,
    }
)
#: Which operations each socket has; what is not listed does not exist there.
OPERATIONS: dict[str, frozenset[type]] = {
    "web": _EVERYBODY | _ADMINISTRATION | _WEB,
    "cli": _EVERYBODY | _ADMINISTRATION | _COMMANDS | _REPLAYING,
    "worker": _EVERYBODY
    | frozenset(
        {
            messages.Write,
            messages.Open,
            delivering.NameGrants,
            decisions.Link,
            decisions.Identify,
            decisions.MatchList,
        }
    ),
    "housekeeper": _EVERYBODY
    | frozenset(
        {
            messages.Rotate,
            messages.Settle,
            messages.Prune,
            messages.Trim,
            messages.Erase,
            rotating.Renew,
            rotating.Rekey,
        }
    ),
}
_WORKER_POLL_SECONDS = 1.0
_TIDY_SECONDS = 3600.0
#: Nothing opens and nothing is taken in: the databases were brought back, and what ended since is not replayed.
CLOSED = "keeper.closed"
_TOO_LONG = messages.ENCODER.encode(messages.Refused("answer.too-long"))


@dataclass(frozen=True, slots=True)
class Rooms:
    """The keeper's parts, put together."""

    store: ShredStore
    database: Database
    reader: Reader
    desk: Desk
    opener: Opener
    recorder: Recorder
    granter: Granter
    pruner: Pruner
    trimmer: Trimmer
    matcher: Matcher
    rotation: Rotation
    gate: Gate
    replayer: Replayer

    @classmethod
    def furnish(cls, settings: Settings, now: datetime) -> Rooms:
        """Open the shred store and build the parts around it."""
        store = ShredStore(settings.shred_database_url, custodian(settings))
        store.open(now)
        database = Database(settings.database_url)
        reader = Reader(database, store.keyring)
        desk = Desk.furnish(reader, store, settings, now=now)
        sealer = Sealer(store.keyring)
        rates = Rates()
        for officer, person, at in store.opened_lately(now - timedelta(days=1)):
            rates.opened.setdefault(officer, {})[person] = at
        opener = Opener(reader, store, desk, sealer, rates)
        linker_key = read_key(settings.linker_key_file, name="linker key", setting="LINKER_KEY_FILE")
        tokens = Linking.of(store.keyring, linker_key)
        granter = Granter(reader, store, desk, sealer)
        gate = Gate(Logbook(database), Noted(store.database), Ender(reader, store, granter), store)
        matcher = Matcher(reader, store, desk, opener, tokens, Questions(), Lists())
        records = Records(store.keyring)
        rotation = Rotation.of(reader, store, desk.presence, sealer=sealer, tokens=tokens, records=records)
        return cls(
            store, database, reader, desk, opener, Recorder(reader, store, desk, sealer, tokens, records),
            granter, Pruner(reader, store, sealer, tokens), Trimmer(reader, store, sealer), matcher,
            rotation, gate, Replayer(gate, granter, matcher),
        )  # fmt: skip

    def answer(self, asked: messages.Question, now: datetime, agency: UUID | None) -> messages.Answer:
        """Do what was asked, on the socket of this agency's worker or (None) on another."""
        match asked:
            case messages.Open():
                return self.opener.open(asked, now, agency=agency)
            case delivering.NameGrants():
                return self.opener.named(asked, now, agency=agency)
            case messages.OpenSelf():
                return self.opener.open_self(asked, now)
            case messages.Write():
                return self.recorder.write(asked, now, agency=agency)
            case messages.Wrap():
                return self.granter.wrap(asked, now)
            case messages.Rotate():
                return self.granter.rotate(asked, now)
            case messages.Settle():
                return self.granter.settle(asked)
            case messages.Prune():
                return self.pruner.prune(asked, now)
            case messages.Trim():
                return self.trimmer.trim(asked, now)
            case messages.OrderErasure():
                return self.granter.order_erasure(asked, now)
            case messages.Erase():
                return self.granter.erase(asked)
            case messages.Sign():
                return self.granter.sign(asked)
            case messages.PublicKeys():
                return self.granter.public_keys()
            case messages.Ping() | messages.Ready():
                return messages.Done()
            case decisions.Link():
                return self.matcher.link(asked, now, agency=agency)
            case decisions.Identify():
                return self.matcher.identify(asked, now, agency=agency)
            case decisions.MatchList():
                return self.matcher.match_list(asked, now, agency=agency)
            case (
                rotating.OrderRun() | rotating.Renew() | rotating.Rekey() | rotating.DestroyKey() | rotating.TellKeys()
            ):
                return self.rotation.answer(asked, now)
            case (
                restoring.TellHead()
                | restoring.Replay()
                | restoring.EndAgain()
                | restoring.SeparateAgain()
                | restoring.LiftSunken()
                | restoring.Reopen()
            ):
                return self.replayer.answer(asked, now)
            case decisions.Match() | decisions.Hint() | decisions.Decide() | decisions.Confirm() | decisions.Unlink():
                return self._who_is_who(asked, now)
            case _:
                return self._at_the_desk(asked, now)

    def _at_the_desk(self, asked: messages.Question, now: datetime) -> messages.Answer:
        match asked:
            case admitting.EnrolFirst():
                return self.desk.officers.enrol_first(asked, now)
            case admitting.EnrolAgency():
                return self.desk.officers.enrol_agency(asked, now)
            case admitting.EnrolOfficer():
                return self.desk.officers.enrol_officer(asked, now)
            case admitting.EnrolLetter():
                return self.desk.letters.enrol(asked, now)
            case admitting.EnrolPasskey():
                return self.desk.passkeys.enrol(asked, now)
            case admitting.EnrolCertificate():
                return self.desk.tokens.enrol_certificate(asked, now)
            case admitting.EnrolIdentity():
                return self.desk.tokens.enrol_identity(asked, now)
            case admitting.AskChallenge():
                return self.desk.challenge(asked, now)
            case admitting.RemovePasskey():
                return self.desk.remove_passkey(asked, now)
            case admitting.RevokeCredential():
                return self.desk.revoke(asked, now)
            case admitting.SignIn():
                return self.desk.sign_in(asked, now)
            case admitting.SignOut():
                return self.desk.sign_out(asked, now)
            case admitting.Touch():
                return self.desk.touch(asked, now)
            case messages.OpenRun():
                return self.desk.open_run(asked, now)
            case _:
                raise Refusal("operation.unknown")

    def _who_is_who(
        self,
        asked: decisions.Match | decisions.Hint | decisions.Decide | decisions.Confirm | decisions.Unlink,
        now: datetime,
    ) -> messages.Answer:
        match asked:
            case decisions.Match():
                return self.matcher.match(asked, now)
            case decisions.Hint():
                return self.matcher.hint(asked, now)
            case decisions.Decide():
                return self.matcher.decide(asked, now)
            case decisions.Confirm():
                return self.matcher.confirm(asked, now)
            case decisions.Unlink():
                return self.matcher.unlink(asked, now)

    def release(self) -> None:
        """Give back the calling thread's database connections."""
        self.database.release()
        self.store.release()

    def close(self) -> None:
        """Close everything."""
        self.database.close()
        self.store.close()


class Keeper:
    """Listens on the sockets and answers, one thread per connection."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] = clock.now) -> None:
        self._now = now
        self._settings = settings
        self._stopping = threading.Event()
        self.rooms = Rooms.furnish(settings, now())
        self._listeners = Listeners(too_long=_TOO_LONG, on_leave=self.rooms.release)

    def start(self) -> None:
        """Compare the log with what was noted, then open the sockets; returns once they accept."""
        self.rooms.gate.look()
        for role in ("web", "cli", "housekeeper"):
            self._listen(places.keeper(self._settings.run_dir, role), role, None)
        self.open_worker_sockets()

    def open_worker_sockets(self) -> None:
        """Open a socket for each agency that has none yet."""
        for agency in self.rooms.reader.active_agencies():
            path = places.keeper(self._settings.run_dir, "worker", agency)
            if not self._listeners.has(path):
                self._listen(path, "worker", agency)

    def run(self, settings: Settings) -> None:
        """Serve until stopped; without the shred store's lock this process ends, and is started anew."""
        self.start()
        ready.tell(settings)
        tidied = -_TIDY_SECONDS  # so that the first turn tidies, also on a machine that has just started
        while not self._stopping.wait(_WORKER_POLL_SECONDS):
            if not self.rooms.store.holds():
                log.error("keeper.lock-lost")
                os._exit(1)
            try:
                if time.monotonic() - tidied > _TIDY_SECONDS:
                    self.rooms.store.tidy(self._now(), timedelta(hours=settings.session_hours))
                    tidied = time.monotonic()
                self.open_worker_sockets()
                self.rooms.gate.follow()
            except Exception:  # an edge: the main database may be away for a while
                log.exception("keeper.main-database-away")

    def stop(self) -> None:
        """Close sockets and connections; what the log had until then is noted."""
        self._stopping.set()
        self._listeners.stop()
        with suppress(psycopg.Error):  # gone before us: the next start sees the rest
            self.rooms.gate.follow()
        self.rooms.close()

    def _listen(self, path: Path, role: str, agency: UUID | None) -> None:
        answering = partial(self._answered_in_bytes, role=role, agency=agency)
        self._listeners.listen(path, answering, group=self._settings.group_of(role))

    def _answered_in_bytes(self, body: bytes, *, role: str, agency: UUID | None) -> bytes:
        return messages.ENCODER.encode(self._answered(body, role, agency))

    def _answered(self, body: bytes, role: str, agency: UUID | None) -> messages.Answer:
        try:
            asked = messages.QUESTIONS.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return messages.Refused("operation.malformed")
        if type(asked) not in OPERATIONS[role]:
            return messages.Refused("operation.not-here")
        if self.rooms.gate.closed and type(asked) not in _OPEN_WHILE_CLOSED:
            return messages.Refused(CLOSED)
        try:
            return self.rooms.answer(asked, self._now(), agency)
        except Refusal as refusal:
            log.info("keeper.refused", extra={"operation": type(asked).__name__, "code": refusal.code})
            return messages.Refused(refusal.code)
        except CryptoError:
            log.warning("keeper.refused", extra={"operation": type(asked).__name__, "code": "crypto"})
            return messages.Refused("crypto")
        except Exception:  # the edge: the log has the fault's class and place, never its text
            log.exception("keeper.failed", extra={"operation": type(asked).__name__})
            return messages.Refused("failed")


def serve(settings: Settings) -> None:
    """Run the keeper's process."""
    gc.set_threshold(100_000, 20, 100)  # a batch of records is many objects without cycles
    Keeper(settings).run(settings)
