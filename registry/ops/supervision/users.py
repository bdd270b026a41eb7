"""Each process as a user of its own: who that is, whom it lets ask it, and the keys that are handed to it."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from registry.errors import OperationError
from registry.ops.embedded.quarters import Tenant
from registry.ops.files import private_directory, write_private
from registry.wire.sockets.places import LISTENERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.config import Settings

#: Who asks whom; a listening process must be in the groups of those whom it lets ask.
_ASKED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "keeper": ("web", "housekeeper", "worker", "cli"),
    "linker": ("web", "worker"),
    "worker": ("cli",),
}
#: Files of keys that belong to the supervisor's user: each process that needs one gets a copy of its own.
_HANDED_OVER: Final = ("ROOT_KEY_FILE", "LINKER_KEY_FILE")
#: Everybody may pass, nobody may look around or put anything there.
_PASSAGE: Final = 0o711


@dataclass(frozen=True, slots=True)
class Users:
    """The users of processes, as PROCESS_USERS names them; without it all run as whoever starts them."""

    settings: Settings

    @property
    def are_named(self) -> bool:
        """Whether processes run as users of their own."""
        return bool(self.settings.process_users)

    def settle(self) -> None:
        """Make the run directory, and in it the directory of each process that listens.

        Raises:
            OperationError: this process may not become others, one of them does not exist, or the databases are
                embedded ones, which only the user who started them reaches.
        """
        run_dir = self.settings.run_dir
        if not self.are_named:
            private_directory(run_dir)
            return
        if os.geteuid() != 0:
            raise OperationError("PROCESS_USERS needs a supervisor that runs as root: nobody else can become others")
        if not self.settings.database_url:
            raise OperationError("PROCESS_USERS needs DATABASE_URL and SHRED_DATABASE_URL: databases of their own")
        private_directory(run_dir, mode=_PASSAGE)
        for name in LISTENERS:
            self._settle(run_dir / name, name)

    def tenant(self, name: str) -> Tenant | None:
        """Return as whom a process runs; None: as this one.

        Raises:
            OperationError: there is no such user.
        """
        user = self.settings.process_users.get(name)
        if user is None:
            return None
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            raise OperationError(f"PROCESS_USERS: there is no user {user} on this machine") from None
        return Tenant(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def groups(self, name: str) -> tuple[int, ...]:
        """Return the groups that a process is in beside its own: those of whom it lets ask."""
        asked_by = map(self.settings.group_of, _ASKED_BY.get(name, ()))
        return tuple(group for group in asked_by if group is not None)

    def handed_over(self, name: str, env: Mapping[str, str]) -> dict[str, str]:
        """Return a process's settings with its own copies of the key files that they name."""
        tenant, given = self.tenant(name), dict(env)
        if tenant is None:
            return given
        for variable in _HANDED_OVER:
            if variable in given:
                source, copy = Path(given[variable]), self.settings.run_dir / name / f"{variable.lower()}.copy"
                write_private(copy, _key_of(source), mode=0o400)
                tenant.take(copy)
                given[variable] = str(copy)
        return given

    def _settle(self, path: Path, name: str) -> None:
        tenant = self.tenant(name)
        if tenant is None:
            raise OperationError(f"PROCESS_USERS names nobody for {name}")
        with suppress(FileExistsError):
            path.mkdir(mode=_PASSAGE)
            tenant.take(path)
        status = path.lstat()
        if path.is_symlink() or not path.is_dir() or status.st_uid != tenant.uid:
            raise OperationError(f"{path} belongs to somebody else: remove it")
        path.chmod(_PASSAGE)


def _key_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise OperationError(f"{path} cannot be read: {problem.strerror}") from None
