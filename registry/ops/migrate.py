"""Bring both databases to the newest revision; safe when several start at once."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

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


def bring_to(tree: str, url: str, revision: str, *, present: str | None) -> None:
    """Migrate one database to a revision, whichever it has; down again only where its tables hold nothing.

    Args:
        present: the revision that it has; None: no tables of ours.
    """
    known = revisions(tree)
    wanted = known[-1] if revision == "head" else revision
    with psycopg.connect(url, autocommit=True) as guard:
        guard.execute("select pg_advisory_lock(%s)", [_LOCK])
        if present is not None and known.index(present) > known.index(wanted):
            command.downgrade(config(tree, url), wanted)
        else:
            command.upgrade(config(tree, url), wanted)


def revisions(tree: str) -> list[str]:
    """Return all revisions of a tree, the first one first."""
    script = ScriptDirectory.from_config(config(tree, "postgresql://"))
    return [one.revision for one in reversed(list(script.walk_revisions()))]


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
