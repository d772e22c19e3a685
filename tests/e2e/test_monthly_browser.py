"""Guangdong's monthly publication in a real Chromium: what the province prints, for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import insert

from haochaping.access.persons import Person
from haochaping.appraisal.stages import Day
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.grading import months, periods, rollup
from haochaping.grading.rollup import Change, Facts
from haochaping.hooks.values import Identity
from haochaping.testing import towns as testing
from haochaping.testing.towns import OTHER, UNIT, Place
from haochaping.web.app import create_app
from tests.browser import SIZES, audit, look, overflows, page_of, small_targets
from tests.serving import serving

pytestmark = pytest.mark.browser
RATER = Person("natural", "张某", "111", "990000199001010017", "13800001234")
HERE = "/x/guangdong/monthly"
ITEMS = {
    31: "企业登记",
    32: "不动产转移登记（二手房买卖，含抵押注销）",
    33: "社会保障卡申领",
}
CITIES = {"440100": "广州市", "440300": "深圳市", "440600": "佛山市"}
RATED: dict[tuple[str, str, int], dict[int, int]] = {
    ("440103", "window_device", 31): {5: 812_345, 4: 1_204, 3: 980, 2: 21, 1: 64},
    ("440103", "qr", 32): {5: 120_433, 4: 310, 3: 188, 2: 9, 1: 31},
    ("440304", "mobile", 33): {5: 455_120, 4: 400, 3: 512, 2: 8, 1: 12},
    ("440605", "web", 31): {5: 64_010, 4: 77, 3: 41, 2: 3, 1: 7},
}
"""Ratings by grade of a county, channel and item."""


class County(testing.Town):
    """A county of Guangzhou."""

    place: ClassVar[Place] = Place("440103", "荔湾区", {UNIT: "区政务中心", OTHER: "区市监局"})


@pytest.fixture
def address(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[str]:
    """Two months, of which the first is published: bulk figures and six real tickets."""
    town = testing.settle(County, tmp_path / "home", sqlite_url, clock, "extends: guangdong\n")
    for _ in range(6):
        town.rate(town.serve(RATER), 1, identity=Identity.VERIFIED, options=("108",))
    town.work()
    found, month = town.deployment, periods.of_month(clock.now().date())
    with found.store.write() as conn:
        for code, name in CITIES.items():
            city = {"code": code, "name": name, "level": "city", "path": f"/{code}/"}
            conn.execute(insert(catalog.region).values(**city, county=""))
        for number, name in ITEMS.items():
            item = {"id": number, "code": f"GD-{number}", "name": name, "organization_id": UNIT}
            conn.execute(insert(catalog.item).values(**item))
        for (region, channel, item), grades in RATED.items():
            place = (region, UNIT, None, None, None, item, channel, "citizen", 1)
            for grade, count in {**grades, 0: 2 * sum(grades.values())}.items():
                facts = Facts(month.first, *place, grade)
                if grade == 0:
                    facts = facts._replace(channel="", provenance="")
                sums = {key: [0] * 7 for key in rollup.keys_of(facts)}
                for counts in sums.values():
                    rollup.count(counts, grade, Change(count, count if grade in (1, 2) else 0))
                months.add(conn, sums)
    clock.advance(timedelta(days=40))
    shown, now = found.disclosing, clock.now()
    with found.store.write() as conn:
        shown.freezer.freeze(conn, month, Day(now - timedelta(days=30), now.date()))
    shown.appraiser.appraise(found.store, month)
    with found.store.write() as conn:
        shown.freezer.publish(conn, month, 9, now)
    with serving(create_app(found)) as address:
        yield address
    found.close()


def test_the_monthly_publication_is_read_at_every_size_and_without_a_script(
    browser: Browser, address: str
) -> None:
    with page_of(browser, 1280, 900) as page:
        page.goto(f"{address}{HERE}")
        expect(page.get_by_label("月份")).to_have_value("2026-11")
        main = page.locator("main")
        rates = page.get_by_role("region", name="主要指标").locator("tbody tr").first
        widths = [cell.bounding_box() for cell in rates.locator("th, td").all()]
        assert len({box["y"] for box in widths if box}) == 1, "the columns lie beside each other"
        for said in (
            "1,455,781",
            "平均得分",
            "截断，不进位",
            "深圳市",
            "不动产转移登记",
            "移动端",
            "差评理由",
        ):
            expect(main).to_contain_text(said)
        for width, height in ((320, 640), *SIZES):
            page.set_viewport_size({"width": width, "height": height})
            assert audit(page) == [], width
            assert not overflows(page), width
            assert small_targets(page, 24) == [], width
        look(page, "guangdong-monthly")
        page.set_viewport_size({"width": 320, "height": 640})
        look(page, "guangdong-monthly-320")
        answer = page.request.get(f"{address}{HERE}.json?period=2026-11")
        assert answer.json()["rated"] == 1_455_781
        assert sum(one["rated"] for one in answer.json()["channels"]) == 1_455_781
    with page_of(browser, 390, 844, java_script_enabled=False, color_scheme="dark") as page:
        page.goto(f"{address}{HERE}?period=2026-11&lang=en")
        expect(page.locator("main")).to_contain_text("1,455,781")
        assert page.goto(f"{address}{HERE}?period=2026-10").status == 404
