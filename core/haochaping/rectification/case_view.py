"""Where a case lies, and the rater's words as staff may read them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from haochaping.access import redaction
from haochaping.access.principals import Scope
from haochaping.catalog.tables import organization, region
from haochaping.rectification.context import Context
from haochaping.rectification.origins import EVALUATION
from haochaping.rectification.records import Case


def scope_of(conn: Connection, case: Case) -> Scope:
    """Return where a case lies, for asking whether somebody's grants reach it."""
    unit = select(organization.c.path).where(organization.c.id == case.organization_id)
    place = select(region.c.path).where(region.c.code == case.region)
    return Scope(
        region_path=conn.execute(place).scalar() or "",
        organization_path=conn.execute(unit).scalar() or "",
        hall_id=case.hall_id,
        staff_id=case.staff_id,
    )


def rater_words(context: Context, conn: Connection, case: Case) -> str:
    """Return what the rater wrote with the rating as staff read it, empty without words."""
    return redaction.shielded(words_as_written(context, conn, case))


def words_as_written(context: Context, conn: Connection, case: Case) -> str:
    """Return what the rater wrote, for who may see the rater; empty without words."""
    if case.origin_kind != EVALUATION or case.evaluation_id is None:
        return ""
    return context.vault.words_of(conn, case.region, case.served_month, case.evaluation_id)
