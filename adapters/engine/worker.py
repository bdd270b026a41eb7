"""The process `worker` of one agency: takes orders at its socket, one client at a time; carries files in and out."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import socket
import sys
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError

from adapters.engine.inbound import carry
from adapters.engine.messages import ENCODER, TO_WORKER, AskWho, Export, Progress, Started, Stopped, Who
from adapters.engine.outbound import carry_out
from adapters.engine.patience import is_away, patiently
from adapters.engine.reading import Source
from registry import clock, db, ready
from registry.casework import receiving
from registry.casework.asking import lists
from registry.errors import NotFound, RegistryError
from registry.keys import client as keys
from registry.keys.client import KeeperRefused
from registry.linkage import client as linker
from registry.profiles import sharing
from registry.wire.sockets import frames, places
from registry.wire.sockets.listening import bound
from schemas.entries import EntryIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from adapters.engine.messages import FromWorker, ToWorker
    from registry.config import Settings

log = logging.getLogger(__name__)

Try: TypeAlias = "Callable[[], receiving.Stored]"

_STOPPED = {Export: "export.stopped", AskWho: "list.stopped"}
#: Seconds a client may take to say what it wants, or to read what it is told.
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one agency's files are taken and made."""

    agency: UUID
    path: Path
    is_for_test: bool

    def run(self, listener: socket.socket) -> None:
        """Serve one client after the other, for ever; the next one waits in the listener's queue."""
        while True:
            client, _ = listener.accept()
            with client:
                client.settimeout(PATIENCE_SECONDS)
                try:
                    self.serve(client)
                except (OSError, msgspec.DecodeError) as gone:
                    log.warning("worker.client-gone", extra={"agency": self.agency, "kind": type(gone).__name__})

    def serve(self, client: socket.socket) -> None:
        """Do what one client orders until it closes."""
        tell(client, Started())
        while (order := _ordered(client)) is not None:
            with self._telling_why(client, order):
                if isinstance(order, Export):
                    self._export(client, order)
                    continue
                if isinstance(order, AskWho):
                    tell(client, self._who(order))
                    continue
                descriptor = _handed(client)
                try:
                    self._carry(client, Source(order.file, descriptor, order.adapter, self.is_for_test), order.run)
                finally:
                    os.close(descriptor)

    def _carry(self, client: socket.socket, source: Source, run: UUID) -> None:
        report = carry(
            source,
            RunIntake(run),
            on_progress=lambda done, total: tell(client, Progress(source.name, done, total)),
            catch_up=partial(_catch_up, run),
        )
        done = {"records": report.records, "refused": len(report.refused)}
        log.info("import.finished", extra={"agency": self.agency, "run": run, **done})
        tell(client, report)

    def _export(self, client: socket.socket, order: Export) -> None:
        to = patiently(partial(sharing.recipient, order.run))
        if to.actor.agency_id != self.agency:
            raise NotFound("There is no such run of this agency.")
        exported = carry_out(
            to,
            adapter=order.adapter,
            persons=order.persons,
            on_part=partial(tell, client),
            on_progress=lambda done: tell(client, Progress("", done, order.persons)),
        )
        log.info("export.finished", extra={"agency": self.agency, "run": order.run, "profiles": exported.persons})
        tell(client, exported)

    def _who(self, order: AskWho) -> Who:
        schema = EntryIn()
        try:
            people = [[schema.load(one) for one in stated] for stated in order.people]
        except ValidationError:
            raise RegistryError("The list says what cannot be.") from None
        queries = patiently(partial(lists.sealed, order.run, people))
        grades = patiently(lambda: lists.grades(order.run, queries, now=clock.now()))
        log.info("list.asked", extra={"agency": self.agency, "run": order.run, "people": len(people)})
        return Who(grades)

    @contextlib.contextmanager
    def _telling_why(self, client: socket.socket, order: ToWorker) -> Iterator[None]:
        """Log and tell the client what ended its order; the next order has another chance."""
        event = _STOPPED.get(type(order), "import.stopped")
        try:
            yield
        except RegistryError as refusal:
            code = refusal.reason if isinstance(refusal, KeeperRefused) else refusal.code
            log.warning(event, extra={"agency": self.agency, "run": order.run, "code": code})
            tell(client, Stopped(refusal.code, str(refusal)))
        except DBAPIError as failure:
            away = is_away(failure)
            log.error(  # noqa: TRY400 - the text can hold values
                event,
                extra={"agency": self.agency, "run": order.run, "code": getattr(failure.orig, "sqlstate", None)},
            )
            reason = "The database cannot be reached." if away else "The database refused; the worker's log says why."
            tell(client, Stopped("database.away" if away else "database.refused", reason))


