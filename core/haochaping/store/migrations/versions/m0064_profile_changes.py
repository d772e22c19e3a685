"""Changes of the running profile."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0064"
down_revision = "m0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "profile_change",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("value", types.Words(), nullable=False),
        sa.Column("source", types.Json(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("effective_at", types.Moment(), nullable=False),
        sa.Column("withdraws", types.Id()),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("proposed_by", types.Id(), nullable=False),
        sa.Column("proposed_at", types.Moment(), nullable=False),
        sa.Column("decided_by", types.Id()),
        sa.Column("decided_at", types.Moment()),
        sa.Column("decision", types.Words(), nullable=False, server_default=""),
        sa.Column("applied_at", types.Moment()),
        sa.Column("profile_digest", types.Words(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_profile_change"),
        sqlite_strict=True,
    )
    op.create_index("ix_profile_change_state", "profile_change", ["state", "effective_at"])


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("profile_change")
