"""Where ratings come from is shown, and what nobody gave stands apart."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from haochaping.evaluation.problems import InvalidEvaluation
from haochaping.evaluation.rules import ACCEPTED_PROVENANCES
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import evaluation
from haochaping.grading import figures, tallies
from haochaping.grading.tables import tally_entry
from haochaping.hooks.values import Period, Provenance
from tests.web.console_b.conftest import REGION, Desk, Role, text_of

MONTH = Period("2026-11", date(2026, 11, 1), date(2026, 11, 30))


def brought_in(desk: Desk, *provenances: str) -> None:
    """Ratings as they would have come in by these ways."""
    for name in provenances:
        desk.rate(5)
        with desk.deployment.store.write() as conn:
            newest = desk.site.ratings()[-1].id
            conn.execute(
                update(evaluation).where(evaluation.c.id == newest).values(provenance=name)
            )
            mine = tally_entry.c.grade == 5, tally_entry.c.provenance == "citizen"
            seq = max(row.seq for row in conn.execute(tally_entry.select().where(*mine)))
            conn.execute(
                update(tally_entry).where(tally_entry.c.seq == seq).values(provenance=name)
            )


def test_ratings_are_told_apart_by_who_brought_them_in(desk: Desk) -> None:
    brought_in(desk, "hotline_operator", "paper_clerk", "system_default", "backfill", "citizen")
    supervisor = desk.person(Role.SUPERVISOR, region=REGION)
    page = text_of(supervisor.get("/console/figures"))
    for said in ("评价来源", "本人提交 1", "话务员代录 1", "录入员代录 1", "二维码 4"):
        assert said in page
    assert "系统默认 1 不计入任何指标" in page
    assert "事后补录 1 不计入主动评价" in page


def test_what_nobody_gave_is_never_active(desk: Desk) -> None:
    brought_in(desk, "system_default", "backfill", "citizen")
    with desk.deployment.store.write() as conn:
        tallies.fold(conn)
        found = figures.total(conn, "organization", [1], MONTH)
    assert (found.rated, found.active) == (2, 1)


@pytest.mark.parametrize("provenance", [Provenance.SYSTEM_DEFAULT, "somebody"])
def test_no_door_takes_a_rating_that_nobody_gave(desk: Desk, provenance: str) -> None:
    draft = Draft(
        occurrence=desk.site.serve(),
        grade=3,
        idempotency_key="default-1",
        client="api:1",
        channel="web",
        provenance=provenance,
    )
    with pytest.raises(InvalidEvaluation):
        desk.deployment.intake.submit(draft)
    assert provenance not in ACCEPTED_PROVENANCES
