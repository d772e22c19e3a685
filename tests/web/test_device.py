"""The window screen: its key, what it shows, what it takes in, what it gives away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from haochaping.access import devices
from tests.web.conftest import Site, text


@pytest.fixture
def screen(site: Site) -> FlaskClient:
    """A browser in which the device's key was entered."""
    client = site.client()
    answer = client.post(f"/device/{site.device_id}/key", data={"key": site.device_key})
    assert answer.status_code == 303
    return client


def woken(site: Site, screen: FlaskClient) -> dict[str, Any]:
    site.serve()
    found: dict[str, Any] = screen.get(f"/device/{site.device_id}/next").json
    return found


def token(site: Site, screen: FlaskClient) -> str:
    page = text(screen.get(f"/device/{site.device_id}"))
    return page.partition('data-token="')[2].partition('"')[0]


def send(site: Site, screen: FlaskClient, service: dict[str, Any], **said: Any) -> Any:
    body = {"code": service["code"], "key": service["key"], **said}
    headers = {"X-Form-Token": token(site, screen), "Accept": "application/json"}
    return screen.post(f"/device/{site.device_id}/rate", json=body, headers=headers)


def test_without_a_key_the_screen_asks_for_it(site: Site) -> None:
    page = site.client().get(f"/device/{site.device_id}")
    assert "设备密钥" in text(page)
    assert "data-grade" not in text(page)


def test_a_wrong_key_is_refused_at_its_field(site: Site) -> None:
    answer = site.client().post(f"/device/{site.device_id}/key", data={"key": "hcpd_no"})
    assert answer.status_code == 401
    assert '<a href="#key">' in text(answer)


def test_keys_cannot_be_tried_out_for_long(site: Site) -> None:
    client = site.client()
    tries = [
        client.post(f"/device/{site.device_id}/key", data={"key": "x"}).status_code
        for _ in range(12)
    ]
    assert tries[-1] == 429


def test_the_key_is_kept_where_scripts_cannot_read_it(site: Site) -> None:
    answer = site.client().post(f"/device/{site.device_id}/key", data={"key": site.device_key})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/device/" in cookie


def test_the_screen_shows_its_window_and_the_five_keys(site: Site, screen: FlaskClient) -> None:
    page = text(screen.get(f"/device/{site.device_id}"))
    assert "8号窗口" in page
    assert page.count("data-grade=") == 5
    assert 'data-idle="30"' in page
    assert 'data-warning="20"' in page
    assert site.device_key not in page


def test_the_screen_may_talk_to_the_line_and_to_nobody_else(
    site: Site, screen: FlaskClient
) -> None:
    policy = screen.get(f"/device/{site.device_id}").headers["Content-Security-Policy"]
    assert "connect-src 'self' http://localhost:8001;" in policy
    assert "script-src 'self';" in policy


def test_one_device_cannot_open_the_screen_of_another(site: Site, screen: FlaskClient) -> None:
    assert "设备密钥" in text(screen.get(f"/device/{site.device_id + 1}"))
    assert screen.get(f"/device/{site.device_id + 1}/next").status_code == 401


def test_nothing_is_shown_while_nobody_was_served(site: Site, screen: FlaskClient) -> None:
    assert screen.get(f"/device/{site.device_id}/next").status_code == 204


def test_a_service_shows_item_serial_number_and_staff_number(
    site: Site, screen: FlaskClient
) -> None:
    shown = {field["label"]: field["value"] for field in woken(site, screen)["fields"]}
    assert shown == {"办理事项": "社保登记", "流水号": "33010620261116-0000", "工号": "A0017"}


def test_a_service_of_longer_ago_wakes_nobody(site: Site, screen: FlaskClient) -> None:
    site.serve(minutes_ago=11)
    assert screen.get(f"/device/{site.device_id}/next").status_code == 204


def test_a_program_may_show_its_key_in_a_header(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.device_key}"}
    answer = site.client().get(f"/device/{site.device_id}/next", headers=headers)
    assert answer.status_code == 204


def test_a_good_grade_is_stored_as_given_at_the_window(site: Site, screen: FlaskClient) -> None:
    service = woken(site, screen)
    assert send(site, screen, service, grade=5, waited_ms=2000).status_code == 201
    [rating] = site.ratings()
    assert (rating.grade, rating.channel, rating.identity) == (5, "window_device", "presumed")
    assert rating.submitted_at == rating.received_at - timedelta(seconds=2)


@pytest.mark.parametrize("waited", [None, -1, "2", 1e14, True])
def test_a_wait_that_cannot_be_leaves_the_moment_of_arrival_alone(
    site: Site, screen: FlaskClient, waited: Any
) -> None:
    send(site, screen, woken(site, screen), grade=5, waited_ms=waited)
    [rating] = site.ratings()
    assert rating.submitted_at is None
    assert rating.received_at == site.clock.now()


