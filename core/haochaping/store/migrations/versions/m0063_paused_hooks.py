"""The hooks of plugins that a process leaves out for a while after many failures."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0063"
down_revision = "m0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.add_column("process_beat", sa.Column("paused", types.Json()))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("process_beat", "paused")
