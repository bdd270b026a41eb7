"""Keep how far the log was seen, and why the keeper stays closed.

Why: a main database that was brought back from an earlier copy must be noticed, and a store that was brought back must
not give anybody what was withdrawn since.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "gate",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("heal_from", sa.BigInteger(), nullable=True),
        sa.Column("closed", sa.Text(), nullable=True),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON gate TO einmal_keeper")


def downgrade() -> None:
    """Undo."""
    op.drop_table("gate")
