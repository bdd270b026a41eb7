"""Let the keeper write the line of an opening itself, in the statement that reads what it opens.

Why: an opening without its line cannot even be asked for, and a line is no proof any more that could be stolen, kept or
lied in. It also spares who asks a statement of its own. The keeper writes nothing else here.
Runs before the new code.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = "audit_line, audit_queue, audit_index"


def upgrade() -> None:
    """Apply."""
    op.execute(f"GRANT INSERT ON {_TABLES} TO einmal_keeper")


def downgrade() -> None:
    """Undo."""
    op.execute(f"REVOKE INSERT ON {_TABLES} FROM einmal_keeper")
