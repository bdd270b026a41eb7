"""Put what the linker keeps into a schema of its own, under random handles; one table says whose each is.

Why: whoever gets hold of that schema, or of a copy of it, has tokens and no id that occurs anywhere else. Tables of
tokens are keyed by token, as the index that answers a question is. What was sealed for an appearance stays as it is
and opens in its new place too. An identity goes in the transaction in which its handle goes, by a trigger: who erases
an appearance has no right in that schema, and needs none.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = "at >= '2000-01-01 00:00:00+00' AND at < '3000-01-01 00:00:00+00'"
BUCKET = "bucket = get_byte(uuid_send(appearance_id), 0)"
#: The first 64 bits of a random UUID; four of them are its version.
RANDOM = "('x' || left(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint"
WAITING = " UNION ALL SELECT bucket, appearance_id, NULL, NULL, true FROM linkage_arrival"
BEFORE = f"SELECT bucket, appearance_id, at, key_version, false AS waits FROM linkage_identity{WAITING}"  # noqa: S608 - our own words
AFTER = (
    "SELECT h.bucket, h.appearance_id, i.at, i.key_version, false AS waits FROM linkage_handle h"  # noqa: S608 - our own words
    f" JOIN linkage.identity i ON i.handle = h.handle{WAITING}"
)
FORGET = """
    CREATE FUNCTION linkage.forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
    BEGIN
        DELETE FROM linkage.identity WHERE handle = OLD.handle;
        RETURN NULL;
    END $$
"""
RIGHTS = {
    "linkage_handle": "SELECT, INSERT",
    "linkage.identity": "SELECT, INSERT, UPDATE, DELETE",
    "linkage.token": "SELECT, INSERT, DELETE",
}


def _show(said: str) -> None:
    op.execute(f"CREATE VIEW keeper_identity AS {said}")
    op.execute("GRANT SELECT ON keeper_identity TO einmal_keeper")


def _of_appearance(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(BUCKET, name=op.f(f"ck_{table}_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "appearance_id"],
            ["appearance.bucket", "appearance.id"],
            name=op.f(f"fk_{table}_bucket_appearance_id"),
            ondelete="CASCADE",
        ),
    ]


def _identity() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    ]


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA linkage")
    op.execute("GRANT USAGE ON SCHEMA linkage TO einmal_linker")
    op.create_table(
        "linkage_handle",
        *_of_appearance("linkage_handle"),
        sa.Column("handle", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "appearance_id", name=op.f("pk_linkage_handle")),
        sa.UniqueConstraint("handle", name=op.f("uq_linkage_handle_handle")),
    )
    op.create_table(
        "identity",
        sa.Column("handle", sa.BigInteger(), autoincrement=False, nullable=False),
        *_identity(),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_identity")),
        sa.CheckConstraint(MOMENT, name=op.f("ck_identity_at")),
        schema="linkage",
    )
    op.create_table(
        "token",
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("handle", sa.BigInteger(), nullable=False),
        schema="linkage",
    )
    _move_in()
    op.create_primary_key(op.f("pk_token"), "token", ["token", "handle"], schema="linkage")
    op.create_foreign_key(
        op.f("fk_token_handle"), "token", "identity", ["handle"], ["handle"],
        source_schema="linkage", referent_schema="linkage", ondelete="CASCADE",
    )  # fmt: skip
    op.create_index(op.f("ix_token_handle"), "token", ["handle"], schema="linkage")
    op.execute("DROP VIEW keeper_identity")
    _show(AFTER)
    op.drop_table("linkage_token")
    op.drop_table("linkage_identity")
    op.execute(FORGET)
    op.execute("REVOKE ALL ON FUNCTION linkage.forget() FROM PUBLIC")
    op.execute("CREATE TRIGGER forget AFTER DELETE ON linkage_handle FOR EACH ROW EXECUTE FUNCTION linkage.forget()")
    for table, rights in RIGHTS.items():
        op.execute(f"GRANT {rights} ON {table} TO einmal_linker")


def _move_in() -> None:
    op.execute(
        f"INSERT INTO linkage_handle SELECT bucket, appearance_id, {RANDOM} FROM linkage_identity"  # noqa: S608 - our own words
    )
    for columns, source, target in (
        ("at, key_version, sealed", "linkage_identity", "identity (handle, at, key_version, sealed)"),
        ("token", "linkage_token", "token (handle, token)"),
    ):
        op.execute(
            f"INSERT INTO linkage.{target} SELECT handle, {columns} FROM {source} JOIN linkage_handle"  # noqa: S608 - our own words
            " USING (bucket, appearance_id)"
        )


def downgrade() -> None:
    """Undo; what was sealed for a handle since is lost: renewing the look-up key makes it anew."""
    op.create_table(
        "linkage_identity",
        *_of_appearance("linkage_identity"),
        *_identity(),
        sa.PrimaryKeyConstraint("bucket", "appearance_id", name=op.f("pk_linkage_identity")),
        sa.CheckConstraint(MOMENT, name=op.f("ck_linkage_identity_at")),
    )
    op.create_table(
        "linkage_token",
        *_of_appearance("linkage_token"),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "appearance_id", "token", name=op.f("pk_linkage_token")),
    )
    for table, columns in (("identity", "at, key_version, sealed"), ("token", "token")):
        op.execute(
            f"INSERT INTO linkage_{table} (bucket, appearance_id, {columns})"  # noqa: S608 - our own words
            f" SELECT bucket, appearance_id, {columns} FROM linkage.{table} JOIN linkage_handle USING (handle)"
        )
    op.create_index(
        "ix_linkage_token_token", "linkage_token", ["token"], postgresql_include=["bucket", "appearance_id"]
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON linkage_identity TO einmal_linker")
    op.execute("GRANT SELECT, INSERT, DELETE ON linkage_token TO einmal_linker")
    op.execute("DROP VIEW keeper_identity")
    _show(BEFORE)
    op.drop_table("linkage_handle")
    op.execute("DROP FUNCTION linkage.forget()")
    op.drop_table("token", schema="linkage")
    op.drop_table("identity", schema="linkage")
    op.execute("DROP SCHEMA linkage")
