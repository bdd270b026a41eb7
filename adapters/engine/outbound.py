"""Carries what an agency may have to its adapter, and the files that the adapter makes of it to the client."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from adapters.contract import Office, Share
from adapters.engine.messages import ENCODER, Begin, Exported, FileRefused, Finished, Part, Shares, Wanted
from adapters.engine.patience import patiently
from adapters.engine.reading import said, started
from registry import clock
from registry.errors import RegistryError
from registry.profiles import sharing
from registry.wire.sockets import frames
from schemas.entries import entry_document
from schemas.fields import instant_text

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from registry.profiles.sharing import Holding, Recipient

#: Persons handed to the adapter at once, and bytes of them.
BATCH_PERSONS = 20
BATCH_BYTES = 4 * 1024 * 1024


class ExportFailedError(RegistryError):
    """The adapter could not write the files; nothing of them is to be used."""

    code: ClassVar[str] = "export.failed"


@dataclass(slots=True)
class Tally:
    """How far an export has come."""

    looked_at: int = 0
    persons: int = 0
    granted: int = 0

    def count(self, holding: Holding | None) -> None:
        """Count what was opened; of somebody with several own appearances only the first."""
        self.looked_at += 1
        if holding is not None and (holding.own or holding.granted):
            self.persons += holding.is_first
            self.granted += bool(holding.granted)


def carry_out(
    to: Recipient, *, adapter: str, persons: int, on_part: Callable[[Part], None], on_progress: Callable[[int], None]
) -> Exported:
    """Let an adapter write what the agency may have; return how much it was.

    Args:
        adapter: whose format the agency reads.
        persons: about how many will come; the adapter's time is measured by it.
        on_part: is given the files, part by part.
        on_progress: is told how many persons were looked at.

    Raises:
        ExportFailedError: the adapter failed, or said that it cannot.
        RegistryError: the run does not allow it, or the keeper stays away.
    """
    tally = Tally()
    batches = _batches(holdings(to), tally)
    begin = Begin(Office(to.number, to.name), instant_text(clock.now()), persons)
    with started([adapter, "write", "live"]) as child:
        _send(child, begin)
        for message in said(child):
            match message:
                case Wanted():
                    _send(child, Shares(next(batches, [])))
                    on_progress(tally.looked_at)
                case Part():
                    on_part(message)
                case Finished():
                    return Exported(tally.persons, tally.granted)
                case FileRefused():
                    raise ExportFailedError(message.reason)
                case _:
                    break
    raise ExportFailedError("The adapter stopped in the middle: it crashed or went beyond its memory or time.")


def holdings(to: Recipient) -> Iterator[Holding | None]:
    """Yield what may be had of one person after the other: of own appearances first, then of those who only granted.

    None stands for somebody of whom nothing is left or who came before.
    """
    after: UUID | None = None
    while page := patiently(partial(sharing.own_appearances, to, after)):
        for appearance in page:
            yield patiently(partial(_of_appearance, to, appearance))
        after = page[-1]
    after = None
    while True:
        persons, after = patiently(partial(sharing.granting, to, after))
        for person in persons:
            yield patiently(partial(_of_person, to, person))
        if after is None:
            return


def share_of(holding: Holding) -> Share:
    """Return a holding in the adapter's form."""
    return Share(
        appearance=str(holding.appearance) if holding.appearance else "",
        own=tuple(entry_document(entry) for entry in holding.own),
        granted=tuple(entry_document(entry) for entry in holding.granted),
    )


def _batches(held: Iterator[Holding | None], tally: Tally) -> Iterator[list[Share]]:
    batch: list[Share] = []
    size_bytes = 0
    for holding in held:
        tally.count(holding)
        if holding is None or not (holding.own or holding.granted):
            continue
        batch.append(share_of(holding))
        size_bytes += len(ENCODER.encode(batch[-1]))
        if len(batch) >= BATCH_PERSONS or size_bytes >= BATCH_BYTES:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch


def _send(child: socket.socket, message: Begin | Shares) -> None:
    try:
        frames.send(child, ENCODER.encode(message))
    except OSError as gone:
        raise ExportFailedError("The adapter stopped before it had everything.") from gone


def _of_appearance(to: Recipient, appearance: UUID) -> Holding | None:
    return sharing.of_appearance(to, appearance, now=clock.now())


def _of_person(to: Recipient, person: UUID) -> Holding | None:
    return sharing.of_person(to, person, now=clock.now())
