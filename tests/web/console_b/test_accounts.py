"""Accounts, devices and keys: who may change what, within which subtree, never one's own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from haochaping.access import accounts, api_keys, devices, grants, passwords
from haochaping.access.accounts import NewAccount
from tests.web.console_b.conftest import (
    ELSEWHERE,
    FOREIGN_UNIT,
    REGION,
    STAFF,
    UNIT,
    Desk,
    Role,
    fields_of,
    text_of,
)

HERE = "/console/accounts"


@pytest.fixture
def administrator(desk: Desk) -> Any:
    return desk.person(Role.ADMINISTRATOR)


@pytest.fixture
def officer(desk: Desk) -> Any:
    return desk.person(Role.SECURITY_OFFICER)


def roles_of(desk: Desk, account_id: int) -> set[str]:
    with desk.deployment.store.read() as conn:
        return {str(each.grant.role) for each in grants.held(conn, account_id)}


def account_of(desk: Desk, account_id: int) -> Any:
    with desk.deployment.store.read() as conn:
        return accounts.load(conn, account_id)


def forged(browser: Any, address: str, **fields: str) -> Any:
    """Post to an address whose form the page does not offer."""
    token = fields_of(browser.page("/console/account"), "/console/sign-out")
    return browser.client.post(address, data={**token, **fields})


def test_an_administrator_makes_an_account_whose_password_is_shown_once(
    desk: Desk, administrator: Any
) -> None:
    answer = administrator.send(f"{HERE}/new", f"{HERE}/new", login="Li.Si", name="李四")
    page = answer.get_data(as_text=True)
    password = re.findall(r'class="once-shown">([^<]+)<', page)[0]
    with desk.deployment.store.read() as conn:
        found = accounts.find(conn, "li.si")
    assert found is not None
    assert found.must_change
    assert password not in administrator.page(f"{HERE}/{found.id}")
    sign_in = desk.site.client()
    token = fields_of(sign_in.get("/console/sign-in").get_data(as_text=True), "/console/sign-in")
    entered = sign_in.post(
        "/console/sign-in", data={**token, "login": "li.si", "password": password}
    )
    assert entered.status_code == 303


def test_a_new_account_has_no_rights(desk: Desk, administrator: Any) -> None:
    administrator.send(f"{HERE}/new", f"{HERE}/new", login="li.si", name="李四")
    with desk.deployment.store.read() as conn:
        found = accounts.find(conn, "li.si")
        assert found is not None
        assert grants.held(conn, found.id) == ()


@pytest.mark.parametrize(("login", "word"), [("x", "登录名应为"), ("user1", "已存在")])
def test_a_name_that_cannot_be_used_is_told_and_kept(
    administrator: Any, login: str, word: str
) -> None:
    answer = administrator.send(f"{HERE}/new", f"{HERE}/new", login=login, name="李四")
    assert answer.status_code == 422
    assert word in text_of(answer)
    assert 'value="李四"' in answer.get_data(as_text=True)


def test_an_account_is_disabled_and_enabled(desk: Desk, administrator: Any) -> None:
    other = desk.office.account((Role.HANDLER, {"organization_id": UNIT}))
    address = f"{HERE}/{other}"
    administrator.send(f"{address}/manage/disable", address)
    assert not account_of(desk, other).active
    administrator.send(f"{address}/manage/enable", address)
    assert account_of(desk, other).active


def test_an_administrator_grants_nothing(desk: Desk, administrator: Any) -> None:
    other = desk.office.account()
    assert "授予角色" not in administrator.page(f"{HERE}/{other}").partition("<main")[2]
    answer = forged(administrator, f"{HERE}/{other}/roles/grant", role="leader")
    assert answer.status_code == 403
    assert roles_of(desk, other) == set()


def test_a_security_officer_grants_and_revokes(desk: Desk, officer: Any) -> None:
    other = desk.office.account()
    address = f"{HERE}/{other}"
    fields = {"role": "handler", "organization": "11990000MB2000004B"}
    answer = officer.send(f"{address}/roles/grant", address, **fields)
    assert answer.status_code == 303
    assert "工单承办人" in text_of(officer.get(answer.headers["Location"]))
    assert roles_of(desk, other) == {"handler"}
    officer.send(f"{address}/roles/revoke", address)
    assert roles_of(desk, other) == set()


def test_a_security_officer_makes_and_closes_no_account(desk: Desk, officer: Any) -> None:
    other = desk.office.account()
    assert officer.get(f"{HERE}/new").status_code == 403
    assert forged(officer, f"{HERE}/{other}/manage/disable").status_code == 403
    assert account_of(desk, other).active


def test_nobody_changes_their_own_account(desk: Desk) -> None:
    own = desk.office.account((Role.SECURITY_OFFICER, {}))
    browser = desk.office.browser(own)
    assert "授予" not in browser.page(f"{HERE}/{own}").partition("<main")[2]
    answer = forged(browser, f"{HERE}/{own}/roles/grant", role="supervisor")
    assert answer.status_code == 409
    assert "不能在这里变更自己的账号" in text_of(answer)
    assert roles_of(desk, own) == {"security_officer"}


def test_the_three_separated_roles_are_three_people(desk: Desk, officer: Any) -> None:
    other = desk.office.account((Role.AUDITOR, {}))
    answer = officer.send(f"{HERE}/{other}/roles/grant", f"{HERE}/{other}", role="administrator")
    assert answer.status_code == 422
    assert "须由三人分任" in text_of(answer)


def test_a_bounded_officer_grants_within_the_subtree_only(desk: Desk) -> None:
    bounded = desk.person(Role.SECURITY_OFFICER, region=REGION)
    other = desk.office.account((Role.HANDLER, {"organization_id": UNIT}))
    address = f"{HERE}/{other}"
    for fields in ({}, {"region": ELSEWHERE}, {"organization": "12990000E00000010A"}):
        answer = bounded.send(f"{address}/roles/grant", address, role="supervisor", **fields)
        assert answer.status_code == 403
        assert "管辖范围" in text_of(answer)
    assert bounded.send(
        f"{address}/roles/grant", address, role="supervisor", region=REGION
    ).status_code in (303,)


def test_a_bounded_officer_reaches_no_account_of_another_unit(desk: Desk) -> None:
    bounded = desk.person(Role.SECURITY_OFFICER, region=REGION)
    other = desk.office.account((Role.HANDLER, {"organization_id": FOREIGN_UNIT}), login="far.off")
    assert bounded.get(f"{HERE}/{other}").status_code == 404
    assert "far.off" not in text_of(bounded.get(HERE))
    assert forged(bounded, f"{HERE}/{other}/end-sessions").status_code == 404


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"role": "nothing"}, "没有角色"),
        ({"role": "staff_member"}, "须填写工号"),
        ({"role": "handler", "organization": "NOT-THERE"}, "不在目录中"),
        ({"role": "device"}, "没有角色"),
    ],
)
def test_a_role_that_cannot_be_granted_is_told_and_kept(
    desk: Desk, officer: Any, fields: dict[str, str], word: str
) -> None:
    other = desk.office.account()
    answer = officer.send(f"{HERE}/{other}/roles/grant", f"{HERE}/{other}", **fields)
    assert answer.status_code == 422
    assert word in text_of(answer)
    assert fields.get("organization", "") in answer.get_data(as_text=True)


def test_a_password_is_reset_and_shown_once(desk: Desk, administrator: Any) -> None:
    other = desk.office.account((Role.HANDLER, {"organization_id": UNIT}))
    session = desk.office.browser(other)
    answer = administrator.send(f"{HERE}/{other}/reset-password", f"{HERE}/{other}")
    assert "once-shown" in answer.get_data(as_text=True)
    assert account_of(desk, other).must_change
    assert session.get("/console/account").status_code == 303


@pytest.mark.parametrize("role", [Role.SECURITY_OFFICER, Role.AUDITOR])
def test_an_administrator_takes_over_nobody_who_checks_them(
    desk: Desk, administrator: Any, role: Role
) -> None:
    other = desk.office.account((role, {}))
    answer = administrator.send(f"{HERE}/{other}/reset-password", f"{HERE}/{other}")
    assert answer.status_code == 409
    assert "reset-password" in text_of(answer)
    assert not account_of(desk, other).must_change


def test_a_second_factor_is_removed_by_the_officer_not_the_administrator(
    desk: Desk, officer: Any, administrator: Any
) -> None:
    other = desk.office.account()
    with desk.deployment.store.write() as conn:
        table = accounts.account
        conn.execute(table.update().where(table.c.id == other).values(totp_confirmed=True))
    assert "解除两步验证" not in administrator.page(f"{HERE}/{other}")
    officer.send(f"{HERE}/{other}/roles/reset-factor", f"{HERE}/{other}")
    assert not account_of(desk, other).second_factor


def test_the_list_is_searched(desk: Desk, administrator: Any) -> None:
    desk.office.account(login="zhang.san", name="张三丰")
    assert "zhang.san" in text_of(administrator.get(f"{HERE}?q=张三"))
    assert "没有符合条件的账号" in text_of(administrator.get(f"{HERE}?q=nobody"))


def test_an_unknown_account_or_action_is_not_found(desk: Desk, administrator: Any) -> None:
    assert administrator.get(f"{HERE}/1").status_code == 404
    other = desk.office.account()
    assert forged(administrator, f"{HERE}/{other}/manage/other").status_code == 404


DEVICES = "/console/devices"


def test_a_device_is_registered_and_its_key_shown_once(desk: Desk, administrator: Any) -> None:
    answer = administrator.send(DEVICES, DEVICES, hall="H1", window="08", name="新设备")
    key = re.findall(r'class="once-shown">([^<]+)<', answer.get_data(as_text=True))[0]
    with desk.deployment.store.read() as conn:
        found = devices.authenticate_device(conn, desk.deployment.keyring, key)
    listed = administrator.page(DEVICES)
    assert found.name == "新设备"
    assert key not in listed
    assert "从未连接" in listed


def test_an_unknown_window_is_told_and_what_was_typed_is_kept(administrator: Any) -> None:
    answer = administrator.send(DEVICES, DEVICES, hall="H1", window="99", name="新设备")
    assert answer.status_code == 422
    assert 'value="新设备"' in answer.get_data(as_text=True)


def test_the_window_of_a_device_is_chosen_from_those_within_reach(desk: Desk) -> None:
    manager = desk.person(Role.HALL_MANAGER, region=REGION)
    page = manager.page(DEVICES)
    [(window, name)] = re.findall(r'<option value="(\d+)">([^<]+)</option>', page)
    assert name == "区政务服务中心 · 8号窗口"
    nothing = manager.send(DEVICES, DEVICES, name="新设备")
    assert (nothing.status_code, "请选择窗口" in nothing.text) == (422, True)
    assert "once-shown" in manager.send(DEVICES, DEVICES, place=window).text
    stranger = desk.person(Role.HALL_MANAGER, region=ELSEWHERE)
    assert stranger.send(DEVICES, DEVICES, place=window).status_code == 403


def test_a_renewed_key_ends_the_old_one(desk: Desk, administrator: Any) -> None:
    address = f"{DEVICES}/{desk.site.device_id}/renew"
    answer = administrator.send(address, DEVICES)
    assert "once-shown" in answer.get_data(as_text=True)
    with desk.deployment.store.read() as conn, pytest.raises(devices.KeyRefused):
        devices.authenticate_device(conn, desk.deployment.keyring, desk.site.device_key)


def test_a_revoked_device_is_ended(desk: Desk, administrator: Any) -> None:
    administrator.send(f"{DEVICES}/{desk.site.device_id}/revoke", DEVICES)
    assert "已收回" in text_of(administrator.get(DEVICES))


def test_a_device_shows_its_health(desk: Desk, administrator: Any) -> None:
    now = desk.site.clock.now()
    with desk.deployment.store.write() as conn:
        table = devices.device
        conn.execute(table.update().values(seen_at=now, waiting=3, clock_offset_ms=120_000))
    said = text_of(administrator.get(DEVICES))
    for word in ("在线", "3 条待上传", "时钟偏差 120 秒"):
        assert word in said


def test_devices_of_another_hall_are_out_of_reach(desk: Desk) -> None:
    stranger = desk.person(Role.HALL_MANAGER, region=ELSEWHERE)
    assert "8号窗口" not in text_of(stranger.get(DEVICES))
    assert stranger.send(DEVICES, DEVICES, hall="H1", window="08").status_code == 403
    for action in ("renew", "revoke"):
        assert forged(stranger, f"{DEVICES}/{desk.site.device_id}/{action}").status_code == 404


KEYS = "/console/keys"


def key_form(browser: Any, **fields: str) -> Any:
    given = {"name": "办件系统", "scopes": "cases.push", "region": REGION, **fields}
    return browser.send(KEYS, KEYS, **given)


def test_a_key_is_made_shown_once_and_works(desk: Desk, officer: Any) -> None:
    answer = key_form(officer, days="30")
    key = re.findall(r'class="once-shown">([^<]+)<', answer.get_data(as_text=True))[0]
    now = desk.site.clock.now()
    with desk.deployment.store.read() as conn:
        found = api_keys.authenticate_api_key(conn, desk.deployment.keyring, key, "cases.push", now)
    said = text_of(officer.get(KEYS))
    assert found.name == "办件系统"
    assert "推送办件" in said
    assert key not in said


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"scopes": "other"}, "接口权限应从以下选取"),
        ({"name": " "}, "请填写业务系统名称"),
        ({"region": "999999"}, "没有这个地区"),
        ({"days": "0"}, "有效天数"),
        ({"days": "很久"}, "有效天数"),
        ({"organization": "NOT-THERE"}, "不在目录中"),
    ],
)
def test_a_key_that_does_not_fit_is_told_and_kept(
    officer: Any, fields: dict[str, str], word: str
) -> None:
    answer = key_form(officer, **fields)
    assert answer.status_code == 422
    assert word in text_of(answer)
    assert REGION in answer.get_data(as_text=True) or "region" in fields


def test_a_key_beyond_ones_own_region_is_refused(desk: Desk) -> None:
    bounded = desk.person(Role.SECURITY_OFFICER, region=ELSEWHERE)
    assert key_form(bounded).status_code == 403
    assert key_form(bounded, region=ELSEWHERE).status_code == 200


def test_a_key_is_revoked(desk: Desk, officer: Any) -> None:
    key_form(officer)
    page = officer.page(KEYS)
    address = re.findall(r'action="(/console/keys/\d+/revoke)"', page)[0]
    stranger = desk.person(Role.SECURITY_OFFICER, region=ELSEWHERE)
    assert forged(stranger, address).status_code == 404
    officer.send(address, KEYS)
    assert "已收回" in text_of(officer.get(KEYS))


def test_a_staff_grant_reaches_its_place(desk: Desk, officer: Any) -> None:
    other = desk.office.account()
    fields = {"role": "staff_member", "staff": "A0017"}
    officer.send(f"{HERE}/{other}/roles/grant", f"{HERE}/{other}", **fields)
    with desk.deployment.store.read() as conn:
        assert grants.held(conn, other)[0].grant.staff_id == STAFF


def test_an_account_without_roles_is_within_reach_of_who_reaches_its_maker(desk: Desk) -> None:
    maker = desk.office.account((Role.ADMINISTRATOR, {"region": REGION}))
    new = NewAccount("fresh", "新来人", passwords.hashed("Correct-Horse-7"))
    with desk.deployment.store.write() as conn:
        emit, at = desk.deployment.journal.emit, desk.site.clock.now()
        made = accounts.create(conn, emit, new, at, maker)
    near = desk.person(Role.SECURITY_OFFICER, region=REGION)
    far = desk.person(Role.SECURITY_OFFICER, region=ELSEWHERE)
    assert near.get(f"/console/accounts/{made}").status_code == 200
    assert far.get(f"/console/accounts/{made}").status_code == 404
    assert desk.person(Role.SECURITY_OFFICER).get(f"/console/accounts/{made}").status_code == 200
