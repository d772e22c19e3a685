"""Honours of a closed month with their reasons."""

from __future__ import annotations

from datetime import date, timedelta

from flask.testing import FlaskClient

from haochaping.appraisal.stages import Day
from haochaping.grading import appraisal, entries, periods
from haochaping.grading.appraisal import Appraisal, Awarded
from haochaping.hooks.grading import Award
from haochaping.hooks.values import Words
from haochaping.web.app import create_app
from tests.grading.ledger import rating
from tests.web.conftest import Site, text


def get(client: FlaskClient, address: str = "/honours") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return text(answer)


def published(site: Site, found: Appraisal) -> None:
    """Publish an October that led to something."""
    october, now = periods.parse("2026-10"), site.clock.now()
    with site.deployment.store.write() as conn:
        entries.record(conn, [rating(5, window_id=3, day=date(2026, 10, 5))])
        shown = site.deployment.disclosing
        shown.freezer.freeze(conn, october, Day(now - timedelta(days=14), date(2026, 11, 2)))
        appraisal.keep(conn, october, found)
        shown.freezer.publish(conn, october, 1, now)


def test_the_last_closed_month_shows_the_window_stars_with_their_reasons(
    client: FlaskClient,
) -> None:
    page = get(client)
    assert "2026年10月，按冻结时的数据评出" in page
    assert '<h2 id="group-1">窗口服务之星</h2>' in page
    assert "5 星" in page
    assert "有效评价数" in page
    assert "政务服务中心</span>" in page


def test_a_month_that_is_not_closed_says_when_it_will_be(client: FlaskClient) -> None:
    page = get(client, "/honours?period=2026-08")
    assert "还没有冻结" in page
    assert '<option value="2026-08" selected>' in page


def test_the_running_month_is_not_offered(client: FlaskClient) -> None:
    assert '<option value="2026-11"' not in get(client)


def test_an_empty_site_says_when_honours_come(site: Site) -> None:
    assert "结束后自动冻结" in get(site.client())


def test_only_honours_are_public_and_failures_are_admitted(site: Site) -> None:
    words = Words("名", "name")
    points = Awarded("window", 3, "x", Award("penalty", Words("扣分"), words, points=-100))
    star = Awarded("window", 3, "x", Award("honour", Words("好窗口"), words))
    deployment = site.deployment
    published(site, Appraisal((points, star), ("y: broken",)))
    page = get(create_app(deployment).test_client())
    assert "好窗口" in page
    assert "扣分" not in page
    assert "有一项评选没有得出结果" in page
    assert "broken" not in page


def test_a_month_without_honours_says_so(site: Site) -> None:
    published(site, Appraisal((), ()))
    assert "这个时期没有评出" in get(site.client())
