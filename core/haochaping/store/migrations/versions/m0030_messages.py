"""Messages to people one by one: their addresses, what was read, gateways that rest."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0030"
down_revision = "m0027"
branch_labels = None
depends_on = None

_COLUMNS = (("parent_id", types.Id), ("read_at", types.Moment), ("asked_at", types.Moment))


def upgrade() -> None:
    """Apply this migration."""
    for name, kind in _COLUMNS:
        op.add_column("message", sa.Column(name, kind(), nullable=True))
    op.create_index("ix_message_parent_id", "message", ["parent_id"])
    op.create_index("ix_message_receiver_sent_at", "message", ["receiver", "sent_at"])
    op.create_index("ix_message_gateway_sent_at", "message", ["gateway", "sent_at"])
    op.create_table(
        "account_address",
        sa.Column("account_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("sealed", types.Blob(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("by_account", types.Id()),
        sa.PrimaryKeyConstraint("account_id", "kind", name="pk_account_address"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_address_account_id_account"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "gateway_state",
        sa.Column("gateway", types.Words(), nullable=False),
        sa.Column("failures", types.Int(), nullable=False),
        sa.Column("open_until", types.Moment()),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", name="pk_gateway_state"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("gateway_state")
    op.drop_table("account_address")
    for name in ("gateway_sent_at", "receiver_sent_at", "parent_id"):
        op.drop_index(f"ix_message_{name}", "message")
    with op.batch_alter_table("message") as batch:
        for name, _ in reversed(_COLUMNS):
            batch.drop_column(name)
