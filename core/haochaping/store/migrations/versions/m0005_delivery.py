"""Create the messages."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0005"
down_revision = "m0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "message",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("business_id", types.Words(), nullable=False),
        sa.Column("gateway", types.Words(), nullable=False),
        sa.Column("receiver", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=True),
        sa.Column("subject_zh", types.Words(), nullable=False),
        sa.Column("subject_en", types.Words(), nullable=False),
        sa.Column("body_zh", types.Words(), nullable=False),
        sa.Column("body_en", types.Words(), nullable=False),
        sa.Column("link", types.Words(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("attempts", types.Int(), nullable=False),
        sa.Column("queued_at", types.Moment(), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=True),
        sa.Column("sent_at", types.Moment(), nullable=True),
        sa.Column("reference", types.Words(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("business_id", "gateway", name="uq_message_business_id_gateway"),
        sqlite_strict=True,
    )
    op.create_index("ix_message_organization_id", "message", ["organization_id"], unique=False)
    op.create_index(
        "ix_message_parked",
        "message",
        ["queued_at"],
        unique=False,
        sqlite_where=sa.text("state = 'parked'"),
        postgresql_where=sa.text("state = 'parked'"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("message_id", types.Id(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("account_id", "message_id", name="uq_inbox_account_id_message_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_inbox_account_id_at", "inbox", ["account_id", "at"], unique=False)
    op.create_index(
        "ix_inbox_unread",
        "inbox",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "message_attempt",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("message_id", types.Id(), nullable=False),
        sa.Column("no", types.Int(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("outcome", types.Words(), nullable=False),
        sa.Column("status", types.Int(), nullable=True),
        sa.Column("detail", types.Words(), nullable=False),
        sa.Column("milliseconds", types.Int(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message_attempt"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_message_attempt_message_id", "message_attempt", ["message_id"], unique=False
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("message_attempt")
    op.drop_table("inbox")
    op.drop_table("message")
