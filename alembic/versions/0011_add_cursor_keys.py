"""Keep for each agency a key under which its cursors in the feed are masked.

Why: a plain cursor says how much all other agencies do. The key opens nothing that is anybody's; it lies with the log
that it hides places of, so that it is in the same back-up. Row-level security as for grants.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_AGENCY = "agency_id = nullif(current_setting('app.agency', true), '')::uuid"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "cursor_key",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_cursor_key")),
    )
    op.execute("GRANT SELECT, INSERT ON cursor_key TO einmal_web")
    op.execute("ALTER TABLE cursor_key ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE cursor_key FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY by_agency ON cursor_key TO einmal_web USING ({_AGENCY})")


def downgrade() -> None:
    """Undo."""
    op.drop_table("cursor_key")
