"""What a package of open data was made of, so that nothing is made anew for nothing."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0100"
down_revision = "m0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.add_column(
        "open_data_release",
        sa.Column("made_of", types.Words(), server_default="", nullable=False),
    )


def downgrade() -> None:
    """Undo this migration."""
    op.drop_column("open_data_release", "made_of")
