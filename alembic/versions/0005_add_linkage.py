"""Add what the linker keeps, and let web and workers announce appearances to it.

Why: the linker finds who may be the same person. It sees keyed tokens only; the names' own tables stay closed to it,
and of appearances it reads whose they are and nothing else. Whoever stores an appearance adds its sealed identity in
the same transaction; what concerns an appearance goes with it.
Runs before the new code. The group role is made by the supervisor before it migrates.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("linkage_arrival", "linkage_identity", "linkage_token")
ANNOUNCE = "INSERT, SELECT, UPDATE (sealed)"  # putting a newer one in its place reads the row
RIGHTS = {
    "einmal_web": {"linkage_arrival": ANNOUNCE},
    "einmal_worker": {"linkage_arrival": ANNOUNCE},
    "einmal_linker": {
        "linkage_arrival": "SELECT, DELETE",
        "linkage_identity": "SELECT, INSERT, UPDATE, DELETE",
        "linkage_token": "SELECT, INSERT, DELETE",
        "appearance": "SELECT (bucket, id, person_id)",
    },
}


def _of_appearance(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("bucket = get_byte(uuid_send(appearance_id), 0)", name=op.f(f"ck_{table}_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "appearance_id"],
            ["appearance.bucket", "appearance.id"],
            name=op.f(f"fk_{table}_bucket_appearance_id"),
            ondelete="CASCADE",
        ),
    ]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "linkage_arrival",
        *_of_appearance("linkage_arrival"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "appearance_id", name=op.f("pk_linkage_arrival")),
    )
    op.create_table(
        "linkage_identity",
        *_of_appearance("linkage_identity"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "appearance_id", name=op.f("pk_linkage_identity")),
    )
    op.create_table(
        "linkage_token",
        *_of_appearance("linkage_token"),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "appearance_id", "token", name=op.f("pk_linkage_token")),
    )
    op.create_index(
        "ix_linkage_token_token", "linkage_token", ["token"], postgresql_include=["bucket", "appearance_id"]
    )
    for group, tables in RIGHTS.items():
        for table, rights in tables.items():
            op.execute(f"GRANT {rights} ON {table} TO {group}")


def downgrade() -> None:
    """Undo."""
    op.execute("REVOKE SELECT (bucket, id, person_id) ON appearance FROM einmal_linker")
    for table in reversed(TABLES):
        op.drop_table(table)
