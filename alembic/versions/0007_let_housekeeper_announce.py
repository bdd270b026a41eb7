"""Let the housekeeper announce to the linker who somebody is from now on.

Why: where a name or a number is deleted because it is due, the linker must forget it in the same transaction.
Runs before the new code.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("GRANT INSERT, SELECT, UPDATE (sealed) ON linkage_arrival TO einmal_housekeeper")


def downgrade() -> None:
    """Undo."""
    op.execute("REVOKE INSERT, SELECT, UPDATE (sealed) ON linkage_arrival FROM einmal_housekeeper")
