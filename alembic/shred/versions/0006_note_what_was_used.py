"""Keep which living credentials were ever used.

Why: one that was added while its row was not stored is nobody's, and must not keep an officer from renewing a letter;
one that was used does, also where somebody hides its row.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; what was there may have been used."""
    op.add_column("living_credential", sa.Column("used", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column("living_credential", "used", server_default=None)


def downgrade() -> None:
    """Undo."""
    op.drop_column("living_credential", "used")
