"""Create the tables of visits, findings, standings and talks."""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "sichuan_visit",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("mark", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("period", "organization_id", "reference"),
    )
    op.create_table(
        "sichuan_finding",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("case_id", "kind", "subject_kind"),
    )
    op.create_table(
        "sichuan_standing",
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("points", sa.BigInteger, nullable=False),
        sa.Column("bottom", sa.Integer, nullable=False),
    )
    op.create_table(
        "sichuan_talk",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason_zh", sa.Text, nullable=False),
        sa.Column("reason_en", sa.Text, nullable=False),
        sa.Column("notified_at", sa.BigInteger, nullable=False),
        sa.Column("acknowledged_by", sa.BigInteger),
        sa.Column("acknowledged_at", sa.BigInteger),
        sa.Column("answer", sa.Text, nullable=False, server_default=""),
        sa.Column("held_by", sa.BigInteger),
        sa.Column("held_at", sa.BigInteger),
        sa.Column("record", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("period", "organization_id"),
    )


def downgrade() -> None:
    """Take it back."""
    for name in ("talk", "standing", "finding", "visit"):
        op.drop_table(f"sichuan_{name}")
