"""Create the rectification cases."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0008"
down_revision = "m0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "case_appeal",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("reason_sealed", types.Blob(), nullable=False),
        sa.Column("reason_key_id", types.Id(), nullable=True),
        sa.Column("filed_at", types.Moment(), nullable=False),
        sa.Column("filed_by", types.Id(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("endorsed_by", types.Id(), nullable=True),
        sa.Column("endorsed_at", types.Moment(), nullable=True),
        sa.Column("decided_by", types.Id(), nullable=True),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("decision", types.Words(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case_appeal"),
        sqlite_strict=True,
    )
    op.create_index("ix_case_appeal_case", "case_appeal", ["case_id", "id"], unique=False)
    op.create_table(
        "case_contact",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("by", types.Words(), nullable=False),
        sa.Column("reached", types.Flag(), nullable=False),
        sa.Column("note_sealed", types.Blob(), nullable=True),
        sa.Column("note_key_id", types.Id(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case_contact"),
        sqlite_strict=True,
    )
    op.create_index("ix_case_contact_case", "case_contact", ["case_id", "id"], unique=False)
    op.create_table(
        "case_deadline",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("round", types.Int(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("level", types.Int(), nullable=False),
        sa.Column("to", types.Words(), nullable=False),
        sa.Column("gateways", types.Json(), nullable=False),
        sa.Column("text", types.Json(), nullable=True),
        sa.Column("rule", types.Json(), nullable=False),
        sa.Column("start_at", types.Moment(), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=False),
        sa.Column("due_day", types.Day(), nullable=False),
        sa.Column("provisional", types.Flag(), nullable=False),
        sa.Column("lines", types.Json(), nullable=False),
        sa.Column("source", types.Words(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("reached_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "round", "kind", "level", name="pk_case_deadline"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_case_deadline_provisional",
        "case_deadline",
        ["case_id"],
        unique=False,
        sqlite_where=sa.text("provisional = 1 AND state = 'pending'"),
        postgresql_where=sa.text("provisional = 1 AND state = 'pending'"),
    )
    op.create_table(
        "case_event",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=True),
        sa.Column("from_state", types.Words(), nullable=True),
        sa.Column("to_state", types.Words(), nullable=True),
        sa.Column("note", types.Words(), nullable=True),
        sa.Column("public_note", types.Words(), nullable=True),
        sa.Column("details", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case_event"),
        sqlite_strict=True,
    )
    op.create_index("ix_case_event_case", "case_event", ["case_id", "id"], unique=False)
    op.create_table(
        "case_joint",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "organization_id", name="pk_case_joint"),
        sqlite_strict=True,
    )
    op.create_index("ix_case_joint_organization", "case_joint", ["organization_id"], unique=False)
    op.create_table(
        "case_message",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("side", types.Words(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=True),
        sa.Column("text_sealed", types.Blob(), nullable=False),
        sa.Column("text_key_id", types.Id(), nullable=True),
        sa.Column("idempotency_key", types.Words(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_message"),
        sa.UniqueConstraint("idempotency_key", name="uq_case_message_idempotency_key"),
        sqlite_strict=True,
    )
    op.create_index("ix_case_message_case", "case_message", ["case_id", "id"], unique=False)
    op.create_table(
        "case_reply",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("round", types.Int(), nullable=False),
        sa.Column("outcome", types.Words(), nullable=False),
        sa.Column("text", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("published", types.Flag(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_reply"),
        sqlite_strict=True,
    )
    op.create_index("ix_case_reply_case", "case_reply", ["case_id", "id"], unique=False)
    op.create_table(
        "case_visit",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("round", types.Int(), nullable=False),
        sa.Column("by", types.Words(), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=False),
        sa.Column("provisional", types.Flag(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("done_at", types.Moment(), nullable=True),
        sa.Column("account_id", types.Id(), nullable=True),
        sa.Column("satisfied", types.Flag(), nullable=True),
        sa.Column("note_sealed", types.Blob(), nullable=True),
        sa.Column("note_key_id", types.Id(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case_visit"),
        sa.UniqueConstraint("case_id", "round", "by", name="uq_case_visit_case_id_round_by"),
        sqlite_strict=True,
    )
    op.create_index("ix_case_visit_state", "case_visit", ["state", "due_at"], unique=False)
    op.create_table(
        "rectification_case",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("public_id", types.Words(), nullable=False),
        sa.Column("origin_kind", types.Words(), nullable=False),
        sa.Column("origin_id", types.Id(), nullable=False),
        sa.Column("evaluation_id", types.Id(), nullable=True),
        sa.Column("occurrence_id", types.Id(), nullable=True),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("rated_organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("window_id", types.Id(), nullable=True),
        sa.Column("staff_id", types.Id(), nullable=True),
        sa.Column("item_id", types.Id(), nullable=True),
        sa.Column("queue", types.Words(), nullable=False),
        sa.Column("grade", types.Int(), nullable=False),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("identity", types.Words(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("complexity", types.Words(), nullable=False),
        sa.Column("outcome", types.Words(), nullable=True),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("visible_at", types.Moment(), nullable=False),
        sa.Column("contacted_at", types.Moment(), nullable=True),
        sa.Column("replied_at", types.Moment(), nullable=True),
        sa.Column("first_replied_at", types.Moment(), nullable=True),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.Column("due_at", types.Moment(), nullable=False),
        sa.Column("due_day", types.Day(), nullable=False),
        sa.Column("first_due_at", types.Moment(), nullable=False),
        sa.Column("provisional", types.Flag(), nullable=False),
        sa.Column("late", types.Flag(), nullable=False),
        sa.Column("round", types.Int(), nullable=False),
        sa.Column("reopened", types.Int(), nullable=False),
        sa.Column("confirm", types.Words(), nullable=True),
        sa.Column("plan", types.Json(), nullable=False),
        sa.Column("plan_no", types.Int(), nullable=False),
        sa.Column("plan_failure", types.Words(), nullable=True),
        sa.Column("version", types.Int(), nullable=False),
        sa.PrimaryKeyConstraint("region", "served_month", "id", name="pk_rectification_case"),
        sa.UniqueConstraint("id", name="uq_rectification_case_id"),
        sa.UniqueConstraint(
            "origin_kind", "origin_id", name="uq_rectification_case_origin_kind_origin_id"
        ),
        sa.UniqueConstraint("public_id", name="uq_rectification_case_public_id"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_rectification_case_first_due_at", "rectification_case", ["first_due_at"], unique=False
    )
    op.create_index(
        "ix_rectification_case_occurrence", "rectification_case", ["occurrence_id"], unique=False
    )
    op.create_index(
        "ix_rectification_case_open",
        "rectification_case",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_rectification_case_open_organization",
        "rectification_case",
        ["organization_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_rectification_case_open_region",
        "rectification_case",
        ["region", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_rectification_case_opened_at", "rectification_case", ["opened_at"], unique=False
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("rectification_case")
    op.drop_table("case_visit")
    op.drop_table("case_reply")
    op.drop_table("case_message")
    op.drop_table("case_joint")
    op.drop_table("case_event")
    op.drop_table("case_deadline")
    op.drop_table("case_contact")
    op.drop_table("case_appeal")
