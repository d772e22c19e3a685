"""The exchange with other platforms: what goes up, what came from below, tickets of others."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0058"
down_revision = "m0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "uplink_item",
        sa.Column("id", types.Id(), autoincrement=True, nullable=False),
        sa.Column("target", types.Words(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("subject", types.Words(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("source_no", types.Words(), server_default="", nullable=False),
        sa.Column("day", types.Day(), nullable=True),
        sa.Column("revision", types.Id(), nullable=False),
        sa.Column("sent_revision", types.Id(), server_default="0", nullable=False),
        sa.Column("digest", types.Words(), server_default="", nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("attempts", types.Int(), server_default="0", nullable=False),
        sa.Column("queued_at", types.Moment(), nullable=False),
        sa.Column("ready_at", types.Moment(), nullable=False),
        sa.Column("sent_at", types.Moment(), nullable=True),
        sa.Column("batch_id", types.Words(), server_default="", nullable=False),
        sa.Column("batch_revision", types.Id(), server_default="0", nullable=False),
        sa.Column("fault_zh", types.Words(), server_default="", nullable=False),
        sa.Column("fault_en", types.Words(), server_default="", nullable=False),
        sa.Column("mended", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_uplink_item"),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'faulty', 'refused')", name="ck_uplink_item_state"
        ),
        sa.UniqueConstraint("target", "kind", "subject", name="uq_uplink_item_target_kind_subject"),
        sqlite_strict=True,
    )
    op.create_index("ix_uplink_item_batch", "uplink_item", ["batch_id"])
    op.create_index("ix_uplink_item_day", "uplink_item", ["target", "day", "kind"])
    op.create_index("ix_uplink_item_state", "uplink_item", ["target", "state", "ready_at"])
    op.create_table(
        "uplink_batch",
        sa.Column("id", types.Words(), nullable=False),
        sa.Column("target", types.Words(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("count", types.Int(), nullable=False),
        sa.Column("bytes", types.Int(), nullable=False),
        sa.Column("attempts", types.Int(), server_default="0", nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("next_at", types.Moment(), nullable=True),
        sa.Column("answered_at", types.Moment(), nullable=True),
        sa.Column("answer", types.Json(), nullable=True),
        sa.Column("error", types.Words(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uplink_batch"),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'refused')", name="ck_uplink_batch_state"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_uplink_batch_made_at", "uplink_batch", ["made_at"])
    op.create_index("ix_uplink_batch_state", "uplink_batch", ["target", "state"])
    op.create_table(
        "exchange_received",
        sa.Column("sender", types.Words(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("subject", types.Words(), nullable=False),
        sa.Column("revision", types.Id(), nullable=False),
        sa.Column("digest", types.Words(), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("ref_id", types.Id(), nullable=False),
        sa.Column("key_id", types.Id(), nullable=False),
        sa.Column("batch_id", types.Words(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sender", "kind", "subject", name="pk_exchange_received"),
        sqlite_strict=True,
    )
    op.create_index("ix_exchange_received_day", "exchange_received", ["sender", "day", "kind"])
    op.create_table(
        "exchange_ticket",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("origin", types.Words(), nullable=False),
        sa.Column("source_no", types.Words(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("region", types.Words(), server_default="", nullable=False),
        sa.Column("served_month", types.Int(), nullable=True),
        sa.Column("occurrence_id", types.Id(), nullable=True),
        sa.Column("first_id", types.Id(), nullable=True),
        sa.Column("via", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("body_digest", types.Words(), nullable=False),
        sa.Column("sealed", types.Blob(), nullable=True),
        sa.Column("fault_zh", types.Words(), server_default="", nullable=False),
        sa.Column("fault_en", types.Words(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exchange_ticket"),
        sa.UniqueConstraint("origin", "source_no", name="uq_exchange_ticket_origin_source_no"),
        sa.CheckConstraint(
            "state IN ('taken', 'rated_before', 'refused')", name="ck_exchange_ticket_state"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_exchange_ticket_occurrence", "exchange_ticket", ["occurrence_id"])
    op.create_index("ix_exchange_ticket_state", "exchange_ticket", ["state", "at"])
    op.create_table(
        "exchange_cursor",
        sa.Column("source", types.Words(), nullable=False),
        sa.Column("cursor", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("error", types.Words(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_exchange_cursor"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take it back."""
    for name in (
        "exchange_cursor",
        "exchange_ticket",
        "exchange_received",
        "uplink_batch",
        "uplink_item",
    ):
        op.drop_table(name)
