"""Give the keeper its rights on the shred store; nobody else has any.

Why: the store holds what must be destroyable.
Runs before the new code. The group role is made by the supervisor before it migrates.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("key", "shred_secret", "floor", "ended_grant", "spent", "tries", "letter", "rate", "budget")


def upgrade() -> None:
    """Apply."""
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO einmal_keeper")


def downgrade() -> None:
    """Undo."""
    for table in TABLES:
        op.execute(f"REVOKE ALL ON {table} FROM einmal_keeper")
