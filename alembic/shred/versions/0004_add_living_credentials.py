"""Keep which passkeys, certificates and identities count.

Why: one that was removed must not come back when somebody puts its row back into the main database.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "living_credential",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_living_credential")),
    )
    op.create_index(op.f("ix_living_credential_owner_id"), "living_credential", ["owner_id"], unique=False)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON living_credential TO einmal_keeper")


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f("ix_living_credential_owner_id"), table_name="living_credential")
    op.drop_table("living_credential")
