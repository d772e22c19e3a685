"""Index the moments that supervisors' figures are counted by."""

from alembic import op

revision = "m0011"
down_revision = "m0010"
branch_labels = None
depends_on = None

_MOMENTS = (
    ("rectification_case", "first_replied_at"),
    ("case_visit", "done_at"),
    ("case_appeal", "decided_at"),
)


def upgrade() -> None:
    """Apply this migration."""
    for table, column in _MOMENTS:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    """Take this migration back."""
    for table, column in reversed(_MOMENTS):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
