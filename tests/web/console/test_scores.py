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


WHAT_IF = "/console/scores/what-if"


def test_other_weights_are_tried_without_storing_anything(office: Office) -> None:
    close(office)
    supervisor = office.supervisor()
    page = supervisor.page(f"{WHAT_IF}?period=2026-11")
    assert "不保存任何内容" in page
    fields = {"w-core.speed": "50", "w-core.attitude": "0"}
    answer = supervisor.send(WHAT_IF, **fields)
    said = text_of(answer)
    assert answer.status_code == 200
    assert "没有保存任何内容" in said
    assert "区人力社保局" in said
    assert "原为 25%，本次折成 47.619%" in said
    assert "原为 25%，本次" not in supervisor.page(f"{WHAT_IF}?period=2026-11")


def test_what_is_no_weight_is_named_and_kept(office: Office) -> None:
    close(office)
    supervisor = office.supervisor()
    supervisor.page(f"{WHAT_IF}?period=2026-11")
    answer = supervisor.send(WHAT_IF, **{"w-core.speed": "很多"})
    assert answer.status_code == 422
    said = answer.get_data(as_text=True)
    assert "“很多”不是权重" in said
    assert 'href="#w-core.speed"' in said
    assert 'value="很多"' in said
    fields = ("materials", "trips", "speed", "clarity", "attitude")
    answer = supervisor.send(WHAT_IF, **{f"w-core.{name}": "0" for name in fields})
    assert "不能全是 0" in answer.get_data(as_text=True)


def test_a_trial_needs_the_forms_token_and_ends_at_the_grants_border(office: Office) -> None:
    close(office)
    supervisor = office.supervisor()
    refused = supervisor.client.post(WHAT_IF, data={"period": "2026-11", "w-core.speed": "50"})
    assert refused.status_code == 400
    outside = office.supervisor(ELSEWHERE)
    outside.page(f"{WHAT_IF}?period=2026-11")
    assert "区人力社保局" not in text_of(outside.send(WHAT_IF, **{"w-core.speed": "50"}))


def test_a_month_without_scores_has_nothing_to_try(office: Office) -> None:
    supervisor = office.supervisor()
    assert "这个月没有得分" in supervisor.page(f"{WHAT_IF}?period=2026-10")
    assert "no scores" in supervisor.page(f"{WHAT_IF}?period=2026-10&lang=en").lower()
