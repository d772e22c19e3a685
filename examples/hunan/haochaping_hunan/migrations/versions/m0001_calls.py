"""Create the table of calls."""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "hunan_call",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("case_no", sa.Text, nullable=False),
        sa.Column("occurrence_no", sa.Integer, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("served_at", sa.BigInteger, nullable=False),
        sa.Column("called_at", sa.BigInteger),
        sa.Column("called_by", sa.BigInteger),
        sa.Column("result", sa.Text, nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("hunan_call")