def serve(settings: Settings) -> None:
    """Run one agency's worker until it is stopped.

    Raises:
        RegistryError: the settings name no agency.
    """
    if settings.agency is None:
        raise RegistryError("a worker needs REGISTRY_AGENCY")
    engine = db.configure(settings.database_url, pool_size=4)
    keys.configure(settings)
    linker.configure(settings)
    desk = Desk(settings.agency, socket_path(settings, settings.agency), settings.env != "production")
    # A batch is tens of thousands of objects without cycles: looking for some takes a third of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    # One thread looks at records while others wait for keeper and database: these should not wait for it as well.
    sys.setswitchinterval(0.0005)
    with listening(desk.path, group=settings.group_of("cli")) as listener:
        ready.tell(settings)
        try:
            desk.run(listener)
        finally:
            engine.dispose()


def socket_path(settings: Settings, agency: UUID) -> Path:
    """Return where this agency's worker listens."""
    return places.worker(settings.run_dir, agency)


@contextlib.contextmanager
def listening(path: Path, *, group: int | None = None) -> Iterator[socket.socket]:
    """Listen on a Unix socket, as `bound`, until the block ends."""
    with bound(path, group=group) as listener:
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class RunIntake:
    """Takes batches in for one run; where database or keeper went away, it tries again."""

    run: UUID

    def seal(self, records: Sequence[receiving.Received]) -> receiving.Sealing | None:
        """Return the sealed batch, or None: storing it then asks again, with patience, and tells what is wrong."""
        try:
            return receiving.seal(self.run, records, now=clock.now())
        except (RegistryError, DBAPIError):
            return None

    def store(self, records: Sequence[receiving.Received], sealing: receiving.Sealing | None) -> receiving.Stored:
        """Store one batch; the same record twice changes nothing, so it may be tried again.

        Args:
            sealing: the batch as it was sealed already; a second try has it sealed anew.

        Raises:
            RegistryError: the run does not allow it, or the keeper stays away.
            DBAPIError: the database stays away, or refuses.
        """
        anew: Try = partial(self._store_anew, records)
        first: Try = anew if sealing is None else partial(receiving.store, sealing)
        return patiently(partial(_do_next, chain([first], repeat(anew))), partial(_say_waiting, self.run))

    def compare(self, stored: receiving.Stored) -> Sequence[receiving.Outcome]:
        """Compare who is new in a batch with all others, or leave it to the end where the linker is away.

        Raises:
            RegistryError, DBAPIError: as for `store`.
        """
        return patiently(partial(receiving.compare, stored), partial(_say_waiting, self.run))

    def release(self) -> None:
        """Close this thread's connection to the keeper."""
        keys.KEEPER.close()

    def _store_anew(self, records: Sequence[receiving.Received]) -> receiving.Stored:
        return receiving.store(receiving.seal(self.run, records, now=clock.now()))


def _do_next(tries: Iterator[Try]) -> receiving.Stored:
    return next(tries)()


def _catch_up(run: UUID) -> Sequence[receiving.Outcome]:
    return patiently(lambda: receiving.catch_up(run, now=clock.now()), partial(_say_waiting, run))


def _say_waiting(run: UUID, code: str) -> None:
    log.warning("import.waits", extra={"run": run, "code": code})


def tell(client: socket.socket, message: FromWorker) -> None:
    """Send one message to the client."""
    frames.send(client, ENCODER.encode(message))


def _ordered(client: socket.socket) -> ToWorker | None:
    """Return the next order, or None where the client has closed."""
    body = frames.receive(client)
    try:
        return None if body is None else TO_WORKER.decode(body)
    except (UnicodeDecodeError, RecursionError):
        raise msgspec.DecodeError("an order that nobody writes") from None


def _handed(client: socket.socket) -> int:
    """Return the descriptor of the file that was announced."""
    _, descriptors, _, _ = socket.recv_fds(client, 1, 1)
    if len(descriptors) != 1:
        raise frames.DisconnectedError("a file was announced and not handed over")
    return descriptors[0]
