"""The newest revision is what the models say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command

from registry.keeper.store.models import ShredBase
from registry.models import TABLES
from registry.ops import migrate
from tests.migrations.shapes import TREES, table_shape

if TYPE_CHECKING:
    from tests.conftest import DatabasePair

METADATA = {"main": next(iter(TABLES.values())).metadata, "shred": ShredBase.metadata}


def url_of(pair: DatabasePair, tree: str) -> str:
    return pair.main_url() if tree == "main" else pair.shred_url()


@pytest.mark.parametrize("tree", TREES)
def test_alembic_finds_nothing_to_add(database_pair: DatabasePair, tree: str) -> None:
    command.check(migrate.config(tree, url_of(database_pair, tree)))


@pytest.mark.parametrize("tree", TREES)
def test_migrated_tables_are_those_the_models_would_make(
    database_pair: DatabasePair, empty_pair: DatabasePair, tree: str
) -> None:
    """To the last check constraint and index condition, which alembic's own comparison leaves out."""
    engine = sa.create_engine(
        url_of(empty_pair, tree).replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool
    )
    with engine.begin() as connection:
        for schema in {table.schema for table in METADATA[tree].tables.values() if table.schema}:
            connection.execute(sa.schema.CreateSchema(schema))
        METADATA[tree].create_all(connection)
    engine.dispose()
    assert table_shape(url_of(database_pair, tree)) == table_shape(url_of(empty_pair, tree))


def test_every_person_table_carries_the_bucket_of_its_id(database_pair: DatabasePair) -> None:
    """Design, section 3: workers lease buckets, partitions split by it; so it leads the key and cannot lie."""
    carrying = {name: table for name, table in TABLES.items() if "bucket" in table.columns}
    about_persons = {
        name
        for name, table in TABLES.items()
        if {column.name for column in table.primary_key.columns} & {"person_id", "appearance_id"}
    }
    assert about_persons | {"person", "appearance"} == set(carrying)
    for table in carrying.values():
        assert table.primary_key.columns.keys()[0] == "bucket"
    checks = {row[1]: row[3] for row in table_shape(database_pair.main_url()) if row[2].endswith("_bucket")}
    assert {name for name in carrying if "get_byte(uuid_send(" in checks.get(name, "")} == set(carrying)
