"""Give each process its rights, the keeper its views, and wraps and grants row-level security.

Why: every process has a login of its own; what it does not need it cannot touch. The keeper reads through views that
are its contract with this database. Row-level security is plain equality: it guards against slips, not attackers.
Runs before the new code. The group roles are made by the supervisor before it migrates.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEEPER_VIEWS = {
    "keeper_session": "SELECT id, kind, actor_id, agency_id, credential_id, created_at, ends_at, mac FROM session",
    "keeper_officer": "SELECT id, agency_id, login, name, roles, status, created_at, mac FROM officer",
    "keeper_agency": "SELECT id, name, kind, number, status, created_at, mac FROM agency",
    "keeper_credential": (
        "SELECT id, owner_kind, owner_id, kind, lookup, secret, issued_by, created_at, expires_at, mac FROM credential"
    ),
    "keeper_run": "SELECT id, operation, agency_id, opened_by, budget, created_at, ends_at, mac FROM run",
    "keeper_appearance": (
        "SELECT bucket, id, person_id, source_kind, source_id, basis, created_on, mac FROM appearance"
    ),
    "keeper_grant": (
        "SELECT bucket, id, person_id, agency_id, purpose, basis, norm, sections, compartments, appearances,"
        " not_before, not_after, status, proof, record_digest, given_at, ended_at, mac FROM access_grant"
    ),
    "keeper_erasure": "SELECT id, person_id, appearances, requested_at, mac FROM erasure",
    "keeper_sealed": (
        "SELECT bucket, appearance_id, compartment, epoch, version, alg, envelope, custodian_wrap, custodian_version,"
        " own_wrap, own_version, delete_on FROM sealed_compartment"
    ),
    "keeper_wrap": (
        "SELECT bucket, appearance_id, compartment, agency_id, purpose, grant_id, basis, epoch, not_before, not_after,"
        " key_version, alg, wrapped FROM wrap"
    ),
    "keeper_inbox": "SELECT agency_id, token, appearance_id, fingerprint FROM inbox",
    "keeper_line": (
        "SELECT id, at, event, outcome, session_id, agency_id, officer_id, run_id, purpose, basis, grants, appearances,"
        " compartments, ARRAY(SELECT person_id FROM audit_index i WHERE i.line_id = l.id) AS persons FROM audit_line l"
        # What is not in the chain and not on its way into it opens nothing.
        " WHERE EXISTS (SELECT 1 FROM audit_queue q WHERE q.line_id = l.id)"
        " OR EXISTS (SELECT 1 FROM audit_leaf f WHERE f.line_id = l.id)"
    ),
}

RIGHTS = {
    "einmal_web": {
        "agency": "SELECT, INSERT",
        "officer": "SELECT, INSERT",
        "credential": "SELECT (id, owner_kind, owner_id, kind, created_at, expires_at), INSERT, DELETE",
        "session": "SELECT, INSERT, DELETE",
        "person": "SELECT, INSERT, UPDATE (created_on), DELETE",  # UPDATE is what locking her row takes
        "appearance": "SELECT, INSERT, UPDATE, DELETE",
        "sealed_compartment": "SELECT, INSERT, UPDATE, DELETE",
        "erasure": "SELECT, INSERT, UPDATE (done_at)",
        "access_grant": "SELECT, INSERT, UPDATE (status, ended_at, mac), DELETE",
        "wrap": "SELECT, INSERT, DELETE",
        "consent_record": "SELECT, INSERT, UPDATE (receipt), DELETE",
        "run": "SELECT, INSERT",
        "inbox": "SELECT, DELETE",
        "recall": "SELECT, INSERT",
        "audit_line": "SELECT, INSERT",
        "audit_index": "SELECT, INSERT, DELETE",
        "audit_leaf": "SELECT",
        "audit_queue": "INSERT",
        "anonymous_refusal": "SELECT, INSERT, UPDATE",
        "alembic_version": "SELECT",
    },
    "einmal_worker": {
        "agency": "SELECT",
        "run": "SELECT",
        "person": "SELECT, INSERT",
        "appearance": "SELECT, INSERT",
        "sealed_compartment": "SELECT, INSERT, UPDATE",
        "inbox": "SELECT, INSERT, UPDATE",
        "recall": "SELECT, UPDATE (acknowledged_at)",
        "audit_line": "SELECT, INSERT",
        "audit_index": "SELECT, INSERT",
        "audit_queue": "INSERT",
        "alembic_version": "SELECT",
    },
    "einmal_housekeeper": {
        "agency": "SELECT",
        "session": "SELECT, DELETE",
        "person": "SELECT, UPDATE (created_on), DELETE",
        "appearance": "SELECT, DELETE",
        "sealed_compartment": "SELECT, UPDATE, DELETE",
        "erasure": "SELECT, UPDATE (done_at)",
        "access_grant": "SELECT, UPDATE (status, ended_at, mac)",
        "wrap": "SELECT, INSERT, DELETE",
        "inbox": "SELECT, DELETE",
        "recall": "SELECT, INSERT",
        "audit_line": "SELECT, INSERT",
        "audit_index": "SELECT, INSERT, DELETE",
        "audit_leaf": "SELECT, INSERT",
        "audit_queue": "SELECT, INSERT, DELETE",
        "alembic_version": "SELECT",
    },
}

_AGENCY = "agency_id = nullif(current_setting('app.agency', true), '')::uuid"
_PERSON = "person_id = nullif(current_setting('app.person', true), '')::uuid"


def upgrade() -> None:
    """Apply."""
    for view, query in KEEPER_VIEWS.items():
        op.execute(f"CREATE VIEW {view} AS {query}")
        op.execute(f"GRANT SELECT ON {view} TO einmal_keeper")
    for role, tables in RIGHTS.items():
        for table, rights in tables.items():
            op.execute(f"GRANT {rights} ON {table} TO {role}")
    for table in ("access_grant", "wrap"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY by_agency ON {table} TO einmal_web USING ({_AGENCY})")
        op.execute(f"CREATE POLICY housekeeping ON {table} TO einmal_housekeeper USING (true)")
    op.execute(f"CREATE POLICY by_person ON access_grant TO einmal_web USING ({_PERSON})")


def downgrade() -> None:
    """Undo."""
    op.execute("DROP POLICY by_person ON access_grant")
    for table in ("wrap", "access_grant"):
        op.execute(f"DROP POLICY housekeeping ON {table}")
        op.execute(f"DROP POLICY by_agency ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for role, tables in RIGHTS.items():
        for table in tables:
            op.execute(f"REVOKE ALL ON {table} FROM {role}")
    for view in reversed(KEEPER_VIEWS):
        op.execute(f"DROP VIEW {view}")
