"""Honours of a closed month with their reasons."""

from __future__ import annotations

from datetime import date

from flask.testing import FlaskClient

from haochaping.grading import appraisal, periods
from haochaping.grading.appraisal import Appraisal, Awarded
from haochaping.hooks.grading import Award
from haochaping.hooks.values import Words
from haochaping.web.app import create_app
from tests.web.conftest import Site, text


def get(client: FlaskClient, address: str = "/honours") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return text(answer)


def test_the_last_closed_month_shows_the_window_stars_with_their_reasons(
    client: FlaskClient,
) -> None:
    page = get(client)
    assert "2026年10月，按结算时的数据评出" in page
    assert '<h2 id="group-1">窗口服务之星</h2>' in page
    assert "5 星" in page
    assert "有效评价数" in page
    assert "政务服务中心</span>" in page


def test_a_month_that_is_not_closed_says_when_it_will_be(client: FlaskClient) -> None:
    page = get(client, "/honours?period=2026-08")
    assert "还没有结算" in page
    assert '<option value="2026-08" selected>' in page


def test_the_running_month_is_not_offered(client: FlaskClient) -> None:
    assert '<option value="2026-11"' not in get(client)


def test_an_empty_site_says_when_honours_come(site: Site) -> None:
    assert "每月结束后自动结算" in get(site.client())


def test_only_honours_are_public_and_failures_are_admitted(site: Site) -> None:
    october = periods.parse("2026-10")
    words = Words("名", "name")
    points = Awarded("window", 3, "x", Award("penalty", Words("扣分"), words, points=-100))
    star = Awarded("window", 3, "x", Award("honour", Words("好窗口"), words))
    deployment = site.deployment
    with deployment.store.write() as conn:
        deployment.disclosing.closer.close(conn, october, date(2026, 11, 16), site.clock.now())
        appraisal.keep(conn, october, Appraisal((points, star), ("y: broken",)))
    page = get(create_app(deployment).test_client())
    assert "好窗口" in page
    assert "扣分" not in page
    assert "有一项评选没有得出结果" in page
    assert "broken" not in page


def test_a_month_without_honours_says_so(site: Site) -> None:
    october = periods.parse("2026-10")
    deployment = site.deployment
    with deployment.store.write() as conn:
        deployment.disclosing.closer.close(conn, october, date(2026, 11, 16), site.clock.now())
    assert "这个月没有评出" in get(site.client())
