"""Create the ledger, tallies and awards."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types
from haochaping.store.watermark import CurrentTransaction

revision = "m0007"
down_revision = "m0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "award",
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("plugin", types.Words(), nullable=False),
        sa.Column("no", types.Int(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("name", types.Json(), nullable=False),
        sa.Column("reason", types.Json(), nullable=False),
        sa.Column("points", types.Id(), nullable=False),
        sa.Column("level", types.Int(), nullable=False),
        sa.PrimaryKeyConstraint(
            "period", "subject_kind", "subject_id", "plugin", "no", name="pk_award"
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_award_subject_kind_subject_id", "award", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "period_closing",
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=False),
        sa.Column("profile_digest", types.Words(), nullable=False),
        sa.Column("appraised", types.Flag(), nullable=False),
        sa.Column("failures", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("period", name="pk_period_closing"),
        sqlite_strict=True,
    )
    op.create_table(
        "tally",
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("channel", types.Words(), nullable=False),
        sa.Column("provenance", types.Words(), nullable=False),
        sa.Column("round", types.Int(), nullable=False),
        sa.Column("g1", types.Id(), server_default="0", nullable=False),
        sa.Column("g2", types.Id(), server_default="0", nullable=False),
        sa.Column("g3", types.Id(), server_default="0", nullable=False),
        sa.Column("g4", types.Id(), server_default="0", nullable=False),
        sa.Column("g5", types.Id(), server_default="0", nullable=False),
        sa.Column("served", types.Id(), server_default="0", nullable=False),
        sa.Column("first_bad", types.Id(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint(
            "period",
            "subject_kind",
            "subject_id",
            "channel",
            "provenance",
            "round",
            name="pk_tally",
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "tally_cursor",
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("xid", types.Id(), nullable=False),
        sa.Column("seq", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tally_cursor"),
        sqlite_strict=True,
    )
    op.create_table(
        "tally_entry",
        sa.Column("seq", types.Id(), autoincrement=True, nullable=False),
        sa.Column("xid", types.Id(), server_default=CurrentTransaction(), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("window_id", types.Id(), nullable=True),
        sa.Column("staff_id", types.Id(), nullable=True),
        sa.Column("item_id", types.Id(), nullable=True),
        sa.Column("channel", types.Words(), nullable=False),
        sa.Column("provenance", types.Words(), nullable=False),
        sa.Column("round", types.Int(), nullable=False),
        sa.Column("grade", types.Int(), nullable=False),
        sa.Column("sign", types.Int(), nullable=False),
        sa.Column("first_bad", types.Int(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_tally_entry"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_tally_entry_xid_seq", "tally_entry", ["xid", "seq"], unique=False)
    op.create_table(
        "frozen_figure",
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("g1", types.Id(), server_default="0", nullable=False),
        sa.Column("g2", types.Id(), server_default="0", nullable=False),
        sa.Column("g3", types.Id(), server_default="0", nullable=False),
        sa.Column("g4", types.Id(), server_default="0", nullable=False),
        sa.Column("g5", types.Id(), server_default="0", nullable=False),
        sa.Column("served", types.Id(), server_default="0", nullable=False),
        sa.Column("first_bad", types.Id(), server_default="0", nullable=False),
        sa.Column("active", types.Id(), server_default="0", nullable=False),
        sa.Column("cases", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["period"],
            ["period_closing.period"],
        ),
        sa.PrimaryKeyConstraint("period", "subject_kind", "subject_id", name="pk_frozen_figure"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("frozen_figure")
    op.drop_table("tally_entry")
    op.drop_table("tally_cursor")
    op.drop_table("tally")
    op.drop_table("period_closing")
    op.drop_table("award")
