"""Scores in the console: within one's grants, none without the way it came about."""

from __future__ import annotations

from tests.web.console.conftest import ELSEWHERE, Office, text_of

from haochaping.grading import periods

HERE = "/console/scores"


def close(office: Office) -> None:
    """Rate a service, let the month end, close and score it."""
    office.case()
    office.pass_days(20)
    month = periods.parse("2026-11")
    shown = office.deployment.disclosing
    with office.deployment.store.write() as conn:
        at = office.deployment.clock.now()
        shown.closer.close(conn, month, at.date(), at)
        shown.scorer.score(conn, month)


def test_a_month_that_is_not_closed_says_so(office: Office) -> None:
    assert "还没有封账" in office.supervisor().page(f"{HERE}?period=2026-11")


def test_a_closed_month_lists_units_and_explains_each(office: Office) -> None:
    close(office)
    supervisor = office.supervisor()
    page = supervisor.page(f"{HERE}?period=2026-11")
    assert "区人力社保局" in page
    address = page.split('href="/console/score?')[1].split('"')[0].replace("&amp;", "&")
    said = text_of(supervisor.get(f"/console/score?{address}"))
    assert "怎样重现" in said
    assert "haochaping replay 2026-11" in said
    assert "办理速度" in said


def test_scores_end_at_the_grants_border(office: Office) -> None:
    close(office)
    inside = office.supervisor().page(f"{HERE}?period=2026-11")
    address = inside.split('href="/console/score?')[1].split('"')[0].replace("&amp;", "&")
    outside = office.supervisor(ELSEWHERE)
    assert "区人力社保局" not in outside.page(f"{HERE}?period=2026-11")
    assert outside.get(f"/console/score?{address}").status_code == 404


def test_what_is_not_there_is_not_found(office: Office) -> None:
    supervisor = office.supervisor()
    for query in ("", "?id=0", "?kind=staff&id=5"):
        assert supervisor.get(f"/console/score{query}").status_code == 404


def test_the_page_is_worded_in_english(office: Office) -> None:
    assert "not closed yet" in office.supervisor().page(f"{HERE}?period=2026-11&lang=en")
