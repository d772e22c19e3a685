"""Who answers for a bad rating, and corrections that are shown."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0034"
down_revision = "m0033"
branch_labels = None
depends_on = None

_COUNTS = ("g1", "g2", "g3", "g4", "g5", "served", "first_bad", "active")


def _counts() -> list[sa.Column[Any]]:
    return [sa.Column(name, types.Id(), nullable=False, server_default="0") for name in _COUNTS]


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "attribution",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("first_id", types.Id(), nullable=False),
        sa.Column("responsible", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id()),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("region", "served_month", "first_id", name="pk_attribution"),
        sqlite_strict=True,
    )
    op.create_table(
        "figure_correction",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("case_id", types.Id()),
        *_counts(),
        sa.PrimaryKeyConstraint("id", name="pk_figure_correction"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_figure_correction_period",
        "figure_correction",
        ["period", "subject_kind", "subject_id", "id"],
    )


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("figure_correction")
    op.drop_table("attribution")
