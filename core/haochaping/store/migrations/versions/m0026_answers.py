"""Create the table of answers to local questions."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0026"
down_revision = "m0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "local_answer",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("evaluation_id", types.Id(), nullable=False),
        sa.Column("code", types.Words(), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id()),
        sa.Column("item_id", types.Id()),
        sa.PrimaryKeyConstraint(
            "region", "served_month", "evaluation_id", "code", name="pk_local_answer"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_local_answer_day", "local_answer", ["day"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("local_answer")
