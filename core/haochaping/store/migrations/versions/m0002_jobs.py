"""Create the job table."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "job",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("dedup", types.Words(), nullable=True),
        sa.Column("region", types.Words(), server_default="", nullable=False),
        sa.Column("payload", types.Json(), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=False),
        sa.Column("ready_at", types.Moment(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("attempts", types.Int(), server_default="0", nullable=False),
        sa.Column("fence", types.Int(), server_default="0", nullable=False),
        sa.Column("error", types.Words(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("finished_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("dedup", name="uq_job_dedup"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_job_ready",
        "job",
        ["ready_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_job_state", "job", ["state", "kind"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("job")
