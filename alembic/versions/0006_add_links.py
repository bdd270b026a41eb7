"""Keep who is who as decisions that can be undone.

Why: an appearance belongs to a person by a decision with reasons; the keeper vouches for each, people review proposals.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

VIEW = (
    "SELECT bucket, id, appearance_id, other_id, from_person, to_person, status, grade, reasons, differences,"
    " decided_kind, decided_by, decided_at, mac FROM link"
)
RIGHTS = {
    "einmal_web": {
        "link": "SELECT, INSERT, UPDATE (bucket, appearance_id, other_id, from_person, to_person, status, decided_kind,"
        " decided_by, decided_at, mac)",
        "access_grant": "UPDATE (appearances)",  # one that is unlinked leaves the grants that named it
    },
    "einmal_worker": {
        "link": "SELECT, INSERT",
        "link_uncompared": "SELECT, INSERT, DELETE",
        "person": "DELETE, UPDATE (created_on)",
        "appearance": "UPDATE (person_id, basis, mac)",
    },
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "link",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("from_person", sa.Uuid(), nullable=False),
        sa.Column("to_person", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("differences", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("decided_kind", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "appearance_id", "id", name=op.f("pk_link")),
        sa.CheckConstraint("bucket = get_byte(uuid_send(appearance_id), 0)", name=op.f("ck_link_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "appearance_id"],
            ["appearance.bucket", "appearance.id"],
            name=op.f("fk_link_bucket_appearance_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "link_uncompared",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "appearance_id", name=op.f("pk_link_uncompared")),
        sa.CheckConstraint("bucket = get_byte(uuid_send(appearance_id), 0)", name=op.f("ck_link_uncompared_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "appearance_id"],
            ["appearance.bucket", "appearance.id"],
            name=op.f("fk_link_uncompared_bucket_appearance_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_link_uncompared_source_id", "link_uncompared", ["source_id"])
    op.create_index("ix_link_id", "link", ["id"])
    op.create_index("ix_link_other_id", "link", ["other_id"])
    op.create_index("ix_link_to_person", "link", ["to_person"])
    op.execute(f"CREATE VIEW keeper_link AS {VIEW}")
    op.execute("GRANT SELECT ON keeper_link TO einmal_keeper")
    for role, tables in RIGHTS.items():
        for table, rights in tables.items():
            op.execute(f"GRANT {rights} ON {table} TO {role}")


def downgrade() -> None:
    """Undo."""
    op.execute("REVOKE UPDATE (appearances) ON access_grant FROM einmal_web")
    op.execute("REVOKE DELETE, UPDATE (created_on) ON person FROM einmal_worker")
    op.execute("REVOKE UPDATE (person_id, basis, mac) ON appearance FROM einmal_worker")
    op.execute("DROP VIEW keeper_link")
    op.drop_table("link_uncompared")
    op.drop_table("link")
