"""Counts for the analysis of bad ratings: by month, place, item, hour and reason."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0061"
down_revision = "m0058"
branch_labels = None
depends_on = None

_IDS = ("organization_id", "hall_id", "item_id")
_COUNTS = ("rated", "bad", "rated_shown", "bad_shown")


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "analysis_count",
        sa.Column("month", types.Words(), nullable=False),
        sa.Column("facet", types.Words(), nullable=False),
        *(sa.Column(name, types.Id(), autoincrement=False, nullable=False) for name in _IDS),
        sa.Column("value", types.Words(), nullable=False),
        *(sa.Column(name, types.Id(), nullable=False, server_default="0") for name in _COUNTS),
        sa.PrimaryKeyConstraint("month", "facet", *_IDS, "value", name="pk_analysis_count"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("analysis_count")
