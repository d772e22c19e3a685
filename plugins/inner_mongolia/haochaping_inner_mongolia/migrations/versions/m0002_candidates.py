"""Add candidates, what ended entries give back, and how persons were told."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None


def _columns() -> list[sa.Column[Any]]:
    """Make the new columns of an entry."""
    return [
        sa.Column("told_state", sa.Text, nullable=False, server_default=""),
        sa.Column("told_by", sa.Text, nullable=False, server_default=""),
        sa.Column("told_at", sa.BigInteger),
        sa.Column("restored_at", sa.BigInteger),
    ]


def upgrade() -> None:
    """Apply this migration; whoever is in the registry already is not told again."""
    for column in _columns():
        op.add_column("inner_mongolia_entry", column)
    op.execute("UPDATE inner_mongolia_entry SET told_state = state, restored_at = closed_at")
    op.add_column(
        "inner_mongolia_listed",
        sa.Column("since_at", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "inner_mongolia_restored",
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("served_month", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("evaluation_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.BigInteger, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("done_at", sa.BigInteger),
    )
    op.create_table(
        "inner_mongolia_candidate",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("person_index", sa.Text, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("case_no", sa.Text, nullable=False),
        sa.Column("occurrence_no", sa.Integer, nullable=False),
        sa.Column("newest_at", sa.BigInteger, nullable=False),
        sa.Column("bad", sa.Integer, nullable=False),
        sa.Column("units", sa.Integer, nullable=False),
        sa.Column("malicious", sa.Integer, nullable=False),
        sa.Column("flags", sa.Text, nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_by", sa.BigInteger),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
    )
    op.create_index(
        "uq_inner_mongolia_candidate_open",
        "inner_mongolia_candidate",
        ["person_index"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("inner_mongolia_candidate")
    op.drop_table("inner_mongolia_restored")
    op.drop_column("inner_mongolia_listed", "since_at")
    for column in _columns():
        op.drop_column("inner_mongolia_entry", column.name)
