"""How each process of ours starts: its command line and the few settings it needs, its own login among them."""

import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from subprocess import Popen
from uuid import UUID

from registry.config import Settings, inherited
from registry.errors import OperationError
from registry.ops.roles import MEMBERS, Logins
from registry.ops.supervision import children
from registry.ops.supervision.supervisor import STOP_STEPS, Member, await_ready
from registry.ops.supervision.users import Users

#: Started first and by itself: everybody else asks the keeper.
FIRST = "keeper"
#: One process per agency.
PER_AGENCY = "worker"
READY_SECONDS = 60.0
_RANKS = {"keeper": 1, "linker": 1, "worker": 3}
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
#: Where the libraries of PKCS#11 tokens find what they need; the keeper loads them.
_OF_TOKENS = ("SOFTHSM2_CONF",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nursery:
    """What all births have in common."""

    settings: Settings
    main_url: str
    shred_url: str
    logins: Logins
    web_fd: int

    def member(self, name: str, agency: UUID | None = None) -> Member:
        """Return a member that starts a process without waiting for it."""
        return Member(
            name=_shown(name, agency),
            rank=_RANKS.get(name, 2),
            launch=partial(self._spawn, name, agency),
        )

    def together(self, names: Iterable[str]) -> list[Member]:
        """Start processes side by side and wait until all are ready.

        Raises:
            OperationError: one ended, or did not become ready in time; none of them is left.
        """
        begun = [self._begin(name) for name in names]
        late = [member for member, child, ready in begun if not await_ready(child, ready, seconds=READY_SECONDS)]
        if not late:
            return [member for member, _, _ in begun]
        for _, child, _ in begun:
            children.stop(child, STOP_STEPS)
        log = self.log(late[0].name)
        raise OperationError(f"{late[0].name} did not start, see {log}:\n{children.last_lines(log)}")

    def _begin(self, name: str) -> tuple[Member, Popen[bytes], int]:
        """Start a process; returns also the reading end of the pipe on which it says that it is ready."""
        member = self.member(name)
        reading, writing = os.pipe()
        try:
            child = member.child = self._spawn(name, None, ready=writing)
        finally:
            os.close(writing)
        member.born = time.monotonic()
        return member, child, reading

    def log(self, shown: str) -> Path:
        """Return where a process writes its log."""
        return self.settings.home / "logs" / f"{shown}.log"

    def _spawn(self, name: str, agency: UUID | None, *, ready: int | None = None) -> Popen[bytes]:
        users = Users(self.settings)
        passed = [fd for fd in (ready, self.web_fd if name == "web" else None) if fd is not None]
        return children.spawn(
            children.Birth(
                # -P: the working directory is no place to import from.
                command=[sys.executable, "-P", "-m", "registry.cli.main", "process", name],
                env=users.handed_over(name, self._env(name, agency, ready)),
                log=self.log(_shown(name, agency)),
                pass_fds=tuple(passed),
                tenant=users.tenant(name),
                groups=users.groups(name),
            )
        )

    def _env(self, name: str, agency: UUID | None, ready: int | None) -> dict[str, str]:
        settings, upper = self.settings, name.upper()
        env = {
            "REGISTRY_PROCESS": name,
            "ENV": settings.env,
            "REGISTRY_HOME": str(settings.home),
            "REGISTRY_RUN_DIR": str(settings.run_dir),
            "IDLE_MINUTES": str(settings.idle_minutes),
            "SESSION_HOURS": str(settings.session_hours),
            "LETTER_DAYS": str(settings.letter_days),
            "PROCESS_USERS": ",".join(f"{process}:{user}" for process, user in settings.process_users.items()),
        }
        if name in MEMBERS["main"]:
            env[f"{upper}_DATABASE_URL"] = self.logins.url(self.main_url, name)
        if name in MEMBERS["shred"]:
            env[f"{upper}_SHRED_DATABASE_URL"] = self.logins.url(self.shred_url, name)
        if name == "keeper":
            env |= settings.custody.for_keeper(settings.root_key_file) | inherited(_OF_TOKENS)
        if name in {"keeper", "linker"}:
            env["LINKER_KEY_FILE"] = str(settings.linker_key_file)
        if name == "web":
            env |= {"WEB_HOST": settings.web_host, "WEB_PORT": str(settings.web_port)}
            env |= {"WEB_WORKERS": str(settings.web_workers), "WEB_THREADS": str(settings.web_threads)}
            env["REGISTRY_WEB_FD"] = str(self.web_fd)
        if name in {"keeper", "web"}:
            env |= {"PUBLIC_URL": settings.public_url, "OIDC_ISSUERS_FILE": str(settings.oidc_issuers_file or "")}
        if agency is not None:
            env["REGISTRY_AGENCY"] = str(agency)
        if ready is not None:
            env["REGISTRY_READY_FD"] = str(ready)
        return inherited(_INHERITED) | env


def registered() -> set[str]:
    """Return the names of all processes that packages offer as `registry.processes`."""
    return {entry.name for entry in entry_points(group="registry.processes")}


def _shown(name: str, agency: UUID | None) -> str:
    return name if agency is None else f"{name}-{agency}"
