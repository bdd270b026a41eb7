"""Let what a person was asked for follow her record to the person it belongs to now, and come back with it.

Why: where somebody turns out to be somebody else, whom nothing is left of goes, and went with her what offices had
asked her for. A worker's import decides such things too: it moves requests, and sees neither who asked nor the key
of that message; for whom it works it says like the web process.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

RIGHTS = {
    "einmal_web": "UPDATE (bucket, person_id, came_with)",
    "einmal_worker": "SELECT (bucket, person_id, id, agency_id, purpose, sections, reason, asked_at, ends_at, status,"
    " grant_id, came_with), UPDATE (bucket, person_id, came_with, status, ended_at)",
}
POLICIES = ("by_agency", "by_person")


def upgrade() -> None:
    """Apply."""
    op.add_column("grant_request", sa.Column("came_with", sa.Uuid(), nullable=True))
    for role, rights in RIGHTS.items():
        op.execute(f"GRANT {rights} ON grant_request TO {role}")
    for policy in POLICIES:
        op.execute(f"ALTER POLICY {policy} ON grant_request TO einmal_web, einmal_worker")


def downgrade() -> None:
    """Undo."""
    for policy in POLICIES:
        op.execute(f"ALTER POLICY {policy} ON grant_request TO einmal_web")
    op.drop_column("grant_request", "came_with")
    op.execute("REVOKE UPDATE (bucket, person_id) ON grant_request FROM einmal_web")
    op.execute("REVOKE ALL ON grant_request FROM einmal_worker")
