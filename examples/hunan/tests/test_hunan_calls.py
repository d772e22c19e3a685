"""Terms in calendar days, and calls about services that nobody rated."""

from __future__ import annotations

from datetime import timedelta

from haochaping_hunan.calls import list_calls, waiting
from haochaping_hunan.plugin import Hunan

from haochaping.testing.builders import case
from haochaping.testing.contract import assert_hook_contract
from haochaping.testing.towns import UNIT, Town


def test_replies_are_due_by_calendar_days(site: Town) -> None:
    hooks = site.deployment.hooks
    for complexity, days in (("simple", 7), ("complex", 15)):
        plan = hooks.decide("rectification_plan", case=case(complexity=complexity)).combined
        reply = plan.steps[1]
        assert (reply.duration.count, reply.duration.unit) == (days, "calendar_day")
        assert reply.holiday_end == "stays"


def test_a_bad_review_is_due_seven_days_later_weekends_included(town: Town) -> None:
    town.rate(grade=1)
    town.work()
    with town.deployment.store.read() as conn:
        days = conn.exec_driver_sql("SELECT due_day FROM rectification_case").scalars().all()
    assert [str(day)[:10] for day in days] == ["2026-11-23"]


def test_who_did_not_rate_within_three_days_is_called_about_once(town: Town) -> None:
    plugin = town.plugin_called("hunan")
    silent, rated = town.serve(), town.serve()
    town.rate(rated)
    town.work(days=2)
    assert waiting(plugin.services, [UNIT]) == []
    town.work(days=2)
    assert [one.id for one in waiting(plugin.services, [UNIT])] == [silent.id]
    for _ in range(2):
        list_calls(plugin, town.clock.now())
    assert len(waiting(plugin.services, [UNIT])) == 1


def test_somebody_calls_and_notes_what_it_brought(site: Town) -> None:
    silent = site.serve()
    site.clock.advance(timedelta(days=4))
    plugin = site.plugin_called("hunan")
    list_calls(plugin, site.clock.now())
    browser = site.client(site.account())
    page = browser.get("/console/x/hunan/calls").get_data(as_text=True)
    assert f"C{silent.id}" in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "call": str(silent.id), "result": "satisfied"}
    answer = browser.post("/console/x/hunan/calls", data=form, follow_redirects=True)
    assert "已记下。" in answer.get_data(as_text=True)
    assert waiting(plugin.services, [UNIT]) == []


def test_every_hook_keeps_the_contract() -> None:
    assert_hook_contract(Hunan)
