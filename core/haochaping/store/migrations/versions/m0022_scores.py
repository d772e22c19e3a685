"""Facts that feed indicators, scores of closed periods, the rules they were reckoned by."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0022"
down_revision = "m0021"
branch_labels = None
depends_on = None

_STRICT = {"sqlite_strict": True}


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "grading_fact",
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("over", types.Id(), nullable=False),
        sa.Column("under", types.Id(), nullable=False),
        sa.Column("source", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint(
            "period", "subject_kind", "subject_id", "name", name="pk_grading_fact"
        ),
        **_STRICT,
    )
    op.create_table(
        "score_basis",
        sa.Column("digest", types.Words(), nullable=False),
        sa.Column("data", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_score_basis"),
        **_STRICT,
    )
    op.create_table(
        "score",
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("basis", types.Words(), nullable=False),
        sa.Column("profile_digest", types.Words(), nullable=False),
        sa.Column("code_version", types.Words(), nullable=False),
        sa.Column("places", types.Int(), nullable=False),
        sa.Column("total", types.Id()),
        sa.Column("core", types.Id()),
        sa.Column("inputs", types.Json(), nullable=False),
        sa.Column("detail", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("period", "subject_kind", "subject_id", name="pk_score"),
        sa.ForeignKeyConstraint(
            ["period"], ["period_closing.period"], name="fk_score_period_period_closing"
        ),
        sa.ForeignKeyConstraint(
            ["basis"], ["score_basis.digest"], name="fk_score_basis_score_basis"
        ),
        **_STRICT,
    )


def downgrade() -> None:
    """Take it back."""
    for name in ("score", "score_basis", "grading_fact"):
        op.drop_table(name)
