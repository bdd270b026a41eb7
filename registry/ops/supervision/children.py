"""Child processes that end with the supervisor, even when it is killed."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from registry.ops.embedded.quarters import Tenant

_PR_SET_PDEATHSIG = 1
#: Looked up here, because a child between fork and exec must not load or import anything.
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
#: Beyond this a log is put aside when its process starts.
LOG_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """How a child starts: its command line, whole environment, log, user and the descriptors it inherits."""

    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    tenant: Tenant | None = None
    groups: tuple[int, ...] = ()  # that the tenant is in beside its own
    pass_fds: tuple[int, ...] = ()
    death_signal: signal.Signals = signal.SIGTERM  # sent by the kernel when the supervisor is gone


def spawn(birth: Birth) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches the supervisor only.

    Must be called from the main thread: Linux sends the death signal when the thread that forked ends.
    """
    _put_aside(birth.log)
    become = birth.tenant if birth.tenant is not None and not birth.tenant.is_me else None
    with birth.log.open("ab") as log, warnings.catch_warnings():
        # From 3.12 on a fork beside threads warns; ours only makes two system calls before exec.
        warnings.simplefilter("ignore", DeprecationWarning)
        return subprocess.Popen(
            list(birth.command),
            env=dict(birth.env),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=become.uid if become else None,
            group=become.gid if become else None,
            extra_groups=list(birth.groups) if become else None,
            umask=0o077,
            start_new_session=True,
            pass_fds=birth.pass_fds,
            preexec_fn=partial(_tie, birth.death_signal, os.getpid()) if _PRCTL else None,  # noqa: PLW1509 - two system calls
        )


def _tie(death_signal: int, parent: int) -> None:
    """Runs in the child before exec: die with the parent, also when it died a moment ago."""
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def stop(child: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> int:
    """End a child: each step is a signal and the seconds to wait for its effect; the last resort is SIGKILL."""
    for number, seconds in steps:
        if child.poll() is not None:
            break
        send(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    if child.poll() is None:
        child.kill()
    code = child.wait()
    # What the child left in its process group (gunicorn's workers, say) goes with it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    return code


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; nothing happens where the process has just ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def last_lines(log: Path, count: int = 5) -> str:
    """Return the end of a log, for the message that says why a process did not start."""
    with contextlib.suppress(FileNotFoundError), log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 4000))
        return "\n".join(stream.read().decode(errors="replace").splitlines()[-count:])
    return ""


def _put_aside(log: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_name(log.name + ".1"))
