"""Migrates the main database; the URL comes from the caller, never from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic import context
from sqlalchemy import create_engine, pool, text, types

from registry.db import Base
from registry.models import TABLES  # noqa: F401 - fills the metadata

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


def plain_types(kind: str, item: Any, autogen: AutogenContext) -> str | bool:  # noqa: ANN401, ARG001 - alembic's signature
    """Write SQLAlchemy's own types, so that a revision never imports ours."""
    if kind == "type" and isinstance(item, types.ARRAY):
        return f"sa.ARRAY(sa.{item.item_type!r})"
    if kind == "type" and isinstance(item, types.TypeEngine):
        module = "sa.dialects.postgresql" if type(item).__module__.startswith("sqlalchemy.dialects") else "sa"
        return f"{module}.{item!r}"
    return False


def run() -> None:
    """Apply revisions in one transaction, giving up soon rather than blocking the office."""
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        raise SystemExit("Migrations need a database URL; `registry up` gives it.")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        connection.execute(text("SET LOCAL statement_timeout = '10min'"))
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_item=plain_types, include_schemas=True
        )
        context.run_migrations()
    engine.dispose()


run()
