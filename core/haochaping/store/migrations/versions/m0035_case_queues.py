"""Who works on a case, what of the process was reviewed, appeals that are looked at again."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0035"
down_revision = "m0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.add_column("rectification_case", sa.Column("assignee_id", types.Id()))
    op.add_column("case_finding", sa.Column("process", types.Words()))
    op.create_table(
        "audit_sample",
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("seed", types.Words(), nullable=False),
        sa.Column("share", types.Words(), nullable=False),
        sa.Column("population", types.Json(), nullable=False),
        sa.Column("drawn", types.Json(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_audit_sample"),
        sqlite_strict=True,
    )
    op.create_table(
        "appeal_audit",
        sa.Column("appeal_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("drawn_at", types.Moment(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("outcome", types.Words()),
        sa.Column("account_id", types.Id()),
        sa.Column("done_at", types.Moment()),
        sa.Column("note", types.Words()),
        sa.PrimaryKeyConstraint("appeal_id", name="pk_appeal_audit"),
        sqlite_strict=True,
    )
    op.create_index("ix_appeal_audit_state", "appeal_audit", ["state", "drawn_at"])


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("appeal_audit")
    op.drop_table("audit_sample")
    op.drop_column("case_finding", "process")
    op.drop_column("rectification_case", "assignee_id")
