"""Sets up `.venv` for make. Standard library only: it runs before anything is installed, on any python3.

Safe to run twice, at the same time, and after being killed: a half-made environment is made again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator  # noqa: UP035 - this file must also load on a Python too old for the rest

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
#: Lies beside the environment while that is being made; whoever finds it later finds a broken one.
BUILDING = ROOT / ".venv.building"
STAMP = VENV / "einmal-stamp"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
INPUTS = ("requirements.lock", "setup.cfg", "pyproject.toml", "package-lock.json")
_ASK_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


class Missing(Exception):  # noqa: N818 - says what is missing
    """A part of the system is missing; the message is one line and says what to install."""


def main(wanted: str | None) -> None:
    """Set the environment up, unless it is up to date.

    Args:
        wanted: the Python to use; without one any that fits.
    """
    with _alone() as lock:
        if _is_current(wanted):
            return
        interrupted = BUILDING.exists()
        BUILDING.touch()
        version = _version_of(VENV / "bin" / "python")
        if interrupted or version not in VERSIONS or not _agrees(wanted, version):
            shutil.rmtree(VENV, ignore_errors=True)
            python = _find_python(wanted)
            _say(f"Setting up .venv with {python} (once, about a minute)")
            _run([python, "-m", "venv", str(VENV)], "could not make .venv", lock=lock)
        _install(lock)
        STAMP.write_text(_stamp(_version_of(VENV / "bin" / "python")))
        BUILDING.unlink()


def _install(lock: int) -> None:
    pip = [
        str(VENV / "bin" / "python"),
        "-I",
        "-m",
        "pip",
        "--no-input",
        "--disable-pip-version-check",
        "install",
        "-q",
    ]
    pip.append("--root-user-action=ignore")
    locked = [*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")]
    _run(locked, "could not install requirements.lock", lock=lock)
    own = [*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    _run(own, "could not install the project itself", lock=lock)
    pages = [str(VENV / "bin" / "python"), "-P", "-m", "registry.web.assets.building"]
    _run(pages, "could not build the files of the pages", lock=lock)


def _is_current(wanted: str | None) -> bool:
    if BUILDING.exists() or not STAMP.exists():
        return False
    version = _version_of(VENV / "bin" / "python")
    return version is not None and STAMP.read_text() == _stamp(version) and _agrees(wanted, version)


def _agrees(wanted: str | None, version: str | None) -> bool:
    return not wanted or _version_of(wanted) == version


def _stamp(version: str | None) -> str:
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes() + b"\0")
    digest.update(str(ROOT).encode())
    return f"{version} {digest.hexdigest()}\n"


def _find_python(wanted: str | None) -> str:
    """Return the first Python of a version we support that can make environments."""
    names = [wanted] if wanted else [sys.executable, "python3", *(f"python{version}" for version in VERSIONS)]
    fitting = [name for name in names if name and _version_of(name) in VERSIONS]
    if not fitting:
        raise Missing("Python 3.11 to 3.14 is needed: for example `apt-get install python3 python3-venv`")
    for name in fitting:
        if _answer([name, "-I", "-c", "import ensurepip, venv; ensurepip.version(); print('yes')"]) == "yes":
            return name
    raise Missing(f"{fitting[0]} cannot make environments: `apt-get install python3-venv` (or the same of its version)")


def _version_of(python: str | Path) -> str | None:
    return _answer([str(python), "-I", "-c", _ASK_VERSION])


def _answer(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _run(command: list[str], failure: str, *, lock: int) -> None:
    # The child holds the lock too: should we be killed, nobody removes the environment while it still writes there.
    if subprocess.run(command, cwd=ROOT, pass_fds=[lock], check=False).returncode:
        raise Missing(f"{failure}; see the lines above, then run make again")


@contextlib.contextmanager
def _alone() -> Iterator[int]:
    with (ROOT / ".venv.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another make sets .venv up; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
    except (Missing, OSError) as problem:
        sys.exit(f"make: {problem}")
