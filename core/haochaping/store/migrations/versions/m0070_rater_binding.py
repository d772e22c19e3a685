"""Raters who agreed to be told in WeChat."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0070"
down_revision = "m0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "rater_binding",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("first_id", types.Id(), nullable=False),
        sa.Column("person_id", types.Id()),
        sa.Column("gateway", types.Words(), nullable=False),
        sa.Column("sealed", types.Blob(), nullable=False),
        sa.Column("key_id", types.Id(), nullable=False),
        sa.Column("consent", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rater_binding"),
        sa.UniqueConstraint(
            "region",
            "served_month",
            "first_id",
            name="uq_rater_binding_region_served_month_first_id",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_rater_binding_person_id", "rater_binding", ["person_id"])
    op.create_index("ix_rater_binding_at", "rater_binding", ["at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("rater_binding")
