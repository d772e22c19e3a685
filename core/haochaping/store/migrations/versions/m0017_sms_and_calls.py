"""Create what SMS and telephone keys need."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0017"
down_revision = "m0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "sms_stop",
        sa.Column("mobile_mac", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("mobile_mac", name="pk_sms_stop"),
        sqlite_strict=True,
    )
    op.create_table(
        "sms_ask",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("mobile_mac", types.Words(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("rater_role", types.Words(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("occurrence_id", types.Id(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("grade", types.Int(), nullable=True),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("helped", types.Flag(), nullable=False),
        sa.Column("first_id", types.Id(), nullable=True),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'reason', 'answered', 'closed')", name="ck_sms_ask_state"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sms_ask"),
        sa.UniqueConstraint(
            "region",
            "served_month",
            "occurrence_id",
            name="uq_sms_ask_region_served_month_occurrence_id",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_sms_ask_expires_at", "sms_ask", ["expires_at"])
    op.create_index("ix_sms_ask_mobile_mac", "sms_ask", ["mobile_mac", "asked_at"])
    op.create_table(
        "sms_inbound",
        sa.Column("gateway", types.Words(), nullable=False),
        sa.Column("message_id", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("outcome", types.Words(), nullable=False),
        sa.Column("ask_id", types.Id(), nullable=True),
        sa.PrimaryKeyConstraint("gateway", "message_id", name="pk_sms_inbound"),
        sqlite_strict=True,
    )
    op.create_index("ix_sms_inbound_at", "sms_inbound", ["at"])
    op.create_table(
        "ivr_call",
        sa.Column("client", types.Words(), nullable=False),
        sa.Column("call_id", types.Words(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("occurrence_id", types.Id(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("turn", types.Int(), nullable=False),
        sa.Column("misses", types.Int(), nullable=False),
        sa.Column("grade", types.Int(), nullable=True),
        sa.Column("recording", types.Words(), nullable=False),
        sa.Column("receipt", types.Words(), nullable=False),
        sa.Column("started_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('grade', 'reason', 'words', 'done', 'rated_before', 'operator', 'ended')",
            name="ck_ivr_call_state",
        ),
        sa.PrimaryKeyConstraint("client", "call_id", name="pk_ivr_call"),
        sqlite_strict=True,
    )
    op.create_index("ix_ivr_call_started_at", "ivr_call", ["started_at"])
    op.create_index("ix_ivr_call_call_id", "ivr_call", ["call_id"])


def downgrade() -> None:
    """Take this migration back."""
    for table in ("ivr_call", "sms_inbound", "sms_ask", "sms_stop"):
        op.drop_table(table)
