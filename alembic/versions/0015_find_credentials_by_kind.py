"""Let what somebody is found by be single within its kind only.

Why: which id a passkey has its maker says; whoever knew an agency's public key could take its digest, and keep the key
from being pinned.
Runs before the new code.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_unique_constraint(op.f("uq_credential_kind_lookup"), "credential", ["kind", "lookup"])
    op.drop_constraint(op.f("uq_credential_lookup"), "credential", type_="unique")


def downgrade() -> None:
    """Undo."""
    op.create_unique_constraint(op.f("uq_credential_lookup"), "credential", ["lookup"])
    op.drop_constraint(op.f("uq_credential_kind_lookup"), "credential", type_="unique")
