"""Frozen and published periods, measures by people, objections, evidence of awards."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0036"
down_revision = "m0035"
branch_labels = None
depends_on = None

_STRICT = {"sqlite_strict": True}


def upgrade() -> None:
    """Apply this migration."""
    op.add_column("award", sa.Column("evidence", types.Json(), nullable=False, server_default="[]"))
    op.create_table(
        "appraisal_period",
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("frozen_at", types.Moment(), nullable=False),
        sa.Column("frozen_by", types.Id()),
        sa.Column("objections_until", types.Moment(), nullable=False),
        sa.Column("published_at", types.Moment()),
        sa.Column("published_by", types.Id()),
        sa.PrimaryKeyConstraint("period", name="pk_appraisal_period"),
        sa.ForeignKeyConstraint(
            ["period"], ["period_closing.period"], name="fk_appraisal_period_period_period_closing"
        ),
        **_STRICT,
    )
    op.create_table(
        "appraisal_measure",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        *_about(),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("evidence", types.Json(), nullable=False),
        sa.Column("points", types.Id(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("withdrawn_by", types.Id()),
        sa.Column("withdrawn_at", types.Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_appraisal_measure"),
        _of_period("appraisal_measure"),
        **_STRICT,
    )
    op.create_index(
        "ix_appraisal_measure_subject",
        "appraisal_measure",
        ["period", "subject_kind", "subject_id"],
    )
    op.create_table(
        "appraisal_objection",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        *_about(),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("matter", types.Words(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("evidence", types.Json(), nullable=False),
        sa.Column("raised_by", types.Id(), nullable=False),
        sa.Column("raised_at", types.Moment(), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("decision", types.Words(), nullable=False, server_default=""),
        sa.Column("points", types.Id(), nullable=False, server_default="0"),
        sa.Column("decided_by", types.Id()),
        sa.Column("decided_at", types.Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_appraisal_objection"),
        sa.UniqueConstraint(
            "period",
            "subject_kind",
            "subject_id",
            "matter",
            name="uq_appraisal_objection_period_subject_kind_subject_id_matter",
        ),
        _of_period("appraisal_objection"),
        **_STRICT,
    )
    op.create_index("ix_appraisal_objection_state", "appraisal_objection", ["state", "due_at"])


def downgrade() -> None:
    """Take it back."""
    for name in ("appraisal_objection", "appraisal_measure", "appraisal_period"):
        op.drop_table(name)
    op.drop_column("award", "evidence")


def _about() -> list[sa.Column[object]]:
    return [
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
    ]


def _of_period(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["period"], ["appraisal_period.period"], name=f"fk_{table}_period_appraisal_period"
    )
