"""Find decisions on who is who by when they were made, those of people apart, and proposals that were left open.

Why: the page of quality looks at the newest decisions and not at all of them, and the queue says what was looked at
before.
Runs before the new code.
"""

from alembic import op
from sqlalchemy import text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_link_decided_at", "link", ["decided_at"])
    op.create_index("ix_link_said", "link", ["decided_at"], postgresql_where=text("decided_kind <> 'run'"))
    op.create_index("ix_audit_line_left", "audit_line", ["object_id"], postgresql_where=text("event = 'link.left'"))


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_audit_line_left", table_name="audit_line")
    op.drop_index("ix_link_said", table_name="link")
    op.drop_index("ix_link_decided_at", table_name="link")
