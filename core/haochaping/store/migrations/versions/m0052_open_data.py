"""Open data: the files of each month, kept in pieces."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0052"
down_revision = "m0041"
branch_labels = None
depends_on = None

_STRICT = {"sqlite_strict": True}


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "open_data_release",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("version", types.Int(), nullable=False),
        sa.Column("digest", types.Words(), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_open_data_release"),
        sa.UniqueConstraint("period", "version", name="uq_open_data_release_period_version"),
        **_STRICT,
    )
    op.create_table(
        "open_data_file",
        sa.Column("release_id", types.Id(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("media", types.Words(), nullable=False),
        sa.Column("bytes", types.Id(), nullable=False),
        sa.Column("rows", types.Id()),
        sa.Column("digest", types.Words(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "name", name="pk_open_data_file"),
        **_STRICT,
    )
    op.create_table(
        "open_data_piece",
        sa.Column("release_id", types.Id(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("no", types.Int(), nullable=False),
        sa.Column("content", types.Blob(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "name", "no", name="pk_open_data_piece"),
        **_STRICT,
    )


def downgrade() -> None:
    """Take it back."""
    for name in ("open_data_piece", "open_data_file", "open_data_release"):
        op.drop_table(name)
