"""Make the tables of the shred store.

Why: the house needs its rooms.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "budget",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_budget")),
    )
    op.create_table(
        "ended_grant",
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("appearance_id", "grant_id", name=op.f("pk_ended_grant")),
    )
    op.create_table(
        "floor",
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.Column("compartment", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("appearance_id", "compartment", name=op.f("pk_floor")),
    )
    op.create_table(
        "key",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "scope", "version", name=op.f("pk_key")),
    )
    op.create_table(
        "letter",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_letter")),
    )
    op.create_table(
        "rate",
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("officer_id", "person_id", name=op.f("pk_rate")),
    )
    op.create_index(op.f("ix_rate_at"), "rate", ["at"], unique=False)
    op.create_table(
        "shred_secret",
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("appearance_id", name=op.f("pk_shred_secret")),
    )
    op.create_index(op.f("ix_shred_secret_created_at"), "shred_secret", ["created_at"], unique=False)
    op.create_table(
        "spent",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("what", "id", name=op.f("pk_spent")),
    )
    op.create_table(
        "tries",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_tries")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("tries")
    op.drop_table("spent")
    op.drop_index(op.f("ix_shred_secret_created_at"), table_name="shred_secret")
    op.drop_table("shred_secret")
    op.drop_index(op.f("ix_rate_at"), table_name="rate")
    op.drop_table("rate")
    op.drop_table("letter")
    op.drop_table("key")
    op.drop_table("floor")
    op.drop_table("ended_grant")
    op.drop_table("budget")
