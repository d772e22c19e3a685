"""Files that people hand in."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0033"
down_revision = "m0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "attachment",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("owner", types.Words(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("side", types.Words(), nullable=False),
        sa.Column("no", types.Int(), nullable=False),
        sa.Column("media", types.Words(), nullable=False),
        sa.Column("size", types.Int(), nullable=False),
        sa.Column("name_sealed", types.Blob(), nullable=False),
        sa.Column("sealed", types.Blob(), nullable=False),
        sa.Column("key_id", types.Id(), nullable=False),
        sa.Column("account_id", types.Id()),
        sa.Column("idempotency_key", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("gone_at", types.Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.UniqueConstraint("idempotency_key", name="uq_attachment_idempotency_key"),
        sa.UniqueConstraint("owner", "kind", "side", "no", name="uq_attachment_owner_kind_side_no"),
        sqlite_strict=True,
    )
    op.create_index("ix_attachment_at", "attachment", ["at"])


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("attachment")
