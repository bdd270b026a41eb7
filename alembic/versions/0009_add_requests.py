"""Keep what offices ask persons for, let the web process see which lines wait for a place, and let recalls be renewed.

Why: an office asks for sections with a reason, the person answers or declines; row-level security as for grants. The
feed says how far it is behind, which takes the age of lines without a place. A grant that lost an appearance can end
later: its one recall then says so anew, without which it could not be withdrawn.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RIGHTS = {
    "einmal_web": {
        "grant_request": "SELECT, INSERT, UPDATE (status, ended_at, grant_id), DELETE",
        "audit_queue": "SELECT",
        "recall": "UPDATE (written_at, acknowledged_at)",
    },
    "einmal_housekeeper": {
        "grant_request": "SELECT, UPDATE (status, ended_at)",
        "recall": "UPDATE (written_at, acknowledged_at)",
    },
}
_AGENCY = "agency_id = nullif(current_setting('app.agency', true), '')::uuid"
_PERSON = "person_id = nullif(current_setting('app.person', true), '')::uuid"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "grant_request",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("sections", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("once", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("bucket", "person_id", "id", name=op.f("pk_grant_request")),
        sa.CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name=op.f("ck_grant_request_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "person_id"],
            ["person.bucket", "person.id"],
            name=op.f("fk_grant_request_bucket_person_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "uq_grant_request_open",
        "grant_request",
        ["bucket", "person_id", "agency_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_grant_request_agency_id_asked_at_id", "grant_request", ["agency_id", "asked_at", "id"])
    op.create_index(
        "ix_grant_request_ends_at", "grant_request", ["ends_at"], postgresql_where=sa.text("status = 'open'")
    )
    for role, tables in RIGHTS.items():
        for table, rights in tables.items():
            op.execute(f"GRANT {rights} ON {table} TO {role}")
    op.execute("ALTER TABLE grant_request ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE grant_request FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY by_agency ON grant_request TO einmal_web USING ({_AGENCY})")
    op.execute(f"CREATE POLICY by_person ON grant_request TO einmal_web USING ({_PERSON})")
    op.execute("CREATE POLICY housekeeping ON grant_request TO einmal_housekeeper USING (true)")


def downgrade() -> None:
    """Undo."""
    op.execute("REVOKE UPDATE (written_at, acknowledged_at) ON recall FROM einmal_web, einmal_housekeeper")
    op.execute("REVOKE SELECT ON audit_queue FROM einmal_web")
    op.drop_table("grant_request")
