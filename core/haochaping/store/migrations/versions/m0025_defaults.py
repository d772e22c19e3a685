"""Create the table of default ratings."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0025"
down_revision = "m0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "default_rating",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), autoincrement=False, nullable=False),
        sa.Column("occurrence_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("grade", types.Int(), nullable=False),
        sa.Column("counted_on", types.Day(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        *(sa.Column(f"{unit}_id", types.Id()) for unit in ("hall", "window", "staff", "item")),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("set_aside_at", types.Moment()),
        sa.CheckConstraint("grade BETWEEN 3 AND 5", name="ck_default_rating_grade"),
        sa.PrimaryKeyConstraint(
            "region", "served_month", "occurrence_id", name="pk_default_rating"
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("default_rating")
