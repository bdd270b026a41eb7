"""Let no line of the log have a moment that nobody can read.

Why: the web process writes lines; one at infinity could be read by nobody, and was set aside by all.
Lines of before are left as they are, outside the check: what somebody wrote must keep no registry from starting.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

READABLE = "at >= '2000-01-01 00:00:00+00' AND at < '3000-01-01 00:00:00+00'"


def upgrade() -> None:
    """Apply."""
    op.execute(f"ALTER TABLE audit_line ADD CONSTRAINT ck_audit_line_at CHECK ({READABLE}) NOT VALID")
    others = sa.text(f"SELECT EXISTS (SELECT FROM audit_line WHERE NOT ({READABLE}))")  # noqa: S608 - our own words
    if not op.get_bind().execute(others).scalar():
        op.execute("ALTER TABLE audit_line VALIDATE CONSTRAINT ck_audit_line_at")


def downgrade() -> None:
    """Undo."""
    op.drop_constraint(op.f("ck_audit_line_at"), "audit_line", type_="check")
