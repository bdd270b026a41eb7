"""Both databases as their owner: those of the settings, or the embedded ones of this home."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from registry.errors import OperationError
from registry.ops import roles
from registry.ops.files import private_directory
from registry.ops.postgres import Pair
from registry.ops.stack import DATABASE
from registry.ops.supervision import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.config import Settings


@dataclass(frozen=True, slots=True)
class Owned:
    """The owner's addresses, and the logins of this installation."""

    main_url: str = field(repr=False)
    shred_url: str = field(repr=False)
    logins: roles.Logins

    @property
    def installation(self) -> str:
        """Return which installation's logins work here."""
        return self.logins.installation

    def urls(self) -> dict[str, str]:
        """Return the addresses by name, the main database first."""
        return {"main": self.main_url, "shred": self.shred_url}


@contextmanager
def as_it_runs(settings: Settings) -> Iterator[Owned]:
    """Reach both databases for a block, whether the registry runs or not.

    Raises:
        OperationError: it runs in databases of its own whose address was not given, or is just starting.
    """
    found = running.find(settings.home)
    if settings.database_url:
        yield _given(settings)
    elif found is None:
        with stopped(settings) as owned:
            yield owned
    elif "postgres-main" not in found.processes:
        raise OperationError("the registry of this home works in databases of its own: set DATABASE_URL")
    else:
        pair = Pair(settings.home, run_dir=Path(found.run_dir), bindir=settings.pg_bindir)
        yield _embedded(pair, settings)


@contextmanager
def stopped(settings: Settings) -> Iterator[Owned]:
    """Reach both databases for a block in which nobody can start the registry of this home.

    Raises:
        OperationError: it runs.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with running.lock(settings.home) as free:
        if not free:
            raise OperationError(f"the registry in {settings.home} runs: stop it first")
        running.clear(settings.home)
        if settings.database_url:
            yield _given(settings)
            return
        pair = Pair(settings.home, run_dir=settings.run_dir, bindir=settings.pg_bindir)
        try:
            with pair:
                pair.ensure_database_pair(DATABASE)
                yield _embedded(pair, settings)
        finally:
            pair.tidy()


def _given(settings: Settings) -> Owned:
    return Owned(settings.database_url, settings.shred_database_url, roles.logins(_memory(settings)))


def _embedded(pair: Pair, settings: Settings) -> Owned:
    return Owned(pair.main.url(DATABASE), pair.shred.url(DATABASE), roles.logins(_memory(settings)))


def _memory(settings: Settings) -> Path:
    return private_directory(settings.home / "secrets") / "roles.json"
