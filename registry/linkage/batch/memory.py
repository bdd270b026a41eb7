"""How much memory a run takes, by what was measured, and how much of what it may take is left for the database."""

from __future__ import annotations

from typing import Final

from registry.errors import RegistryError

#: Bytes a run may take where nobody says so.
MEMORY: Final = 6_000_000_000
#: Bytes of this process before anything is read, and while it compares one block; of a process that encodes.
_OURS, _BLOCK, _ENCODER = 250_000_000, 300_000_000, 350_000_000
#: Bytes of each line, with all its distinct words; where names are salted hardly two lines share one.
_LINE, _SALTED_LINE = 1_300, 5_400
#: Below this the database cannot work.
_LEAST: Final = 300_000_000


class MemoryRefused(RegistryError):  # noqa: N818 - the name says what is the case
    """The lists need more memory than the run may take; nothing was written. The message says how much."""

    code = "link.memory-refused"


def database_share(memory: int, *, lines: int, processes: int, salted: bool = False) -> int:
    """Return how many bytes the database may hold; beyond that it writes to disk.

    Args:
        memory: bytes that all processes of the run may take together.
        lines: of both lists.

    Raises:
        MemoryRefused: too little is left.
    """
    taken = _OURS + processes * max(_BLOCK, _ENCODER) + lines * (_SALTED_LINE if salted else _LINE)
    if memory - taken < _LEAST:
        needed = (taken + _LEAST) / 1e9
        raise MemoryRefused(
            f"{lines} lines need {needed:.1f} GB with {processes} processes; allow more with --memory,"
            " or fewer processes with --processes"
        )
    return memory - taken
