"""Note beside a shred secret whose own words lie under it.

Why: where her letter goes because it was handed over for another's record, her words are destroyed with it, also those
whose rows somebody hides at that moment.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("shred_secret", sa.Column("speaker", sa.Uuid(), nullable=True))
    op.create_index("ix_shred_secret_speaker", "shred_secret", ["speaker"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_shred_secret_speaker", "shred_secret")
    op.drop_column("shred_secret", "speaker")
