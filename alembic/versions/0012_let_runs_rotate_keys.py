"""Let a run be of the whole house, and keep how far a rotation of keys is.

Why: two administrators of the registry order what happens to keys; the housekeeper moves what lies under an old key to
the new one, and may be interrupted. A run made before this has another MAC and is over within a day.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BEFORE = "SELECT id, operation, agency_id, opened_by, budget, created_at, ends_at, mac FROM run"
AFTER = (
    "SELECT id, operation, agency_id, opened_by, approved_by, key_kind, key_scope, from_version, to_version, budget,"
    " created_at, ends_at, mac FROM run"
)
NEW = {
    "approved_by": sa.Uuid(),
    "key_kind": sa.String(),
    "key_scope": sa.String(),
    "from_version": sa.Integer(),
    "to_version": sa.Integer(),
}
RIGHTS = {
    "einmal_housekeeper": {
        "run": "SELECT",
        "rotation": "SELECT, INSERT, UPDATE",
        "wrap": "UPDATE (key_version, wrapped)",  # the same key for the same grant, under another key of its office
    },
    "einmal_web": {"rotation": "SELECT"},
}


def _show(view: str) -> None:
    op.execute("DROP VIEW keeper_run")
    op.execute(f"CREATE VIEW keeper_run AS {view}")
    op.execute("GRANT SELECT ON keeper_run TO einmal_keeper")


def upgrade() -> None:
    """Apply."""
    op.alter_column("run", "agency_id", nullable=True)
    for name, kind in NEW.items():
        op.add_column("run", sa.Column(name, kind, nullable=True))
    op.create_table(
        "rotation",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_rotation")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_rotation_run_id")),
    )
    for role, tables in RIGHTS.items():
        for table, rights in tables.items():
            op.execute(f"GRANT {rights} ON {table} TO {role}")
    _show(AFTER)


def downgrade() -> None:
    """Undo."""
    _show(BEFORE)
    op.execute("REVOKE UPDATE (key_version, wrapped) ON wrap FROM einmal_housekeeper")
    op.execute("REVOKE SELECT ON run FROM einmal_housekeeper")
    op.drop_table("rotation")
    op.execute("DELETE FROM run WHERE agency_id IS NULL")
    for name in reversed(NEW):
        op.drop_column("run", name)
    op.alter_column("run", "agency_id", nullable=False)
