"""Asking the linker: one connection per thread, one question at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.errors import RegistryError
from registry.wire import linking
from registry.wire.sockets import places
from registry.wire.sockets.calling import Caller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.config import Settings
    from registry.wire.linking import Finding

#: Longer than any answer takes; a linker that is silent for so long is taken for gone.
PATIENCE_SECONDS = 30.0
#: Who may ask the linker, each on a socket of its own; whatever else asks does so in the place of the first.
ROLES = ("web", "worker")


class LinkerAway(RegistryError):  # noqa: N818 - the name says what is the case
    """The linker cannot be reached; nothing was answered. Trying again later is safe."""

    code = "linker.away"


class LinkerRefused(RegistryError):  # noqa: N818 - an answer, not a fault
    """The linker does not answer; `reason` is for the log alone."""

    code = "linker.refused"

    def __init__(self, reason: str) -> None:
        super().__init__("The linker refused.")
        self.reason = reason


class Linker(Caller):
    """This process's way to the linker; `configure` says once on which socket."""

    def __init__(self) -> None:
        super().__init__("linker", away=LinkerAway, patience_seconds=PATIENCE_SECONDS)

    def find(self, sealed: Sequence[bytes]) -> list[list[Finding]]:
        """Return for each sealed query at most five findings, the best first.

        What other transactions committed to `linkage_arrival` before the call is among what is searched.

        Args:
            sealed: what the keeper sealed less than five minutes ago; any number.

        Raises:
            LinkerRefused: one of them is too old or not the keeper's.
            LinkerAway: it cannot be reached, or went away before it answered.
        """
        findings: list[list[Finding]] = []
        for start in range(0, len(sealed), linking.QUERIES):
            answer = self._ask(linking.Find(list(sealed[start : start + linking.QUERIES])))
            if not isinstance(answer, linking.Found):
                raise TypeError(f"the linker answered {type(answer).__name__}")
            findings.extend(answer.findings)
        return findings

    def ping(self) -> None:
        """Return if the linker is there, else raise LinkerAway."""
        self._ask(linking.Ping())

    def _ask(self, question: linking.Question) -> linking.Answer:
        answer = linking.ANSWERS.decode(self.call(linking.ENCODER.encode(question)))
        if isinstance(answer, linking.Refused):
            if answer.code == linking.AWAY:
                raise LinkerAway("The linker cannot reach its database.")
            raise LinkerRefused(answer.code)
        return answer


#: The linker as this process reaches it.
LINKER = Linker()


def configure(settings: Settings) -> None:
    """Reach the linker on the socket of this process's role."""
    role = settings.process if settings.process in ROLES else ROLES[0]
    LINKER.configure(places.linker(settings.run_dir, role))
