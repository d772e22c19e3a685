"""Follow-up visits in several kinds, with attempts, answers by link, and daily draws."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0020"
down_revision = "m0019"
branch_labels = None
depends_on = None

_OLD = "uq_case_visit_case_id_round_by"
_NEW = "uq_case_visit_case_id_round_by_kind"
_CODE = "uq_case_visit_code"
_STRICT = {"sqlite_strict": True}


def upgrade() -> None:
    """Apply this migration."""
    with op.batch_alter_table("case_visit", table_kwargs=_STRICT) as visits:
        visits.add_column(sa.Column("kind", types.Words(), nullable=False, server_default="rule"))
        visits.add_column(sa.Column("attempts", types.Int(), nullable=False, server_default="0"))
        visits.add_column(sa.Column("place", types.Words()))
        visits.add_column(sa.Column("meet_at", types.Moment()))
        visits.add_column(sa.Column("code", types.Words()))
        visits.add_column(sa.Column("outcome", types.Words()))
        visits.drop_constraint(_OLD, type_="unique")
        visits.create_unique_constraint(_NEW, ["case_id", "round", "by", "kind"])
        visits.create_unique_constraint(_CODE, ["code"])
    op.execute(
        "UPDATE case_visit SET outcome ="
        " CASE WHEN satisfied = 1 THEN 'satisfied' ELSE 'unsatisfied' END WHERE state = 'done'"
    )
    op.create_table(
        "visit_sample",
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("seed", types.Words(), nullable=False),
        sa.Column("share", types.Words(), nullable=False),
        sa.Column("population", types.Json(), nullable=False),
        sa.Column("drawn", types.Json(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_visit_sample"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("visit_sample")
    op.execute("DELETE FROM case_visit WHERE kind <> 'rule'")
    with op.batch_alter_table("case_visit", table_kwargs=_STRICT) as visits:
        visits.drop_constraint(_CODE, type_="unique")
        visits.drop_constraint(_NEW, type_="unique")
        visits.create_unique_constraint(_OLD, ["case_id", "round", "by"])
        for column in ("outcome", "code", "meet_at", "place", "attempts", "kind"):
            visits.drop_column(column)
