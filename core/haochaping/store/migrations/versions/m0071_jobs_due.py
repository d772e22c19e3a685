"""What is due is found by state and moment together, whatever else is open."""

import sqlalchemy as sa
from alembic import op

revision = "m0071"
down_revision = "m0070"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Apply this migration."""
    op.create_index("ix_job_due", "job", ["state", "ready_at"])
    op.drop_index("ix_job_ready", "job")


def downgrade() -> None:
    """Take it back."""
    op.create_index("ix_job_ready", "job", ["ready_at"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.drop_index("ix_job_due", "job")
