"""Add terms, their names and crosswalks, and let web and workers read them.

Why: occupations and skills are shown and looked up in the person's language, and carried from one agency's codes to
another's. Only the owner writes: these are imports of official downloads, not acts of an office.
Runs before the new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("term", "term_label", "term_broader", "crosswalk")
READERS = ("einmal_web", "einmal_worker")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "term",
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("scheme", "code", name="pk_term"),
    )
    op.create_table(
        "term_label",
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scheme", "code", "language", "label", name="pk_term_label"),
        sa.ForeignKeyConstraint(["scheme", "code"], ["term.scheme", "term.code"], name="fk_term_label_term"),
    )
    op.execute(
        "CREATE INDEX ix_term_label_words ON term_label"
        " USING gin (array_to_tsvector(string_to_array(folded, ' '::text)))"
    )
    op.create_table(
        "term_broader",
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("broader_scheme", sa.String(), nullable=False),
        sa.Column("broader_code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scheme", "code", "broader_scheme", "broader_code", name="pk_term_broader"),
    )
    op.create_index("ix_term_broader_broader_code", "term_broader", ["broader_scheme", "broader_code"])
    op.create_table(
        "crosswalk",
        sa.Column("from_scheme", sa.String(), nullable=False),
        sa.Column("from_code", sa.String(), nullable=False),
        sa.Column("to_scheme", sa.String(), nullable=False),
        sa.Column("to_code", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("from_scheme", "from_code", "to_scheme", "to_code", name="pk_crosswalk"),
    )
    op.create_index("ix_crosswalk_to_code", "crosswalk", ["to_scheme", "to_code"])
    for table in TABLES:
        op.execute(f"GRANT SELECT ON {table} TO {', '.join(READERS)}")


def downgrade() -> None:
    """Undo."""
    for table in reversed(TABLES):
        op.drop_table(table)
