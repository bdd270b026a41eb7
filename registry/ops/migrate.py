"""Bring both databases to the newest revision; safe when several start at once."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config

ROOT = Path(__file__).resolve().parents[2]
TREES = {"main": ROOT / "alembic", "shred": ROOT / "alembic" / "shred"}
#: Any number, the same for everybody who migrates.
_LOCK = 0x616C656D6269


def upgrade(main_url: str, shred_url: str, *, revision: str = "head") -> None:
    """Migrate both databases, as their owner, up to a revision."""
    for tree, url in (("main", main_url), ("shred", shred_url)):
        # On a connection of its own: the lock must outlive the transactions of the revisions.
        with psycopg.connect(url, autocommit=True) as guard:
            guard.execute("select pg_advisory_lock(%s)", [_LOCK])
            command.upgrade(config(tree, url), revision)


def config(tree: str, url: str) -> Config:
    """Return alembic's configuration of the tree `main` or `shred`, without a file and wherever we stand."""
    built = Config()
    built.set_main_option("script_location", _literal(str(TREES[tree])))
    built.set_main_option("file_template", _literal("%(rev)s_%(slug)s"))
    built.set_main_option("path_separator", "os")
    built.set_main_option("sqlalchemy.url", _literal(url))
    return built


def _literal(text: str) -> str:
    """Keep alembic's parser from replacing names after a percent sign, which every socket's address has."""
    return text.replace("%", "%%")
