"""A keeper by itself, for what must be done before anybody else works in databases that were brought back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from registry.errors import OperationError
from registry.ops import migrate, roles
from registry.ops.copies import tables
from registry.ops.files import private_directory
from registry.ops.supervision import children
from registry.ops.supervision.births import FIRST, Nursery
from registry.ops.supervision.supervisor import STOP_STEPS
from registry.ops.supervision.users import Users

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.config import Settings
    from registry.ops.copies.databases import Owned

_NO_SOCKET = -1


@contextmanager
def keeper(settings: Settings, owned: Owned) -> Iterator[Settings]:
    """Run a keeper for a block; yields the settings of a command that asks it.

    Raises:
        OperationError: it did not start: its root key is missing, say, or somebody works in the databases.
    """
    for path, name in ((settings.root_key_file, "ROOT_KEY_FILE"), (settings.linker_key_file, "LINKER_KEY_FILE")):
        if not path.exists() and (name == "LINKER_KEY_FILE" or settings.custody.kind == "file"):
            raise OperationError(f"there is no key at {path}: a back-up holds none; put it back, or set {name}")
    for name, url in owned.urls().items():
        with psycopg.connect(url, autocommit=True) as connection:
            tables.insist_on_nobody(connection, name)
    private_directory(settings.home / "logs")
    private_directory(settings.run_dir)
    Users(settings).settle()
    roles.install(owned.main_url, owned.shred_url, owned.logins)
    migrate.upgrade(owned.main_url, owned.shred_url)
    nursery = Nursery(
        settings=settings, main_url=owned.main_url, shred_url=owned.shred_url, logins=owned.logins, web_fd=_NO_SOCKET
    )
    (member,) = nursery.together({FIRST})
    try:
        yield replace(settings, process="cli", database_url=owned.main_url, shred_database_url="")
    finally:
        if member.child is not None:
            children.stop(member.child, STOP_STEPS)
