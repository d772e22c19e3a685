"""The full text knows which stretch of positions a text stands in."""

import sqlalchemy as sa
from alembic import op

revision = "m0135"
down_revision = "m0130"
branch_labels = None
depends_on = None

_STRETCH = "array_to_tsvector(ARRAY[chr(57344) || 'p' || (position / 40000)])"
_ADDED = (
    f"UPDATE review_search SET grams = grams || {_STRETCH}",
    f"UPDATE typical_search SET grams = grams || {_STRETCH}",
)
"""SQLite's full text yields the newest first and is never asked for a stretch."""


def upgrade() -> None:
    """Apply this migration."""
    if op.get_context().dialect.name == "postgresql":
        for statement in _ADDED:
            op.execute(sa.text(statement))


def downgrade() -> None:
    """Undo this migration: a term that nobody asks for may stay."""
