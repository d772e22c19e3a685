"""The processes at work, and when something was last done for the deployment."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0041"
down_revision = "m0036"
branch_labels = None
depends_on = None

_WORDS = ("code_version", "profile_digest", "settings_digest")


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "process_beat",
        sa.Column("process", types.Words(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("pid", types.Id(), nullable=False),
        *(sa.Column(name, types.Words(), nullable=False) for name in _WORDS),
        sa.Column("started_at", types.Moment(), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=False),
        sa.Column("failures", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("process", name="pk_process_beat"),
        sqlite_strict=True,
    )
    op.create_table(
        "ops_fact",
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("value", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_ops_fact"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take it back."""
    for name in ("ops_fact", "process_beat"):
        op.drop_table(name)
