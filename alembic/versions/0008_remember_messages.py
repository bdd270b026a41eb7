"""Remember every message of a source about a record, and when the source said the last one.

Why: a message sent again after later ones must change nothing, and one written before the last must not undo it.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BEFORE = "SELECT agency_id, token, appearance_id, fingerprint FROM inbox"
AFTER = (
    "SELECT agency_id, token, appearance_id, fingerprint, stated_at, ARRAY(SELECT seen.fingerprint FROM inbox_seen seen"
    " WHERE seen.agency_id = inbox.agency_id AND seen.token = inbox.token) AS seen FROM inbox"
)
RIGHTS = {"einmal_worker": {"inbox_seen": "SELECT, INSERT"}}  # a row that is there already is looked at, and left


def _show(view: str) -> None:
    op.execute("DROP VIEW keeper_inbox")
    op.execute(f"CREATE VIEW keeper_inbox AS {view}")
    op.execute("GRANT SELECT ON keeper_inbox TO einmal_keeper")


def upgrade() -> None:
    """Apply."""
    op.add_column("inbox", sa.Column("stated_at", sa.String(), nullable=True))
    op.create_table(
        "inbox_seen",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "token", "fingerprint", name=op.f("pk_inbox_seen")),
        sa.ForeignKeyConstraint(
            ["agency_id", "token"],
            ["inbox.agency_id", "inbox.token"],
            name=op.f("fk_inbox_seen_agency_id_token"),
            ondelete="CASCADE",
        ),
    )
    for group, tables in RIGHTS.items():
        for table, rights in tables.items():
            op.execute(f"GRANT {rights} ON {table} TO {group}")
    _show(AFTER)


def downgrade() -> None:
    """Undo."""
    _show(BEFORE)
    op.drop_table("inbox_seen")
    op.drop_column("inbox", "stated_at")
