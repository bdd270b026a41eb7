"""Let the web process remember which request made which appearance.

Why: a create that is repeated with the same Idempotency-Key finds what it made before; the inbox knows that already
for what agencies send.
Runs before the new code.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("GRANT INSERT ON inbox TO einmal_web")


def downgrade() -> None:
    """Undo."""
    op.execute("REVOKE INSERT ON inbox FROM einmal_web")
