"""Findings, extensions and partners' tasks of rectification cases."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0021"
down_revision = "m0020"
branch_labels = None
depends_on = None

_TASK = ("task", "due_at", "asked_by", "asked_at", "state", "result", "done_by", "done_at")


def _task_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("task", types.Words()),
        sa.Column("due_at", types.Moment()),
        sa.Column("asked_by", types.Id()),
        sa.Column("asked_at", types.Moment()),
        sa.Column("state", types.Words(), nullable=False, server_default="named"),
        sa.Column("result", types.Words()),
        sa.Column("done_by", types.Id()),
        sa.Column("done_at", types.Moment()),
    )


def upgrade() -> None:
    """Apply this migration."""
    op.add_column(
        "rectification_case",
        sa.Column("transfers", types.Int(), nullable=False, server_default="0"),
    )
    op.add_column("rectification_case", sa.Column("extension", types.Json()))
    op.add_column("case_appeal", sa.Column("due_at", types.Moment()))
    for column in _task_columns():
        op.add_column("case_joint", column)
    op.create_table(
        "case_finding",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("truth", types.Words(), nullable=False),
        sa.Column("reasonable", types.Flag(), nullable=False),
        sa.Column("malicious", types.Flag(), nullable=False),
        sa.Column("handling", types.Words(), nullable=False),
        sa.Column("responsible", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id()),
        sa.Column("item_id", types.Id()),
        sa.Column("cause", types.Words(), nullable=False),
        sa.Column("improvement", types.Words()),
        sa.PrimaryKeyConstraint("id", name="pk_case_finding"),
        sqlite_strict=True,
    )
    op.create_index("ix_case_finding_case", "case_finding", ["case_id", "id"])
    op.create_index("ix_case_finding_cause", "case_finding", ["item_id", "cause", "at"])
    op.create_table(
        "case_extension",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("round", types.Int(), nullable=False),
        sa.Column("count", types.Int(), nullable=False),
        sa.Column("unit", types.Words(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("asked_by", types.Id(), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("decided_by", types.Id()),
        sa.Column("decided_at", types.Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_case_extension"),
        sqlite_strict=True,
    )
    op.create_index("ix_case_extension_case", "case_extension", ["case_id", "id"])


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("case_extension")
    op.drop_table("case_finding")
    for name in reversed(_TASK):
        op.drop_column("case_joint", name)
    op.drop_column("case_appeal", "due_at")
    op.drop_column("rectification_case", "extension")
    op.drop_column("rectification_case", "transfers")
