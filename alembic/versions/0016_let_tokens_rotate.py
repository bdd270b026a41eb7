"""Say under which version of the look-up key each token lies, and keep what a record's token can be made of anew.

Why: a key that cannot be renewed makes every token in every old copy as good as new. What a source calls a record is
sealed under the secret of its appearance, so that it goes with it; fingerprints lie under that secret too from now on,
and need no rotation: what came before this is taken for changed once, when it comes again.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

RECORD = (
    "SELECT agency_id, token, appearance_id, fingerprint, stated_at, ARRAY(SELECT seen.fingerprint FROM inbox_seen seen"
    " WHERE seen.agency_id = inbox.agency_id AND seen.token = inbox.token) AS seen"
)
BEFORE, AFTER = f"{RECORD} FROM inbox", f"{RECORD}, key_version, kept FROM inbox"
IDENTITY = (
    "SELECT bucket, appearance_id, at, key_version, false AS waits FROM linkage_identity"
    " UNION ALL SELECT bucket, appearance_id, NULL, NULL, true FROM linkage_arrival"
)
MOMENT = "at >= '2000-01-01 00:00:00+00' AND at < '3000-01-01 00:00:00+00'"
FOREIGN = "fk_inbox_seen_agency_id_token"


def _show(view: str, said: str) -> None:
    op.execute(f"CREATE VIEW {view} AS {said}")
    op.execute(f"GRANT SELECT ON {view} TO einmal_keeper")


def _tie(**actions: str) -> None:
    op.drop_constraint(op.f(FOREIGN), "inbox_seen", type_="foreignkey")
    names = ["agency_id", "token"]
    op.create_foreign_key(op.f(FOREIGN), "inbox_seen", "inbox", names, names, **actions)


def upgrade() -> None:
    """Apply."""
    for table in ("linkage_identity", "inbox"):
        op.add_column(table, sa.Column("key_version", sa.Integer(), nullable=False, server_default="1"))
        op.alter_column(table, "key_version", server_default=None)
    op.create_check_constraint(op.f("ck_linkage_identity_at"), "linkage_identity", MOMENT)
    op.add_column("inbox", sa.Column("kept", sa.LargeBinary(), nullable=True))
    _tie(ondelete="CASCADE", onupdate="CASCADE")
    op.execute("DROP VIEW keeper_inbox")
    _show("keeper_inbox", AFTER)
    _show("keeper_identity", IDENTITY)
    op.execute("GRANT UPDATE (token, key_version) ON inbox TO einmal_housekeeper")


def downgrade() -> None:
    """Undo."""
    op.execute("REVOKE UPDATE (token, key_version) ON inbox FROM einmal_housekeeper")
    op.execute("DROP VIEW keeper_identity")
    op.execute("DROP VIEW keeper_inbox")
    _show("keeper_inbox", BEFORE)
    _tie(ondelete="CASCADE")
    op.drop_column("inbox", "kept")
    op.drop_constraint(op.f("ck_linkage_identity_at"), "linkage_identity", type_="check")
    for table in ("linkage_identity", "inbox"):
        op.drop_column(table, "key_version")
