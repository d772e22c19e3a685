"""Create the evaluations."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0006"
down_revision = "m0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "evaluation",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), autoincrement=False, nullable=False),
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("occurrence_id", types.Id(), nullable=False),
        sa.Column("round", types.Int(), nullable=False),
        sa.Column("grade", types.Int(), nullable=False),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("text_sealed", types.Blob(), nullable=True),
        sa.Column("text_key_id", types.Id(), nullable=True),
        sa.Column("channel", types.Words(), nullable=False),
        sa.Column("provenance", types.Words(), nullable=False),
        sa.Column("identity", types.Words(), nullable=False),
        sa.Column("rater_role", types.Words(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=True),
        sa.Column("status", types.Words(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("early", types.Flag(), nullable=False),
        sa.Column("first_id", types.Id(), nullable=False),
        sa.Column("supersedes_id", types.Id(), nullable=False),
        sa.Column("submitted_at", types.Moment(), nullable=True),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("first_received_at", types.Moment(), nullable=False),
        sa.Column("counted_on", types.Day(), nullable=False),
        sa.Column("form_version", types.Words(), nullable=False),
        sa.Column("idempotency_key", types.Words(), nullable=False),
        sa.Column("body_digest", types.Words(), nullable=False),
        sa.Column("receipt", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("window_id", types.Id(), nullable=True),
        sa.Column("staff_id", types.Id(), nullable=True),
        sa.Column("item_id", types.Id(), nullable=True),
        sa.CheckConstraint(
            "status IN ('effective', 'held', 'excluded', 'void', 'withdrawn', 'superseded')",
            name="ck_evaluation_status",
        ),
        sa.CheckConstraint("grade BETWEEN 1 AND 5", name="ck_evaluation_grade"),
        sa.PrimaryKeyConstraint("region", "served_month", "id", name="pk_evaluation"),
        sa.UniqueConstraint("idempotency_key", name="uq_evaluation_idempotency_key"),
        sa.UniqueConstraint("receipt", name="uq_evaluation_receipt"),
        sa.UniqueConstraint(
            "region",
            "served_month",
            "occurrence_id",
            "round",
            "supersedes_id",
            name="uq_evaluation_chain",
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_evaluation_excluded",
        "evaluation",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("status = 'excluded'"),
        postgresql_where=sa.text("status = 'excluded'"),
    )
    op.create_index(
        "ix_evaluation_held",
        "evaluation",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("status = 'held'"),
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_index(
        "uq_evaluation_current",
        "evaluation",
        ["region", "served_month", "occurrence_id", "round"],
        unique=True,
        sqlite_where=sa.text("status IN ('effective', 'held')"),
        postgresql_where=sa.text("status IN ('effective', 'held')"),
    )
    op.create_table(
        "invitation",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), autoincrement=False, nullable=False),
        sa.Column("occurrence_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("short_code", types.Words(), nullable=False),
        sa.Column("issued_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("via", types.Words(), nullable=False),
        sa.PrimaryKeyConstraint("region", "served_month", "occurrence_id", name="pk_invitation"),
        sa.UniqueConstraint("short_code", name="uq_invitation_short_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "opinion",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("grade", types.Int(), nullable=True),
        sa.Column("text_sealed", types.Blob(), nullable=True),
        sa.Column("text_key_id", types.Id(), nullable=True),
        sa.Column("idempotency_key", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.CheckConstraint("grade BETWEEN 1 AND 5", name="ck_opinion_grade"),
        sa.PrimaryKeyConstraint("id", name="pk_opinion"),
        sa.UniqueConstraint("idempotency_key", name="uq_opinion_idempotency_key"),
        sqlite_strict=True,
    )
    op.create_index("ix_opinion_organization", "opinion", ["organization_id", "at"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("opinion")
    op.drop_table("invitation")
    op.drop_table("evaluation")
