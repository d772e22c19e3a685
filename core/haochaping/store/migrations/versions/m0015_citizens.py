"""Create what raters are invited, proved and heard by; keep the version of the privacy notice."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0015"
down_revision = "m0014"
branch_labels = None
depends_on = None

_TABLES = ("pressure_report", "phone_proof", "reminder", "follow_up")


def _key() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), autoincrement=False, nullable=False),
    )


def _invitations() -> None:
    op.create_table(
        "follow_up",
        *_key(),
        sa.Column("first_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("occurrence_id", types.Id(), nullable=False),
        sa.Column("issued_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("via", types.Words(), nullable=False),
        sa.PrimaryKeyConstraint("region", "served_month", "first_id", name="pk_follow_up"),
        sqlite_strict=True,
    )
    op.create_table(
        "reminder",
        *_key(),
        sa.Column("occurrence_id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("via", types.Words(), nullable=False),
        sa.PrimaryKeyConstraint("region", "served_month", "occurrence_id", name="pk_reminder"),
        sqlite_strict=True,
    )


def _proofs() -> None:
    op.create_table(
        "phone_proof",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("scope", types.Words(), nullable=False),
        sa.Column("mobile_mac", types.Words(), nullable=False),
        sa.Column("known", types.Flag(), nullable=False),
        sa.Column("issued_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("attempts", types.Int(), nullable=False),
        sa.Column("proved_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_phone_proof"),
        sqlite_strict=True,
    )
    op.create_index("ix_phone_proof_mobile", "phone_proof", ["mobile_mac", "issued_at"])


def _pressure() -> None:
    op.create_table(
        "pressure_report",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("first_id", types.Id(), nullable=False),
        sa.Column("occurrence_id", types.Id(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("window_id", types.Id(), nullable=True),
        sa.Column("staff_id", types.Id(), nullable=True),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("decided_by", types.Id(), nullable=True),
        sa.Column("decision", types.Words(), nullable=False, server_default=""),
        sa.CheckConstraint(
            "state IN ('open', 'confirmed', 'unfounded')", name="ck_pressure_report_state"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pressure_report"),
        sa.UniqueConstraint(
            "region",
            "served_month",
            "first_id",
            name="uq_pressure_report_region_served_month_first_id",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_pressure_report_state", "pressure_report", ["state", "at"])


def upgrade() -> None:
    """Apply this migration."""
    op.add_column(
        "evaluation",
        sa.Column("notice", types.Words(), nullable=False, server_default=""),
    )
    op.create_index("ix_invitation_issued_at", "invitation", ["issued_at"])
    _invitations()
    _proofs()
    _pressure()


def downgrade() -> None:
    """Take this migration back."""
    for table in _TABLES:
        op.drop_table(table)
    op.drop_index("ix_invitation_issued_at", table_name="invitation")
    op.drop_column("evaluation", "notice")
