"""Create the tables of the shaming board."""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "zhejiang_late",
        sa.Column("public_id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("since_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("void", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "zhejiang_published",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "zhejiang_listing",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("longest_days", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("zhejiang_listing")
    op.drop_table("zhejiang_published")
    op.drop_table("zhejiang_late")
