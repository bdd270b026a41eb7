"""What a database looks like, as PostgreSQL itself describes it, and rows for whatever tables it has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from psycopg import sql

from registry.ops import migrate

Shape: TypeAlias = frozenset[tuple[str, ...]]

TREES = tuple(migrate.TREES)
FIRST_DAY = date(2026, 1, 1)

_NAMES = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relnamespace::regnamespace::text IN ('public', 'linkage') AND relkind = 'r'"""
_COLUMNS = """
    SELECT 'column', c.oid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
           coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attidentity::text
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace::regnamespace::text IN ('public', 'linkage') AND c.relkind IN ('r', 'v', 'p') AND a.attnum > 0
      AND NOT a.attisdropped"""
_CONSTRAINTS = """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace::regnamespace::text IN ('public', 'linkage') AND contype <> 'n'"""
_INDEXES = "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname IN ('public', 'linkage')"
_VIEWS = "SELECT 'view', viewname, definition FROM pg_views WHERE schemaname IN ('public', 'linkage')"
_SECURITY = """
    SELECT 'row security', oid::regclass::text, relrowsecurity::text, relforcerowsecurity::text FROM pg_class
    WHERE relnamespace::regnamespace::text IN ('public', 'linkage') AND relkind = 'r'"""
_POLICIES = """
    SELECT 'policy', tablename, policyname, permissive, roles::text, cmd, coalesce(qual, ''), coalesce(with_check, '')
    FROM pg_policies WHERE schemaname IN ('public', 'linkage')"""
_FUNCTIONS = """
    SELECT 'function', oid::regprocedure::text, proacl::text FROM pg_proc
    WHERE pronamespace::regnamespace::text IN ('public', 'linkage')"""
_TRIGGERS = "SELECT 'trigger', tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
_RIGHTS = """
    SELECT 'right', c.oid::regclass::text, '', coalesce(nullif(x.grantee, 0)::regrole::text, 'public'), x.privilege_type
    FROM pg_class c CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
    WHERE c.relnamespace::regnamespace::text IN ('public', 'linkage') AND c.relkind IN ('r', 'v', 'p')
      AND x.grantee <> c.relowner
    UNION ALL
    SELECT 'right', c.oid::regclass::text, a.attname, coalesce(nullif(x.grantee, 0)::regrole::text, 'public'),
           x.privilege_type
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid CROSS JOIN LATERAL aclexplode(a.attacl) x
    WHERE c.relnamespace::regnamespace::text IN ('public', 'linkage') AND NOT a.attisdropped"""
_SCHEMAS = """
    SELECT 'schema', n.nspname, coalesce(nullif(x.grantee, 0)::regrole::text, 'public'), x.privilege_type
    FROM pg_namespace n CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x
    WHERE n.nspname = 'linkage' AND x.grantee <> n.nspowner"""
_TABLES = (_COLUMNS, _CONSTRAINTS, _INDEXES)
_EVERYTHING = (*_TABLES, _VIEWS, _SECURITY, _POLICIES, _FUNCTIONS, _TRIGGERS, _RIGHTS, _SCHEMAS)


def revisions(tree: str) -> list[str]:
    """Return all revisions of a tree, the first one first."""
    script = ScriptDirectory.from_config(migrate.config(tree, "postgresql://"))
    return [one.revision for one in reversed(list(script.walk_revisions()))]


def shape(url: str) -> Shape:
    """Return everything in the database that a migration can make, alembic's own table aside."""
    return _read(url, _EVERYTHING)


def table_shape(url: str) -> Shape:
    """Return tables with columns, constraints and indexes: what models describe."""
    return frozenset(row for row in _read(url, _TABLES) if not row[1].startswith("keeper_"))


def fill(url: str) -> dict[str, int]:
    """Put two rows into every table; return how many each has then."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)
    metadata = sa.MetaData()
    for schema in (None, *(name for name in sa.inspect(engine).get_schema_names() if name == "linkage")):
        metadata.reflect(engine, schema=schema)
    tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
    with engine.begin() as connection:
        for table in tables:
            for number in (1, 2):
                connection.execute(table.insert().values(row_of(table, number)))
    engine.dispose()
    return count(url)


def count(url: str) -> dict[str, int]:
    """Return how many rows each table has."""
    with psycopg.connect(url) as connection:
        names = [name for (name,) in connection.execute(_NAMES)]
        counted = {name: sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*name.split("."))) for name in names}
        rows = {name: connection.execute(query).fetchone() for name, query in counted.items()}
    return {name: row[0] for name, row in rows.items() if row and name != "alembic_version"}


def row_of(table: sa.Table, number: int) -> dict[str, Any]:
    """Return a row that fits the table; rows of the same number belong together across tables."""
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: sa.Column[Any], number: int) -> object:
    if isinstance(column.type, sa.ARRAY):
        return []
    if column.name == "bucket":
        return 0  # the first byte of every id below
    kind = column.type.python_type
    # what is dated `not_after` must lie behind `not_before`
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number + 30 * (column.name == "not_after"))
    values: dict[type, object] = {
        UUID: UUID(int=number),
        str: f"text {number}",
        bytes: bytes((number,)),
        int: number,
        datetime: instant,
        date: FIRST_DAY,
        bool: True,
    }
    return values[kind]


def _read(url: str, queries: tuple[str, ...]) -> Shape:
    rows: set[tuple[str, ...]] = set()
    with psycopg.connect(url) as connection:
        for query in queries:
            rows.update(connection.execute(query).fetchall())
    return frozenset(row for row in rows if row[1] != "alembic_version")
