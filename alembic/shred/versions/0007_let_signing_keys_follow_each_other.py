"""Keep with each receipts' key that the one before it signed that it follows.

Why: a store that was brought back from a copy of before a rotation knows the older key alone; what that one signed lets
it believe an export of the log that the newer one signed.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("key", sa.Column("vouched", sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("key", "vouched")
