"""Business has a row in each county that serves it: a service and its business lie together."""

import sqlalchemy as sa
from alembic import op

revision = "m0130"
down_revision = "m0115"
branch_labels = None
depends_on = None

_STRICT = {"sqlite_strict": True}
_PRIMARY, _OLD, _NEW = (
    "pk_service_case",
    "uq_service_case_case_no",
    "uq_service_case_case_no_region",
)
# One microsecond later: the county with the oldest row is the one where it was pushed first.
_FILL = sa.text(
    "INSERT INTO service_case (id, region, served_month, case_no, item_id, organization_id, status,"
    " person_id, agent_person_id, created_at, updated_at)"
    " SELECT DISTINCT c.id, o.region, c.served_month, c.case_no, c.item_id, c.organization_id,"
    " c.status, c.person_id, c.agent_person_id, c.created_at + 1, c.updated_at"
    " FROM occurrence o JOIN service_case c ON c.id = o.case_id WHERE o.region <> c.region"
)
_EMPTY = sa.text(
    "DELETE FROM service_case WHERE EXISTS (SELECT 1 FROM service_case f WHERE f.id ="
    " service_case.id AND (f.created_at < service_case.created_at OR (f.created_at ="
    " service_case.created_at AND f.region < service_case.region)))"
)


def upgrade() -> None:
    """Apply this migration."""
    with op.batch_alter_table("service_case", table_kwargs=_STRICT) as cases:
        cases.drop_constraint(_OLD, type_="unique")
        cases.drop_constraint(_PRIMARY, type_="primary")
        cases.create_primary_key(_PRIMARY, ["id", "region"])
        cases.create_unique_constraint(_NEW, ["case_no", "region"])
    op.execute(_FILL)


def downgrade() -> None:
    """Take this migration back: the row of the first county stays."""
    op.execute(_EMPTY)
    with op.batch_alter_table("service_case", table_kwargs=_STRICT) as cases:
        cases.drop_constraint(_NEW, type_="unique")
        cases.drop_constraint(_PRIMARY, type_="primary")
        cases.create_primary_key(_PRIMARY, ["id"])
        cases.create_unique_constraint(_OLD, ["case_no"])
