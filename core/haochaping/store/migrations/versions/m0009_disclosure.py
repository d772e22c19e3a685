"""Create the publication."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0009"
down_revision = "m0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "published_figure",
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("g1", types.Id(), server_default="0", nullable=False),
        sa.Column("g2", types.Id(), server_default="0", nullable=False),
        sa.Column("g3", types.Id(), server_default="0", nullable=False),
        sa.Column("g4", types.Id(), server_default="0", nullable=False),
        sa.Column("g5", types.Id(), server_default="0", nullable=False),
        sa.Column("served", types.Id(), server_default="0", nullable=False),
        sa.Column("first_bad", types.Id(), server_default="0", nullable=False),
        sa.Column("active", types.Id(), server_default="0", nullable=False),
        sa.Column("as_of", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject_kind", "period", "subject_id", name="pk_published_figure"),
        sqlite_strict=True,
    )
    op.create_table(
        "review_batch",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("size", types.Int(), nullable=False),
        sa.Column("published_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_batch"),
        sqlite_strict=True,
    )
    op.create_table(
        "waiting_figure",
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("arrived_on", types.Day(), nullable=False),
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("g1", types.Id(), server_default="0", nullable=False),
        sa.Column("g2", types.Id(), server_default="0", nullable=False),
        sa.Column("g3", types.Id(), server_default="0", nullable=False),
        sa.Column("g4", types.Id(), server_default="0", nullable=False),
        sa.Column("g5", types.Id(), server_default="0", nullable=False),
        sa.Column("served", types.Id(), server_default="0", nullable=False),
        sa.Column("first_bad", types.Id(), server_default="0", nullable=False),
        sa.Column("active", types.Id(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint(
            "subject_kind", "subject_id", "arrived_on", "period", name="pk_waiting_figure"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "review",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("evaluation_id", types.Id(), nullable=False),
        sa.Column("occurrence_id", types.Id(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("item_id", types.Id(), nullable=True),
        sa.Column("grade", types.Int(), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("masks", types.Json(), nullable=True),
        sa.Column("failure", types.Words(), server_default="", nullable=False),
        sa.Column("text", types.Words(), nullable=True),
        sa.Column("decided_by", types.Id(), nullable=True),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("reason", types.Words(), server_default="", nullable=False),
        sa.Column("batch_id", types.Id(), nullable=True),
        sa.Column("place", types.Int(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["review_batch.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sa.UniqueConstraint(
            "region",
            "served_month",
            "evaluation_id",
            name="uq_review_region_served_month_evaluation_id",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_review_batch_id_place", "review", ["batch_id", "place"], unique=False)
    op.create_index("ix_review_state_region", "review", ["state", "region"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("review")
    op.drop_table("waiting_figure")
    op.drop_table("review_batch")
    op.drop_table("published_figure")
