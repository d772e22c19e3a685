"""The next platform's reader gets a cursor of its own, where the one of both stands."""

import sqlalchemy as sa
from alembic import op

revision = "m0115"
down_revision = "m0110"
branch_labels = None
depends_on = None

_COPY = sa.text(
    "INSERT INTO journal_cursor (name, xid, seq, at)"
    " SELECT 'uplink.upper', xid, seq, at FROM journal_cursor WHERE name = 'uplink'"
    " AND EXISTS (SELECT 1 FROM uplink_item WHERE target = 'upper')"
)


def upgrade() -> None:
    """Apply this migration: without anything sent, the journal is read from its beginning."""
    op.execute(_COPY)


def downgrade() -> None:
    """Undo this migration: what both readers had is sent again as far as needed."""
    op.execute(sa.text("DELETE FROM journal_cursor WHERE name = 'uplink.upper'"))
