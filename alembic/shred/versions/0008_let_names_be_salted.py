"""Note with each look-up key whether tokens of names made under it are salted.

Why: the manner belongs to the version of the key, so that what was made before a switch is still found.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("key", sa.Column("salted", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("key", "salted")
