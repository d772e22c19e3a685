"""Create the proposals to declare ratings void."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0010"
down_revision = "m0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "void_proposal",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), autoincrement=False, nullable=False),
        sa.Column("evaluation_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("proposed_by", types.Id(), nullable=False),
        sa.Column("proposed_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("region", "served_month", "evaluation_id", name="pk_void_proposal"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("void_proposal")
