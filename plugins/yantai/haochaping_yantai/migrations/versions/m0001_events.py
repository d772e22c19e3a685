"""Create the tables of events, guests and opinions."""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "yantai_event",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("starts_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Text, nullable=False, server_default=""),
        sa.Column("outcome", sa.Text, nullable=False, server_default=""),
        sa.Column("closing", sa.Text, nullable=False, server_default=""),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("published_at", sa.BigInteger),
    )
    op.create_index("ix_yantai_event_starts_at", "yantai_event", ["starts_at"])
    op.create_table(
        "yantai_guest",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("name_sealed", sa.LargeBinary),
        sa.Column("mobile_sealed", sa.LargeBinary),
        sa.Column("enterprise_sealed", sa.LargeBinary),
        sa.Column("contact_index", sa.Text),
        sa.Column("invite_index", sa.Text),
        sa.Column("invited", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("came_at", sa.BigInteger),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "uq_yantai_guest_contact", "yantai_guest", ["event_id", "contact_index"], unique=True
    )
    op.create_index(
        "uq_yantai_guest_invite", "yantai_guest", ["event_id", "invite_index"], unique=True
    )
    op.create_table(
        "yantai_opinion",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("grade", sa.Integer),
        sa.Column("opinion_id", sa.BigInteger),
        sa.Column("case_public_id", sa.Text, nullable=False, server_default=""),
        sa.Column("answer", sa.Text, nullable=False, server_default=""),
        sa.Column("recorded_by", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_yantai_opinion_event_id", "yantai_opinion", ["event_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("yantai_opinion")
    op.drop_table("yantai_guest")
    op.drop_table("yantai_event")
