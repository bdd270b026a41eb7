"""A newcomer's first minutes: clone, `make install`, `make run`; as root and as an ordinary user."""

from __future__ import annotations

import http.client
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest

from registry.ops.embedded.quarters import vacate

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
GIT, MAKE = shutil.which("git"), shutil.which("make")
SECONDS = 60.0
_NAMES = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy")
_NO_NETWORK = re.compile(r"new connection|name resolution|Max retries|from versions: none|timed out|ProxyError")
_NO_PYTHON = "Python 3.11 to 3.14 is needed"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a clone, and nothing else of ours."""

    account: pwd.struct_passwd
    place: Path

    @property
    def checkout(self) -> Path:
        """The clone."""
        return self.place / "checkout"

    @property
    def home(self) -> Path:
        """The registry's home, in a directory that only this user can enter."""
        return self.place / "private" / "home"

    def environment(self) -> dict[str, str]:
        """Return what a fresh shell has: how pip reaches packages on this machine, and nothing of this test run."""
        named = {name: value for name, value in os.environ.items() if name in _NAMES or name.startswith("PIP_")}
        own = self.account.pw_dir if self.is_me else str(self.place)
        return named | {"HOME": own, "REGISTRY_HOME": str(self.home), "WEB_PORT": "18741", "WEB_WORKERS": "1"}

    @property
    def is_me(self) -> bool:
        """Whether this is who runs the tests."""
        return self.account.pw_uid == os.geteuid()

    def make(self, target: str) -> subprocess.Popen[bytes]:
        """Begin `make` with this target; what it says goes to `target.log`."""
        with (self.place / f"{target}.log").open("wb") as log:
            return subprocess.Popen(
                [MAKE or "", target],
                cwd=self.checkout,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=None if self.is_me else self.account.pw_uid,
                group=None if self.is_me else self.account.pw_gid,
                extra_groups=None if self.is_me else [],
            )

    def said(self, target: str) -> str:
        """Return what `make` said so far."""
        return (self.place / f"{target}.log").read_text(encoding="utf-8", errors="replace")

    def note(self) -> dict[str, Any]:
        """Return what the registry noted about itself."""
        content: dict[str, Any] = json.loads((self.home / "run.json").read_text())
        return content


def account_of(who: str) -> pwd.struct_passwd:
    """Return whose account a test uses; skip where this machine or this user does not allow it."""
    me = pwd.getpwuid(os.geteuid())
    if who == "root":
        return me if me.pw_uid == 0 else pytest.skip("only root can try what root meets")
    if me.pw_uid != 0:
        return me
    known = [account for account in pwd.getpwall() if account.pw_name == "nobody"]
    return known[0] if known else pytest.skip("there is no account `nobody` to stand for an ordinary user")


@pytest.fixture(params=["root", "ordinary-user"])
def visitor(request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody with a fresh clone of what is committed; `../shared` is not there."""
    if GIT is None or MAKE is None or not (ROOT / ".git").exists():
        pytest.skip("needs git, make and a checkout to clone")
    account = account_of(request.param)
    place = Path(tempfile.mkdtemp(prefix="einmal-clone-", dir="/tmp"))
    visitor = Visitor(account, place)
    (place / "private").mkdir(mode=0o700)
    subprocess.run([GIT, "clone", "-q", "--no-hardlinks", ROOT, visitor.checkout], check=True, timeout=120)
    for path in [place, *place.rglob("*")]:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    yield visitor
    vacate(visitor.home)
    shutil.rmtree(place)


def install(visitor: Visitor) -> None:
    """Run `make install`; skip where it cannot download, or this user reaches no Python."""
    status = visitor.make("install").wait(900)
    said = visitor.said("install")
    if status and _NO_NETWORK.search(said):
        pytest.skip("`make install` cannot download here")
    if status and not visitor.is_me and _NO_PYTHON in said:
        pytest.skip(f"`{visitor.account.pw_name}` reaches no Python that fits")
    assert status == 0, said


def api_of(visitor: Visitor, run: subprocess.Popen[bytes], end: float) -> str:
    """Wait for the line that says where the interface is."""
    while time.monotonic() < end:
        found = re.search(r"interface\s+(http\S+)", visitor.said("run"))
        if found:
            return found[1]
        assert run.poll() is None, visitor.said("run")
        time.sleep(0.1)
    pytest.fail(f"no address in time: {visitor.said('run')}")


def status_of(url: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=10)
    try:
        connection.request("GET", urlsplit(url).path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_a_fresh_clone_runs_within_a_minute_of_its_installation(visitor: Visitor) -> None:
    """`make run` needs nothing but `make` and a Python; the home lies in a directory of mode 0700."""
    install(visitor)
    assert not (visitor.place / "shared").exists()
    end = time.monotonic() + SECONDS
    run = visitor.make("run")
    try:
        api = api_of(visitor, run, end)
        assert status_of(f"{api}/openapi.json") == 200
        assert time.monotonic() < end
        note = visitor.note()
        started = [psutil.Process(pid) for pid in (note["pid"], *note["processes"].values())]
    finally:
        # As Ctrl-C does: everything in the foreground hears it.
        os.killpg(run.pid, signal.SIGINT)
        run.wait(120)
    assert [process for process in started if process.is_running()] == []
    assert not (visitor.home / "run.json").exists()
    assert (visitor.place / "private").stat().st_mode & 0o777 == 0o700
