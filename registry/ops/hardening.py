"""What a process does at its start so that its memory stays its own."""

from __future__ import annotations

import ctypes
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
#: Whatever is there and whatever comes, each page once it is used; stacks are mapped long before they are needed.
_LOCK_ALL: Final = 1 | 2 | 4
#: Where Linux lists what memory may be written to.
_SWAPS: Final = Path("/proc/swaps")


def harden(*, keeps_keys: bool) -> list[str]:
    """Leave no core dump, let no process of the same user look inside, gain no rights, and keep keys out of swap.

    Args:
        keeps_keys: whether this process holds keys, which must not be written to disk with its memory.

    Returns:
        What this system does not allow, as codes: "core-dump", "dumpable", "privileges", "memory-lock".
    """
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    prctl = libc.prctl if libc is not None else None
    done = {
        "core-dump": _no_core_dump(),
        "dumpable": prctl is not None and prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0,
        "privileges": prctl is not None and prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0,
        "memory-lock": not keeps_keys or _locked(libc.mlockall if libc is not None else None) or not _swaps(),
    }
    return [code for code, is_done in done.items() if not is_done]


def _no_core_dump() -> bool:
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        return False
    return True


def _locked(mlockall: Callable[[int], int] | None) -> bool:
    """Lock this process's memory, unless it may lock so little that it would starve later."""
    if mlockall is None:
        return False
    return _may_lock_all() and mlockall(_LOCK_ALL) == 0


def _may_lock_all() -> bool:
    soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if hard == resource.RLIM_INFINITY and soft != hard:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))
        soft = hard
    return soft == resource.RLIM_INFINITY or _may_ignore_limits()


def _may_ignore_limits() -> bool:
    """Say whether this process has CAP_IPC_LOCK."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> 14 & 1)
    return False


def _swaps() -> bool:
    """Say whether memory can be written to disk here at all; where nobody knows, it can."""
    try:
        return len(_SWAPS.read_text().splitlines()) > 1
    except OSError:
        return True
