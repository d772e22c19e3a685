"""Several back offices in one finding, and what they count."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0101"
down_revision = "m0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "case_finding_unit",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("finding_id", types.Id(), nullable=False),
        sa.Column("no", types.Int(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("share", types.Int()),
        sa.PrimaryKeyConstraint("finding_id", "no", name="pk_case_finding_unit"),
        sqlite_strict=True,
    )
    op.create_table(
        "attribution_other",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("first_id", types.Id(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region",
            "served_month",
            "first_id",
            "organization_id",
            name="pk_attribution_other",
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("attribution_other")
    op.drop_table("case_finding_unit")