def test_the_clock_of_a_device_is_not_asked(site: Site, screen: FlaskClient) -> None:
    service = woken(site, screen)
    send(site, screen, service, grade=5, submitted_at="2025-11-16T02:00:03+00:00", clock=1.0)
    [rating] = site.ratings()
    assert (rating.submitted_at, rating.early) == (None, False)


def test_a_bad_grade_is_stored_with_its_reasons(site: Site, screen: FlaskClient) -> None:
    send(site, screen, woken(site, screen), grade=1, options=["108"], text="态度差")
    [rating] = site.ratings()
    assert (rating.grade, rating.options) == (1, ["108"])


def test_the_answer_is_the_same_length_whatever_the_grade(site: Site, screen: FlaskClient) -> None:
    answers = []
    for grade in (5, 4, 3, 2, 1):
        service = woken(site, screen)
        answers.append(send(site, screen, service, grade=grade, options=[], text="话"))
    assert len({(one.status_code, len(one.data), tuple(one.json)) for one in answers}) == 1


def test_sending_again_under_the_same_key_gives_the_same_receipt(
    site: Site, screen: FlaskClient
) -> None:
    service = woken(site, screen)
    first, second = (send(site, screen, service, grade=4).json for _ in range(2))
    assert first == second
    assert len(site.ratings()) == 1


def test_a_rated_service_is_not_shown_again(site: Site, screen: FlaskClient) -> None:
    send(site, screen, woken(site, screen), grade=5)
    assert screen.get(f"/device/{site.device_id}/next").status_code == 204


def test_a_rating_without_the_pages_token_is_refused(site: Site, screen: FlaskClient) -> None:
    service = woken(site, screen)
    body = {"code": service["code"], "key": service["key"], "grade": 5}
    answer = screen.post(f"/device/{site.device_id}/rate", json=body)
    assert answer.status_code == 400
    assert site.ratings() == []


@pytest.mark.parametrize("body", [[], "5", {"grade": 5}, {"code": 1, "key": 2, "grade": 5}])
def test_a_body_that_is_no_rating_is_refused(site: Site, screen: FlaskClient, body: Any) -> None:
    headers = {"X-Form-Token": token(site, screen)}
    answer = screen.post(f"/device/{site.device_id}/rate", json=body, headers=headers)
    assert answer.status_code == 400


def test_an_unreadable_device_time_does_not_stop_a_rating(site: Site, screen: FlaskClient) -> None:
    service = woken(site, screen)
    assert send(site, screen, service, grade=5, submitted_at="noon").status_code == 201
    assert site.ratings()[0].submitted_at is None


def test_a_device_that_asks_is_noted_as_seen_once_a_minute(site: Site, screen: FlaskClient) -> None:
    def seen() -> Any:
        with site.deployment.store.read() as conn:
            found = devices.load(conn, site.device_id)
        return found and found.seen_at

    first = site.clock.now()
    screen.get(f"/device/{site.device_id}/next")
    site.clock.advance(timedelta(seconds=30))
    screen.get(f"/device/{site.device_id}/next")
    assert seen() == first
    site.clock.advance(timedelta(seconds=40))
    screen.get(f"/device/{site.device_id}/next")
    assert seen() == site.clock.now()


def test_a_revoked_device_is_asked_for_its_key(site: Site, screen: FlaskClient) -> None:
    with site.deployment.store.write() as conn:
        emit = site.deployment.journal.emit
        devices.revoke(conn, emit, site.device_id, site.clock.now())
    assert "设备密钥" in text(screen.get(f"/device/{site.device_id}"))
    assert screen.get(f"/device/{site.device_id}/next").status_code == 401


def test_another_language_on_the_screen_knows_the_way_home(site: Site, screen: FlaskClient) -> None:
    assert 'data-home=""' in text(screen.get(f"/device/{site.device_id}"))
    english = text(screen.get(f"/device/{site.device_id}?lang=en"))
    assert f'data-home="/device/{site.device_id}?lang=zh_Hans_CN"' in english
    assert "Window 8" in english


def test_the_privacy_notice_is_one_tap_away_and_leads_back(site: Site, screen: FlaskClient) -> None:
    page = text(screen.get(f"/device/{site.device_id}"))
    assert 'id="privacy-open"' in page
    assert "处理者：本级政务服务管理部门" in page
    assert page.count('role="img" aria-label="隐私说明全文的二维码"') == 1
    here = f"/device/{site.device_id}/plain"
    assert f'href="{here}?privacy=1"' in text(screen.get(here))
    shown = text(screen.get(f"{here}?privacy=1"))
    assert "处理者：本级政务服务管理部门" in shown
    assert f'content="30;url={here}' in shown
    assert f'href="{here}">返回' in shown
