"""Let the keeper follow the log in the order of its chain, and see what still waits for its place.

Why: it notes how far the log went, so that it stays closed over a database that was brought back, and it ends again
what the log says has ended.
Runs before the new code.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SAID = (
    "l.id, l.at, l.event, l.outcome, l.reason, l.session_id, l.agency_id, l.officer_id, l.responsible_id, l.run_id,"
    " l.object_id, l.purpose, l.basis, l.grants, l.appearances, l.compartments, l.results, l.leaf"
)
VIEWS = {
    "keeper_log": f"SELECT f.number, f.chain, {_SAID} FROM audit_leaf f JOIN audit_line l ON l.id = f.line_id",  # noqa: S608 - our own column names
    "keeper_waiting": f"SELECT {_SAID} FROM audit_queue q JOIN audit_line l ON l.id = q.line_id",  # noqa: S608 - as above
}


def upgrade() -> None:
    """Apply."""
    for view, query in VIEWS.items():
        op.execute(f"CREATE VIEW {view} AS {query}")
        op.execute(f"GRANT SELECT ON {view} TO einmal_keeper")


def downgrade() -> None:
    """Undo."""
    for view in reversed(VIEWS):
        op.execute(f"DROP VIEW {view}")
