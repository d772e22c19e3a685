"""The analysis: exact and narrowed for supervisors, by the month and shielded for the unit."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect
from sqlalchemy import insert

from haochaping.analysis import counting
from haochaping.analysis.counting import Cell
from haochaping.analysis.tables import HOUR, PLACE, REASON
from haochaping.catalog import tables as catalog
from haochaping.journal import read_on
from haochaping.web import guard
from haochaping.worker import Worker
from tests.browser import audit, look, overflows, page_of, small_targets
from tests.serving import serving
from tests.web.console_b.conftest import FOREIGN_UNIT, REGION, UNIT, Desk, Role, text_of

HERE = "/console/analysis"
BUSY = range(9, 17)
ITEMS = {
    5: "社保登记",
    11: "医保参保登记",
    12: "食品经营许可新办（含个体工商户）",
    13: "不动产转移登记",
}
QUIET = ("2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09")
OCTOBER = "2026-10"


def write(desk: Desk, sums: dict[Cell, list[int]]) -> None:
    with desk.deployment.store.write() as conn:
        counting.add(conn, sums)


def show_units(desk: Desk) -> None:
    with desk.deployment.store.write() as conn:
        counting.show(conn, "2026-11")


@pytest.fixture
def planted(desk: Desk) -> Desk:
    """Half a year of quiet, then an item whose rate rose; November has begun."""
    sums: dict[Cell, list[int]] = {}
    for number, month in enumerate(QUIET):
        for item in ITEMS:
            sums[Cell(month, PLACE, UNIT, 2, item, "")] = [310, 1 + (item + number) % 2]
        sums[Cell(month, REASON, UNIT, 2, 5, "207")] = [0, 3 + number]
        sums[Cell(month, REASON, UNIT, 2, 11, "209")] = [0, 3]
    for item, bad in {5: 2, 11: 1, 12: 14, 13: 7}.items():
        sums[Cell(OCTOBER, PLACE, UNIT, 2, item, "")] = [310, bad]
        sums[Cell(OCTOBER, REASON, UNIT, 2, item, "207")] = [0, bad - bad // 4]
    sums[Cell(OCTOBER, REASON, UNIT, 2, 12, "108")] = [0, 5]
    for day in range(5):
        for hour in BUSY:
            bad = 6 if (day, hour) in ((0, 9), (1, 10)) else int(hour == 14)
            sums[Cell(OCTOBER, HOUR, UNIT, 2, 0, f"{day}{hour:02}")] = [31, bad]
    with desk.deployment.store.write() as conn:
        for number, name in ITEMS.items():
            if number != 5:
                row = {"id": number, "code": f"I-{number}", "name": name, "organization_id": UNIT}
                conn.execute(insert(catalog.item), row)
    write(desk, sums)
    return desk


def test_the_supervisor_reads_what_rose_and_why_in_words(planted: Desk) -> None:
    supervisor = planted.person(Role.SUPERVISOR, region=REGION)
    page = text_of(supervisor.get(f"{HERE}?period={OCTOBER}"))
    assert (
        "食品经营许可新办（含个体工商户） 事项 本期差评率 4.52%，此前 6 个月 0.48%；n = 310；"
        "多数选“没有提供材料样本”（11 次）" in page
    )
    assert "差评率 95% 区间 1.30–2.86% · n = 1,240" in page
    assert "上升 与2026年9月相比 0.40% · n = 1,240" in page
    assert "社保登记 2 310 0.65% 0.18–2.32% 0.32% n = 310 无实质变化" in page
    assert "食品经营许可新办（含个体工商户） 14 310 4.52%" in page
    assert "19.4% 6/31" in page
    assert "费希尔精确检验" in page


def test_a_supervisor_narrows_it_by_unit_hall_and_item_and_no_further_than_the_grant(
    planted: Desk,
) -> None:
    supervisor = planted.person(Role.SUPERVISOR, region=REGION)
    one = text_of(supervisor.get(f"{HERE}?period={OCTOBER}&item=12&hall=2&organization={UNIT}"))
    assert "4.52% 差评率" in one
    assert "时段不按事项分别统计" in one
    quarter = text_of(supervisor.get(f"{HERE}?period=2026-Q4"))
    assert "本期还没有结束" in quarter
    assert "与2026年第3季度相比" in quarter
    elsewhere = planted.person(Role.SUPERVISOR, organization_id=FOREIGN_UNIT)
    page = text_of(elsewhere.get(f"{HERE}?period={OCTOBER}&organization={UNIT}&hall=2&item=12"))
    assert "4.52%" not in page
    assert "食品经营许可" not in page


def test_the_unit_sees_months_that_are_over_without_small_numbers_or_filters(
    planted: Desk,
) -> None:
    leader = planted.person(Role.LEADER, organization_id=UNIT)
    assert "4.52%" not in text_of(leader.get(f"{HERE}?period={OCTOBER}"))
    show_units(planted)
    page = text_of(leader.get(f"{HERE}?period={OCTOBER}&item=12"))
    assert "单位口径" in page
    assert 'name="item"' not in leader.page(HERE)
    assert "2026年11月" not in page.partition("查看")[0]
    assert "第3季度" not in page
    assert "食品经营许可新办（含个体工商户） 14 310 4.52%" in page
    assert "社保登记 <5 310 —" in page
    assert "本期差评率 4.52%，明显高于此前 6 个月；n = 310" in page
    assert "0.48%；n" not in page
    manager = planted.person(Role.HALL_MANAGER, hall_id=2)
    assert "食品经营许可新办" in text_of(manager.get(f"{HERE}?period={OCTOBER}"))
    foreign = planted.person(Role.LEADER, organization_id=FOREIGN_UNIT)
    assert "食品经营许可新办" not in text_of(foreign.get(f"{HERE}?period={OCTOBER}"))


def test_the_workbook_holds_the_same_cells_as_the_page(planted: Desk) -> None:
    show_units(planted)
    exact = planted.person(Role.SUPERVISOR, region=REGION)
    book = load_workbook(io.BytesIO(exact.get(f"{HERE}.xlsx?period={OCTOBER}").data))
    assert book.sheetnames == [
        "合计", "差评原因", "单位", "大厅", "事项", "时段", "原因走势", "异常提示",
    ]  # fmt: skip
    rows = list(book["事项"].values)
    assert rows[1][:4] == (ITEMS[12], 14, 310, "4.52%")
    assert "4.52%" in str(list(book["异常提示"].values)[1][2])
    unit = planted.person(Role.LEADER, organization_id=UNIT)
    book = load_workbook(io.BytesIO(unit.get(f"{HERE}.xlsx?period={OCTOBER}").data))
    assert (ITEMS[5], "<5", 310, "—") in [row[:4] for row in book["事项"].values]


def test_what_is_rated_reaches_the_page_by_the_worker(desk: Desk) -> None:
    desk.rate(2)
    desk.rate(5)
    deployment = desk.deployment
    Worker(deployment).drain()
    assert read_on(deployment.store, deployment.clock, counting.reader(_rules(desk))) == 0
    page = text_of(desk.person(Role.SUPERVISOR, region=REGION).get(HERE))
    assert "50.00% 差评率" in page
    assert "没有异常上升" in page


def _rules(desk: Desk) -> counting.AnalysisRules:
    return counting.AnalysisRules.of(desk.deployment.profile)


@pytest.fixture
def address(planted: Desk) -> Iterator[str]:
    with serving(planted.site.app) as found:
        yield found


@pytest.mark.browser
def test_the_page_is_accessible_and_says_the_same_without_a_script(
    browser: Browser, planted: Desk, address: str
) -> None:
    who = planted.person(Role.SUPERVISOR, region=REGION)
    cookie = who.client.get_cookie(guard.SESSION_COOKIE)
    assert cookie is not None
    signed_in = [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": address}]
    where = f"{address}{HERE}?period={OCTOBER}"
    for width, height in ((1280, 900), (390, 844), (320, 640)):
        with page_of(browser, width, height, reduced_motion="reduce") as page:
            page.context.add_cookies(signed_in)
            page.goto(where)
            expect(page.locator("#trend-chart svg")).to_be_visible()
            expect(page.locator(".keys li")).to_have_count(3)
            heat = page.locator("#hours-chart")
            expect(heat.locator("svg")).to_contain_text("19.4")
            expect(heat.locator("svg")).to_contain_text("周一")
            expect(heat.get_by_text("周六")).to_be_visible()
            shades = heat.locator("path[fill^='rgb']")
            assert len({one.get_attribute("fill") for one in shades.all()}) >= 3
            expect(page.locator("#hours-table")).not_to_be_visible()
            assert audit(page) == []
            assert small_targets(page) == []
            assert not overflows(page)
            look(page, f"analysis-{width}")
    with page_of(browser, 1280, 900, java_script_enabled=False, color_scheme="dark") as page:
        page.context.add_cookies(signed_in)
        page.goto(where)
        expect(page.locator("#hours-table")).to_contain_text("19.4%")
        expect(page.locator("#trend-table")).to_contain_text("2026-10")
        look(page, "analysis-plain")
