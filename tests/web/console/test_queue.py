"""The handler's queue: bands, words, paging, and whose cases are in it."""

from __future__ import annotations

import re

import pytest
from tests.web.console.conftest import ELSEWHERE, FOREIGN_UNIT, STAFF, UNIT, Office, text_of

from haochaping.access.roles import Role
from haochaping.rectification import queue

HERE = "/console/cases"


def numbers_in(page: str) -> list[str]:
    return re.findall(r'class="title" href="/console/cases/([^"]+)"', page)


def test_a_handler_starts_at_the_queue(office: Office) -> None:
    answer = office.handler().get("/console")
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)


def test_a_case_shows_item_number_band_and_time_left(office: Office) -> None:
    case = office.case()
    said = text_of(office.handler().get(HERE))
    assert "正常 社保登记 待受理" in said
    assert case.public_id in said
    assert "剩 5 个工作日" in said
    assert "最晚 2026年11月23日 答复" in said


def test_why_it_is_due_that_day_is_explained_line_by_line(office: Office) -> None:
    office.case()
    why = office.handler().page(HERE).partition('<details class="why">')[2].partition("</details>")
    lines = re.findall(r"<time>([\d-]+)</time> <span>([^<]+)</span>", why[0])
    assert lines[0][0] == "2026-11-16"
    assert [day for day, _ in lines if day in ("2026-11-21", "2026-11-22")]
    assert "星期六" in dict(lines)["2026-11-21"] or "周六" in dict(lines)["2026-11-21"]


@pytest.mark.parametrize(
    ("days", "word"), [(0, "正常"), (3, "≤2 工作日"), (7, "今日到期"), (8, "逾期")]
)
def test_every_band_is_colour_and_word(office: Office, days: int, word: str) -> None:
    office.case()
    office.pass_days(days)
    page = office.handler().page(HERE)
    assert re.search(rf'<span class="tag [a-z]+">{word}</span>', page)


def test_bands_count_and_narrow_the_list(office: Office) -> None:
    late = office.case()
    office.pass_days(8)
    fresh = office.case()
    handler = office.handler()
    page = handler.page(HERE)
    assert numbers_in(page) == [late.public_id, fresh.public_id]
    assert re.search(r'figures">1</span> <span>逾期', page)
    assert numbers_in(handler.page(f"{HERE}?band=overdue")) == [late.public_id]
    assert numbers_in(handler.page(f"{HERE}?band=normal")) == [fresh.public_id]


def test_a_band_that_does_not_exist_narrows_nothing(office: Office) -> None:
    case = office.case()
    assert numbers_in(office.handler().page(f"{HERE}?band=x")) == [case.public_id]


def test_replied_cases_wait_in_a_list_of_their_own(office: Office) -> None:
    case = office.answered()
    office.pass_days(10)
    handler = office.handler()
    assert numbers_in(handler.page(HERE)) == []
    page = handler.page(f"{HERE}?view=replied")
    assert numbers_in(page) == [case.public_id]
    assert "逾期" not in page


def test_long_lists_are_paged_without_a_gap(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    cases = {office.case().public_id for _ in range(5)}
    handler, seen, path = office.handler(), [], HERE
    while path:
        page = handler.page(path)
        seen += numbers_in(page)
        path = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert len(seen) == 5
    assert set(seen) == cases


def test_a_made_up_page_is_refused_in_words(office: Office) -> None:
    answer = office.handler().get(f"{HERE}?cursor=nonsense")
    assert answer.status_code == 400
    assert "HCP-CASE-CURSOR" in text_of(answer)


def test_a_number_leads_to_its_case(office: Office) -> None:
    answer = office.handler().get(f"{HERE}?number=7k2m-9qx4 tz")
    assert answer.headers["Location"] == f"{HERE}/7K2M9QX4TZ"


def test_the_unit_sees_nothing_before_the_case_has_reached_it(office: Office) -> None:
    case = office.bad_review()
    assert case.visible_at > office.site.clock.now()
    for role in (Role.HANDLER, Role.LEADER, Role.UNIT_LIAISON):
        person = office.someone(role, organization_id=UNIT)
        assert case.public_id not in person.page(HERE)
    assert numbers_in(office.supervisor().page(HERE)) == [case.public_id]


def test_who_supervises_elsewhere_waits_for_the_release_here(office: Office) -> None:
    case = office.bad_review()
    roles = ((Role.SUPERVISOR, {"region": ELSEWHERE}), (Role.HANDLER, {"organization_id": UNIT}))
    browser = office.browser(office.account(*roles))
    assert numbers_in(browser.page(HERE)) == []
    assert browser.get(f"{HERE}/{case.public_id}").status_code == 404
    office.site.clock.set(case.visible_at)
    assert numbers_in(browser.page(HERE)) == [case.public_id]


def test_another_units_handler_and_another_countys_supervisor_see_none_of_it(
    office: Office,
) -> None:
    office.case()
    assert numbers_in(office.handler(FOREIGN_UNIT).page(HERE)) == []
    assert numbers_in(office.supervisor(ELSEWHERE).page(HERE)) == []


def test_nobody_sees_their_own_matter(office: Office) -> None:
    office.case()
    roles = ((Role.HANDLER, {"organization_id": UNIT}), (Role.STAFF_MEMBER, {"staff_id": STAFF}))
    assert numbers_in(office.browser(office.account(*roles)).page(HERE)) == []


def test_a_supervisor_reads_where_late_cases_are_stuck(office: Office) -> None:
    office.case()
    office.pass_days(8)
    said = text_of(office.supervisor().get(f"{HERE}?band=overdue"))
    assert "单位还没有受理" in said
    assert "区人力社保局" in said


def test_a_supervisor_narrows_the_list_to_one_unit(office: Office) -> None:
    office.case()
    supervisor = office.supervisor()
    said = text_of(supervisor.get(f"{HERE}?unit={UNIT}"))
    assert "只看： 区人力社保局" in said
    assert numbers_in(supervisor.page(f"{HERE}?unit={FOREIGN_UNIT}")) == []


def test_the_list_works_in_english(office: Office) -> None:
    office.case()
    said = text_of(office.handler().get(f"{HERE}?lang=en"))
    assert "5 workdays" in said
    assert "Why this day" in said
    assert "Registration" in said
