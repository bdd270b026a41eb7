"""Make the tables of the main database.

Why: the house needs its rooms.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "access_grant",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("norm", sa.String(), nullable=True),
        sa.Column("sections", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("compartments", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("appearances", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("record_digest", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name=op.f("ck_access_grant_bucket")),
        sa.CheckConstraint("not_after > not_before", name=op.f("ck_access_grant_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("bucket", "person_id", "id", name=op.f("pk_access_grant")),
    )
    op.create_index("ix_access_grant_agency_id_person_id", "access_grant", ["agency_id", "person_id"], unique=False)
    op.create_index(
        "ix_access_grant_ended_at",
        "access_grant",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_access_grant_not_after",
        "access_grant",
        ["not_after"],
        unique=False,
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("number", name=op.f("uq_agency_number")),
    )
    op.create_table(
        "anonymous_refusal",
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "reason", name=op.f("pk_anonymous_refusal")),
    )
    op.create_table(
        "appearance",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("bucket = get_byte(uuid_send(id), 0)", name=op.f("ck_appearance_bucket")),
        sa.PrimaryKeyConstraint("bucket", "id", name=op.f("pk_appearance")),
    )
    op.create_index(op.f("ix_appearance_person_id"), "appearance", ["person_id"], unique=False)
    op.create_index(op.f("ix_appearance_source_id"), "appearance", ["source_id"], unique=False)
    op.create_table(
        "audit_index",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name=op.f("ck_audit_index_bucket")),
        sa.PrimaryKeyConstraint("bucket", "person_id", "line_id", name=op.f("pk_audit_index")),
    )
    op.create_index("ix_audit_index_line_id", "audit_index", ["line_id"], unique=False)
    op.create_table(
        "audit_leaf",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_leaf")),
        sa.UniqueConstraint("line_id", name=op.f("uq_audit_leaf_line_id")),
    )
    op.create_table(
        "audit_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("session_id", sa.LargeBinary(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("grants", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("appearances", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("compartments", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("results", sa.Integer(), nullable=True),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_line")),
    )
    op.create_index(
        "ix_audit_line_erasures",
        "audit_line",
        ["at"],
        unique=False,
        postgresql_where=sa.text("event = 'person.erased'"),
    )
    op.create_index("ix_audit_line_officer_id_at", "audit_line", ["officer_id", "at"], unique=False)
    op.create_table(
        "consent_record",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name=op.f("ck_consent_record_bucket")),
        sa.PrimaryKeyConstraint("bucket", "person_id", "grant_id", name=op.f("pk_consent_record")),
    )
    op.create_table(
        "audit_queue",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_audit_queue")),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("lookup", name=op.f("uq_credential_lookup")),
    )
    op.create_index(op.f("ix_credential_owner_id"), "credential", ["owner_id"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("appearances", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_person_id"), "erasure", ["person_id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "token", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_appearance_id", "inbox", ["appearance_id"], unique=False)
    op.create_table(
        "officer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("login", name=op.f("uq_officer_login")),
    )
    op.create_index(op.f("ix_officer_agency_id"), "officer", ["agency_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.CheckConstraint("bucket = get_byte(uuid_send(id), 0)", name=op.f("ck_person_bucket")),
        sa.PrimaryKeyConstraint("bucket", "id", name=op.f("pk_person")),
    )
    op.create_table(
        "recall",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name=op.f("ck_recall_bucket")),
        sa.PrimaryKeyConstraint("bucket", "person_id", "grant_id", name=op.f("pk_recall")),
    )
    op.create_index(
        "ix_recall_agency_id",
        "recall",
        ["agency_id"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_ends_at"), "session", ["ends_at"], unique=False)
    op.create_table(
        "wrap",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.Column("compartment", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("alg", sa.SmallInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("bucket = get_byte(uuid_send(appearance_id), 0)", name=op.f("ck_wrap_bucket")),
        sa.PrimaryKeyConstraint(
            "bucket", "appearance_id", "compartment", "agency_id", "purpose", "grant_id", name=op.f("pk_wrap")
        ),
    )
    op.create_index("ix_wrap_grant_id", "wrap", ["grant_id"], unique=False)
    op.create_table(
        "sealed_compartment",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("appearance_id", sa.Uuid(), nullable=False),
        sa.Column("compartment", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("alg", sa.SmallInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("custodian_wrap", sa.LargeBinary(), nullable=False),
        sa.Column("custodian_version", sa.Integer(), nullable=False),
        sa.Column("own_wrap", sa.LargeBinary(), nullable=True),
        sa.Column("own_version", sa.Integer(), nullable=True),
        sa.Column("delete_on", sa.Date(), nullable=True),
        sa.CheckConstraint("bucket = get_byte(uuid_send(appearance_id), 0)", name=op.f("ck_sealed_compartment_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "appearance_id"],
            ["appearance.bucket", "appearance.id"],
            name=op.f("fk_sealed_compartment_bucket_appearance_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("bucket", "appearance_id", "compartment", name=op.f("pk_sealed_compartment")),
    )
    op.create_index(
        "ix_sealed_compartment_delete_on",
        "sealed_compartment",
        ["delete_on"],
        unique=False,
        postgresql_where=sa.text("delete_on IS NOT NULL"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index(
        "ix_sealed_compartment_delete_on",
        table_name="sealed_compartment",
        postgresql_where=sa.text("delete_on IS NOT NULL"),
    )
    op.drop_table("sealed_compartment")
    op.drop_index("ix_wrap_grant_id", table_name="wrap")
    op.drop_table("wrap")
    op.drop_index(op.f("ix_session_ends_at"), table_name="session")
    op.drop_table("session")
    op.drop_table("run")
    op.drop_index("ix_recall_agency_id", table_name="recall", postgresql_where=sa.text("acknowledged_at IS NULL"))
    op.drop_table("recall")
    op.drop_table("person")
    op.drop_index(op.f("ix_officer_agency_id"), table_name="officer")
    op.drop_table("officer")
    op.drop_index("ix_inbox_appearance_id", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index(op.f("ix_erasure_person_id"), table_name="erasure")
    op.drop_table("erasure")
    op.drop_index(op.f("ix_credential_owner_id"), table_name="credential")
    op.drop_table("credential")
    op.drop_table("consent_record")
    op.drop_index(
        "ix_audit_line_erasures", table_name="audit_line", postgresql_where=sa.text("event = 'person.erased'")
    )
    op.drop_index("ix_audit_line_officer_id_at", table_name="audit_line")
    op.drop_table("audit_line")
    op.drop_table("audit_queue")
    op.drop_table("audit_leaf")
    op.drop_index("ix_audit_index_line_id", table_name="audit_index")
    op.drop_table("audit_index")
    op.drop_index(op.f("ix_appearance_source_id"), table_name="appearance")
    op.drop_index(op.f("ix_appearance_person_id"), table_name="appearance")
    op.drop_table("appearance")
    op.drop_table("anonymous_refusal")
    op.drop_table("agency")
    op.drop_index(
        "ix_access_grant_ended_at", table_name="access_grant", postgresql_where=sa.text("ended_at IS NOT NULL")
    )
    op.drop_index("ix_access_grant_not_after", table_name="access_grant", postgresql_where=sa.text("status = 'active'"))
    op.drop_index("ix_access_grant_agency_id_person_id", table_name="access_grant")
    op.drop_table("access_grant")
