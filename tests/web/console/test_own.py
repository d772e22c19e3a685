"""One's own account: roles, sessions, password, second factor, staying signed in."""

from __future__ import annotations

from datetime import timedelta

from tests.web.console.conftest import PASSWORD, Office, text_of

from haochaping.access.roles import Role

HERE = "/console/account"


def test_roles_are_shown_with_where_they_hold(office: Office) -> None:
    said = text_of(office.supervisor().get(HERE))
    assert "李监督" in said
    assert "监督人员 西湖区" in said


def test_a_role_in_a_hall_or_as_a_staff_member_says_so(office: Office) -> None:
    roles = ((Role.HALL_MANAGER, {"hall_id": 2}), (Role.STAFF_MEMBER, {"staff_id": 4}))
    said = text_of(office.browser(office.account(*roles)).get(HERE))
    assert "大厅管理员 区政务服务中心" in said
    assert "窗口工作人员 A0017" in said


def test_another_session_can_be_ended_and_not_somebody_elses(office: Office) -> None:
    account_id = office.account((Role.SUPERVISOR, {}))
    here, there, stranger = (
        office.browser(account_id),
        office.browser(account_id),
        office.supervisor(),
    )
    page = here.page(HERE)
    number = page.partition("/console/account/sessions/")[2].partition("/")[0]
    path = f"{HERE}/sessions/{number}/end"
    stranger.page(HERE)
    stranger.client.post(path, data={"csrf_token": token(stranger.page(HERE))})
    assert there.get("/console").status_code == 200
    assert here.send(path).status_code == 303
    assert there.get("/console").status_code == 303


def test_all_other_sessions_can_be_ended_at_once(office: Office) -> None:
    account_id = office.account((Role.SUPERVISOR, {}))
    here, there = office.browser(account_id), office.browser(account_id)
    here.send(f"{HERE}/sessions/end-others", HERE)
    assert there.get("/console").status_code == 303
    assert here.get("/console").status_code == 200


def test_staying_keeps_the_session_and_says_how_long(office: Office) -> None:
    browser = office.supervisor()
    page = browser.page("/console")
    office.site.clock.advance(timedelta(minutes=29))
    answer = browser.client.post(f"{HERE}/stay", headers={"X-CSRFToken": token(page)})
    assert answer.json == {"seconds": 30 * 60}
    office.site.clock.advance(timedelta(minutes=29))
    assert browser.get("/console").status_code == 200


def test_the_page_says_how_long_the_session_lasts(office: Office) -> None:
    assert 'data-seconds="1800"' in office.supervisor().page("/console")


def test_near_its_absolute_end_the_session_says_so(office: Office) -> None:
    browser = office.supervisor()
    for _ in range(28):
        office.site.clock.advance(timedelta(minutes=25))
        browser.page("/console")
    assert 'data-seconds="1200"' in browser.page("/console")


def test_a_changed_password_ends_the_other_sessions(office: Office) -> None:
    account_id = office.account((Role.SUPERVISOR, {}))
    here, there = office.browser(account_id), office.browser(account_id)
    new = "Another-Horse-8"
    page = f"{HERE}/password"
    assert here.send(page, page, old=PASSWORD, new=new, again=new).status_code == 303
    assert here.get("/console").status_code == 200
    assert there.get("/console").status_code == 303


def test_a_second_factor_can_be_set_up_by_whoever_wants_one(office: Office) -> None:
    page = office.supervisor().page(f"{HERE}/second-factor")
    assert "设置两步验证" in page
    assert "需要两步验证" not in page


def token(page: str) -> str:
    return (
        page.partition('name="csrf_token" value="')[2].partition('"')[0]
        or (page.partition('data-token="')[2].partition('"')[0])
    )
