"""Say under which key each shred secret lies, and since when a key makes nothing new.

Why: the wrapping key of shred secrets is rotated too; a key is destroyed only once nothing can still be on its way.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("shred_secret", sa.Column("key_version", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("shred_secret", "key_version", server_default=None)
    op.add_column("key", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("key", "retired_at")
    op.drop_column("shred_secret", "key_version")
