"""Count the photos of a review."""

import sqlalchemy as sa
from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.add_column(
        "shanghai_review", sa.Column("photos", sa.Integer, nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("shanghai_review", "photos")
