"""Other weights tried in a real Chromium: by hand, without a script, at every size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, insert, select
from tests.browser import fit, look, page_of
from tests.grading.ledger import rating, served
from tests.serving import serving
from tests.web.conftest import REGION
from tests.web.console.conftest import Office

from haochaping.catalog import tables as catalog
from haochaping.grading import basis, entries, periods, scoring
from haochaping.grading.tables import score
from haochaping.profile import load
from haochaping.web import guard

pytestmark = pytest.mark.browser
HERE = "/console/scores/what-if"
MONTH, DAY = periods.parse("2026-10"), date(2026, 10, 14)
TREE = {
    "good": {
        "name": "群众满意",
        "weight": "0.7",
        "children": {
            "satisfied": {"name": "评价满意", "measure": "satisfaction", "weight": "0.5"},
            "excellent": {"name": "非常满意", "measure": "strict_satisfaction", "weight": "0.5"},
        },
    },
    "active": {"name": "主动评价", "fed_by": "cases", "measure": "active_rate", "weight": "0.3"},
}
HALLS = {
    21: ("市民中心政务服务大厅", 1900, 100, 40000),
    22: ("不动产登记专厅", 1500, 500, 2600),
    23: ("社区便民服务站", 9, 1, 20),
}
"""Name, ratings of 5 and of 2, services received, by the id of the hall."""


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    deployment = office.deployment
    rules = basis.Basis.of({**load("base").data, "indicators": {"tree": TREE}})
    rows = []
    with deployment.store.write() as conn:
        for number, (name, good, bad, services) in HALLS.items():
            hall = {"id": number, "code": f"H{number}", "name": name, "organization_id": 1}
            conn.execute(insert(catalog.hall).values(**hall, region=REGION, place=REGION))
            rows.append(rating(5, sign=good, day=DAY, hall_id=number))
            rows.append(rating(2, sign=bad, first_bad=bad, day=DAY, hall_id=number))
            rows.append(served(services, day=DAY, hall_id=number))
        entries.record(conn, rows)
        at = deployment.clock.now()
        deployment.disclosing.closer.close(conn, MONTH, at.date(), at)
        scoring.Scorer(rules, "abc").score(conn, MONTH)
    with serving(office.site.app) as found:
        yield found


def sign_in(page: Page, office: Office, address: str) -> None:
    cookie = office.supervisor().client.get_cookie(guard.SESSION_COOKIE)
    assert cookie is not None
    page.context.add_cookies(
        [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": address}]
    )


def test_an_official_tries_other_weights_and_reads_what_would_change(
    browser: Browser, office: Office, address: str
) -> None:
    def stored() -> list[object]:
        with office.deployment.store.read() as conn:
            rows = conn.execute(select(score.c.subject_id, score.c.total).order_by(score.c.total))
            return [*rows.all(), conn.execute(select(func.count()).select_from(score)).scalar()]

    before = stored()
    with page_of(browser, 1280, 900) as page:
        sign_in(page, office, address)
        page.goto(f"{address}/console/scores?kind=hall&period=2026-10")
        page.get_by_role("link", name="换一套权重试算").click()
        expect(page.get_by_label("主动评价")).to_have_value("30")
        fit(page)
        page.get_by_label("群众满意").fill("一半")
        page.get_by_role("button", name="试算").click()
        expect(page.get_by_role("alert")).to_contain_text("“一半”不是权重")
        fit(page)
        page.get_by_label("群众满意").fill("90")
        page.get_by_label("主动评价").fill("150")
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_role("button", name="试算").click()
        expect(page.get_by_role("alert")).to_contain_text("“150”不是权重")
        page.get_by_label("主动评价").fill("15")
        page.get_by_role("button", name="试算").click()
        expect(page.locator("#result")).to_be_focused()
        rows = page.locator("#beside tbody tr")
        expect(rows).to_have_count(3)
        first = rows.filter(has_text="市民中心")
        expect(first).to_contain_text("2 → 1")
        expect(page.locator("main")).to_contain_text("3 个得分不同，2 个换了档")
        expect(page.locator("main")).to_contain_text("本次折成 85.7143%")
        expect(page.locator("main")).to_contain_text("没有保存任何内容")
        fit(page)
        look(page, "what-if")
        page.set_viewport_size({"width": 320, "height": 640})
        fit(page)
        look(page, "what-if-320")
        page.get_by_role("link", name="恢复原权重").click()
        expect(page.get_by_label("主动评价")).to_have_value("30")
    with page_of(browser, 1280, 900, java_script_enabled=False) as page:
        sign_in(page, office, address)
        page.goto(f"{address}{HERE}?kind=hall&period=2026-10&lang=en")
        page.get_by_label("主动评价").fill("0")
        page.get_by_role("button", name="Try", exact=True).click()
        expect(page.locator("#beside tbody tr")).to_have_count(3)
        expect(page.locator("main")).to_contain_text("Nothing was stored.")
    assert stored() == before
