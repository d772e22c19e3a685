"""Keep the months of the roll-up in one narrow row a subject, for boards."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0080"
down_revision = "m0071"
branch_labels = None
depends_on = None

_HOLD = "UPDATE tally_cursor SET seq = seq WHERE name = 'tally'"
"""A process that still folds waits until the months and their cursor are written."""

_CURSOR = """
INSERT INTO tally_cursor (name, xid, seq)
SELECT 'tally_month', xid, seq FROM tally_cursor WHERE name = 'tally'
"""

_FILL = """
INSERT INTO tally_month
  (period, subject_kind, subject_id, g1, g2, g3, g4, g5, served, first_bad, active)
SELECT period, subject_kind, subject_id,
  sum(g1), sum(g2), sum(g3), sum(g4), sum(g5), sum(served), sum(first_bad),
  sum(CASE WHEN provenance IN ('citizen', 'hotline_operator', 'paper_clerk')
    THEN g1 + g2 + g3 + g4 + g5 ELSE 0 END)
FROM tally
WHERE length(period) = 7 AND round = 1 AND provenance <> 'system_default'
GROUP BY period, subject_kind, subject_id
"""


def upgrade() -> None:
    """Apply this migration."""
    counts = ("g1", "g2", "g3", "g4", "g5", "served", "first_bad", "active")
    op.create_table(
        "tally_month",
        sa.Column("period", types.Words(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        *(sa.Column(each, types.Id(), server_default="0", nullable=False) for each in counts),
        sa.PrimaryKeyConstraint("period", "subject_kind", "subject_id", name="pk_tally_month"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(_HOLD)
    op.execute(_FILL)
    op.execute(_CURSOR)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("tally_month")
    op.execute("DELETE FROM tally_cursor WHERE name = 'tally_month'")
