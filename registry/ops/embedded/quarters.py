"""As whom an embedded PostgreSQL runs and where its data lie.

PostgreSQL refuses to run as root. Then an existing system user becomes its tenant, and where that user cannot reach
the home, data (and binaries) move to a private directory under /var/tmp. No mode of a parent is ever changed.
"""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from registry.config import digest_of
from registry.errors import OperationError
from registry.ops.embedded.binaries import Binaries
from registry.ops.files import private_directory, read_json, remove_tree, write_json

_SYSTEM_USERS = ("postgres", "nobody")
_VAR_TMP = Path("/var/tmp")  # noqa: S108 - only fresh directories of mode 0700 are made here


@dataclass(frozen=True, slots=True)
class Tenant:
    """The user an embedded server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_me(self) -> bool:
        """Whether the server runs as the user that starts it."""
        return self.uid == os.geteuid()

    def reaches(self, path: Path) -> bool:
        """Whether this user may pass every directory down to the path, as far as it exists."""
        if self.is_me:
            return True
        resolved = path.resolve()
        return all(self._passes(step) for step in (resolved, *resolved.parents) if step.exists())

    def _passes(self, path: Path) -> bool:
        status = path.stat()
        needed = 0o1 if path.is_dir() else 0o4
        if status.st_uid == self.uid:
            return bool(status.st_mode & (needed << 6))
        if status.st_gid == self.gid:
            return bool(status.st_mode & (needed << 3))
        return bool(status.st_mode & needed)

    def own(self, path: Path, *, mode: int = 0o700) -> Path:
        """Make a directory of this tenant's own; an existing one is left as it is."""
        if not path.exists():
            path.mkdir(mode=mode)
            self.take(path)
        return path

    def take(self, path: Path) -> None:
        """Make the tenant the owner of a file or directory that was just made.

        Raises:
            OperationError: it is something else: in its own directory the tenant could put anything in the place.
        """
        if self.is_me:
            return
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise OperationError(f"{path} is not what was made there a moment ago: look who did that") from error
        try:
            status = os.fstat(handle)
            if status.st_uid != os.geteuid() or not (stat.S_ISDIR(status.st_mode) or status.st_nlink == 1):
                raise OperationError(f"{path} is not what was made there a moment ago: look who did that")
            os.fchown(handle, self.uid, self.gid)
        finally:
            os.close(handle)


@dataclass(frozen=True, slots=True)
class Quarters:
    """Where the clusters of one home lie, and as whom they run."""

    tenant: Tenant
    base: Path  # holds one data directory per cluster
    sockets: Path
    private: bool  # whether base lies outside the home

    def data_dir(self, name: str) -> Path:
        """Return the data directory of one cluster."""
        return self.base / name

    def reachable(self, binaries: Binaries) -> Binaries:
        """Return binaries that the tenant can run: the given ones, or a copy beside the data."""
        if self.tenant.reaches(binaries.bindir / "postgres") and self.tenant.reaches(binaries.bindir.parent / "share"):
            return binaries
        copy = self.base / f"binaries-{binaries.version}"
        if not copy.exists():
            # Made where the tenant can change nothing on the way, and never given to it.
            fresh = _beside(self.base)
            remove_tree(fresh)
            private_directory(fresh)
            for source, inside in binaries.parts():
                shutil.copytree(source, fresh / inside, symlinks=True)
            _open_to_readers(fresh)
            fresh.rename(copy)
        return binaries.moved_to(copy)


def settle(home: Path, run_dir: Path) -> Quarters:
    """Find or make the place for a home's clusters.

    Raises:
        OperationError: there is no user to run as, or the remembered place is gone.
    """
    inside = home / "postgres"
    inside.mkdir(parents=True, exist_ok=True)
    memory = home / "postgres" / "place.json"
    remembered = read_json(memory)
    base = Path(remembered["base"]) if remembered else inside
    if remembered and not base.is_dir():
        raise OperationError(f"the data directory {base} is gone: restore it, or move {home} away to start afresh")
    tenant = _tenant(base)
    if not remembered and not tenant.reaches(inside):
        base = _private_place(home, tenant)
        write_json(memory, {"base": str(base), "user": tenant.name})
    return Quarters(tenant, base, _socket_dir(run_dir, tenant), private=base != inside)


def vacate(home: Path) -> None:
    """Remove what a home keeps outside itself; for whoever is about to remove the home, with nothing running in it."""
    remembered = read_json(home / "postgres" / "place.json")
    if remembered and Path(remembered["base"]).parent == _VAR_TMP:
        remove_tree(_beside(Path(remembered["base"])))
        remove_tree(Path(remembered["base"]))


def _beside(base: Path) -> Path:
    """Return where a copy of binaries is made."""
    return base.with_name(f"{base.name}.new")


def _tenant(base: Path) -> Tenant:
    if os.geteuid() != 0:
        return Tenant("", os.geteuid(), os.getegid())
    owners = [path.stat().st_uid for path in (base / "main", base) if path.exists()]
    known = [entry for entry in pwd.getpwall() if entry.pw_uid in owners and entry.pw_uid != 0]
    named = [entry for name in _SYSTEM_USERS for entry in pwd.getpwall() if entry.pw_name == name]
    for entry in (*known, *named):
        return Tenant(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise OperationError("PostgreSQL does not run as root: start as an ordinary user, or add a system user `postgres`")


def _private_place(home: Path, tenant: Tenant) -> Path:
    """Make a fresh directory; one left by a home that was deleted is not touched, it may be somebody's data."""
    for number in count(1):
        place = _VAR_TMP / f"einmal-{digest_of(home)}{'' if number == 1 else f'-{number}'}"
        try:
            place.mkdir(mode=0o700)
        except FileExistsError:
            continue
        tenant.take(place)
        return place
    raise AssertionError("count() does not end")


def _socket_dir(run_dir: Path, tenant: Tenant) -> Path:
    """Make the directory of the servers' sockets, beside the run directory where the tenant cannot enter that."""
    if tenant.is_me:
        return private_directory(run_dir / "pg")
    place = Path("/tmp") / f"einmal-pg-{digest_of(run_dir)}"  # noqa: S108 - its owner and mode are checked below
    tenant.own(place)
    status = place.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != tenant.uid or status.st_mode & 0o077:
        raise OperationError(f"{place} belongs to somebody else: remove it, or set REGISTRY_RUN_DIR to another place")
    return place


def _open_to_readers(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
