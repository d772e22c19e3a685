"""Find a chain by its occurrence first: on PostgreSQL, which chooses badly among two indexes.

The primary key begins with region and month like the old constraint did. While a table has
no statistics yet, PostgreSQL held it for as good and read all ratings of the month.
"""

from alembic import op

revision = "m0012"
down_revision = "m0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_constraint("uq_evaluation_chain", "evaluation", type_="unique")
    op.create_index(
        "uq_evaluation_chain",
        "evaluation",
        ["occurrence_id", "round", "supersedes_id", "region", "served_month"],
        unique=True,
    )


def downgrade() -> None:
    """Undo this migration."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_index("uq_evaluation_chain", "evaluation")
    op.create_unique_constraint(
        "uq_evaluation_chain",
        "evaluation",
        ["region", "served_month", "occurrence_id", "round", "supersedes_id"],
    )
