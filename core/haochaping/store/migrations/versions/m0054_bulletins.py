"""Bulletins: versions, history, files."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0054"
down_revision = "m0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "bulletin",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("edition", types.Words(), nullable=False),
        sa.Column("version", types.Int(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("content", types.Json(), nullable=False),
        sa.Column("digest", types.Words(), nullable=False),
        sa.Column("number", types.Words(), server_default="", nullable=False),
        sa.Column("remarks", types.Words(), server_default="", nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("approved_at", types.Moment(), nullable=True),
        sa.Column("issued_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_bulletin"),
        sa.UniqueConstraint(
            "period", "edition", "version", name="uq_bulletin_period_edition_version"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_bulletin_state_edition", "bulletin", ["state", "edition"])
    op.create_table(
        "bulletin_move",
        sa.Column("bulletin_id", types.Id(), nullable=False),
        sa.Column("no", types.Int(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("move", types.Words(), nullable=False),
        sa.Column("note", types.Words(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("bulletin_id", "no", name="pk_bulletin_move"),
        sqlite_strict=True,
    )
    op.create_table(
        "bulletin_file",
        sa.Column("bulletin_id", types.Id(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("media", types.Words(), nullable=False),
        sa.Column("digest", types.Words(), nullable=False),
        sa.Column("content", types.Blob(), nullable=False),
        sa.PrimaryKeyConstraint("bulletin_id", "name", name="pk_bulletin_file"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("bulletin_file")
    op.drop_table("bulletin_move")
    op.drop_index("ix_bulletin_state_edition", table_name="bulletin")
    op.drop_table("bulletin")
