"""Decisions about raters' photos; replies that a publisher keeps back."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0027"
down_revision = "m0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "photo_decision",
        sa.Column("attachment_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("public_code", types.Words(), nullable=False),
        sa.Column("shown", types.Flag(), nullable=False),
        sa.Column("decided_by", types.Id(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_photo_decision"),
        sa.UniqueConstraint("public_code", name="uq_photo_decision_public_code"),
        sqlite_strict=True,
    )
    op.add_column(
        "case_reply", sa.Column("aside", types.Words(), nullable=False, server_default="")
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("case_reply", "aside")
    op.drop_table("photo_decision")
