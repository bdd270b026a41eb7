"""Find unusual questions, and what was told of them; let the housekeeper look whose officers ask; find open proposals.

Why: the housekeeper looks each minute who asked unusually, at the counter and by lists, and notes it in the log once;
it sees of officers only their office. The queue of proposals looks at open ones alone, however many were settled.
Runs before the new code.
"""

from alembic import op
from sqlalchemy import text

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ASKED = "event = 'match.asked' OR event = 'request.refused' AND reason = 'rate.identities'"
LISTED = "run_id IS NOT NULL AND event IN ('match.asked', 'list.asked')"


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_audit_line_asked", "audit_line", ["at"], postgresql_where=text(ASKED))
    op.create_index("ix_audit_line_listed", "audit_line", ["agency_id", "at"], postgresql_where=text(LISTED))
    alarmed, seen = text("event = 'questions.alarmed'"), text("event = 'questions.seen'")
    op.create_index("ix_audit_line_alarmed", "audit_line", ["agency_id"], postgresql_where=alarmed)
    op.create_index("ix_audit_line_seen", "audit_line", ["object_id"], postgresql_where=seen)
    op.create_index("ix_link_proposed", "link", ["decided_at", "id"], postgresql_where=text("status = 'proposed'"))
    op.execute("GRANT SELECT (id, agency_id) ON officer TO einmal_housekeeper")


def downgrade() -> None:
    """Undo."""
    op.execute("REVOKE SELECT (id, agency_id) ON officer FROM einmal_housekeeper")
    op.drop_index("ix_link_proposed", table_name="link")
    op.drop_index("ix_audit_line_seen", table_name="audit_line")
    op.drop_index("ix_audit_line_alarmed", table_name="audit_line")
    op.drop_index("ix_audit_line_listed", table_name="audit_line")
    op.drop_index("ix_audit_line_asked", table_name="audit_line")
