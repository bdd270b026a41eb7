"""Asking the keeper: one connection per thread, one question at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from registry.errors import RegistryError
from registry.wire import messages
from registry.wire.sockets import places
from registry.wire.sockets.calling import Caller

if TYPE_CHECKING:
    from registry.config import Settings

A = TypeVar("A", bound=msgspec.Struct)

#: Longer than any operation takes; a keeper that is silent for so long is taken for gone.
PATIENCE_SECONDS = 60.0


class KeeperRefused(RegistryError):  # noqa: N818 - an answer, not a fault
    """The keeper does not do it; `reason` is for the log alone."""

    code = "keeper.refused"

    def __init__(self, reason: str) -> None:
        super().__init__("The keeper refused.")
        self.reason = reason


class KeeperAway(RegistryError):  # noqa: N818 - the name says what is the case
    """The keeper cannot be reached; nothing was opened. Trying again later is safe."""

    code = "keeper.away"


class KeeperClosed(KeeperAway):
    """The databases were brought back from a back-up; the keeper opens nothing before what ended since is repeated."""

    code = "keeper.closed"


class Keeper(Caller):
    """This process's way to the keeper; `configure` says once on which socket."""

    def __init__(self) -> None:
        super().__init__("keeper", away=KeeperAway, patience_seconds=PATIENCE_SECONDS)

    def ask(self, question: messages.Question, expected: type[A]) -> A:
        """Ask, and return the answer of the expected form.

        Raises:
            KeeperRefused: it said no.
            KeeperClosed: it stays closed until the operator has replayed the log.
            KeeperAway: it cannot be reached, or went away before it answered; what it did then is unknown.
        """
        answer = messages.ANSWERS.decode(self.call(messages.ENCODER.encode(question)))
        if isinstance(answer, messages.Refused):
            if answer.code == KeeperClosed.code:
                raise KeeperClosed("The registry was brought back from a back-up and is not open yet.")
            raise KeeperRefused(answer.code)
        if not isinstance(answer, expected):
            raise TypeError(f"the keeper answered {type(answer).__name__}, expected {expected.__name__}")
        return answer


#: The keeper as this process reaches it; with `registry.db.Sessions` the only state of a module.
KEEPER = Keeper()


def configure(settings: Settings) -> None:
    """Reach the keeper on the socket of this process's role; a worker on its agency's own."""
    KEEPER.configure(places.keeper(settings.run_dir, settings.process, settings.agency))
