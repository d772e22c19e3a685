"""The hall whose forms a pile holds, so that clerks of one hall share theirs."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0102"
down_revision = "m0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.add_column("paper_batch", sa.Column("hall_id", types.Id()))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("paper_batch", "hall_id")
