"""Create paper batches and inspections; say of opinions how they came."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0018"
down_revision = "m0017"
branch_labels = None
depends_on = None

_OF_OPINIONS = (("channel", "comprehensive"), ("provenance", "citizen"))


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "paper_batch",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region_path", types.Words(), nullable=False),
        sa.Column("organization_path", types.Words(), nullable=False),
        sa.Column("sheets", types.Int(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("first_by", types.Id(), nullable=False),
        sa.Column("second_by", types.Id(), nullable=True),
        sa.Column("settled_by", types.Id(), nullable=True),
        sa.Column("key_id", types.Id(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("done_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('first', 'second', 'differs', 'done')", name="ck_paper_batch_state"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_paper_batch"),
        sqlite_strict=True,
    )
    op.create_index("ix_paper_batch_state", "paper_batch", ["state", "created_at"])
    op.create_table(
        "paper_sheet",
        sa.Column("batch_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("no", types.Int(), autoincrement=False, nullable=False),
        sa.Column("first_sealed", types.Blob(), nullable=False),
        sa.Column("second_sealed", types.Blob(), nullable=True),
        sa.Column("outcome", types.Words(), nullable=False),
        sa.Column("grade", types.Int(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["paper_batch.id"], name=op.f("fk_paper_sheet_batch_id_paper_batch")
        ),
        sa.PrimaryKeyConstraint("batch_id", "no", name="pk_paper_sheet"),
        sqlite_strict=True,
    )
    op.create_table(
        "paper_scan",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("batch_id", types.Id(), nullable=False),
        sa.Column("media", types.Words(), nullable=False),
        sa.Column("sealed", types.Blob(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["paper_batch.id"], name=op.f("fk_paper_scan_batch_id_paper_batch")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_paper_scan"),
        sqlite_strict=True,
    )
    op.create_index("ix_paper_scan_batch_id", "paper_scan", ["batch_id"])
    op.create_table(
        "inspection_campaign",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("region_path", types.Words(), nullable=False),
        sa.Column("first_day", types.Day(), nullable=False),
        sa.Column("last_day", types.Day(), nullable=False),
        sa.Column("wanted", types.Int(), nullable=False),
        sa.Column("frame", types.Int(), nullable=False),
        sa.Column("frame_digest", types.Words(), nullable=False),
        sa.Column("seed", types.Words(), nullable=False),
        sa.Column("created_by", types.Id(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('survey', 'visit', 'third_party')", name="ck_inspection_campaign_kind"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_campaign"),
        sqlite_strict=True,
    )
    op.create_table(
        "inspection_sample",
        sa.Column("campaign_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("no", types.Int(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("occurrence_id", types.Id(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("outcome", types.Words(), nullable=False),
        sa.Column("grade", types.Int(), nullable=True),
        sa.Column("text_sealed", types.Blob(), nullable=True),
        sa.Column("text_key_id", types.Id(), nullable=True),
        sa.Column("inspector_id", types.Id(), nullable=True),
        sa.Column("at", types.Moment(), nullable=True),
        sa.Column("day", types.Day(), nullable=True),
        sa.CheckConstraint("grade BETWEEN 1 AND 5", name="ck_inspection_sample_grade"),
        sa.CheckConstraint(
            "outcome IN ('open', 'graded', 'unreachable')", name="ck_inspection_sample_outcome"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["inspection_campaign.id"],
            name=op.f("fk_inspection_sample_campaign_id_inspection_campaign"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "no", name="pk_inspection_sample"),
        sa.UniqueConstraint(
            "campaign_id",
            "region",
            "served_month",
            "occurrence_id",
            name="uq_inspection_sample_service",
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_inspection_sample_organization_id", "inspection_sample", ["organization_id", "day"]
    )
    for name, value in _OF_OPINIONS:
        op.add_column(
            "opinion", sa.Column(name, types.Words(), nullable=False, server_default=value)
        )
    op.add_column("opinion", sa.Column("entered_by", types.Id(), nullable=True))


def downgrade() -> None:
    """Take this migration back."""
    for name in ("entered_by", "provenance", "channel"):
        op.drop_column("opinion", name)
    for table in (
        "inspection_sample",
        "inspection_campaign",
        "paper_scan",
        "paper_sheet",
        "paper_batch",
    ):
        op.drop_table(table)
