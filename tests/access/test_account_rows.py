"""Accounts come in by file: a line is an account and a role, whole or not at all."""

from __future__ import annotations

import pytest
from tests.access.conftest import BUREAU, OFFICE, PROVINCE, STAFF, WEST

from haochaping.access import account_rows, accounts, passwords, placing
from haochaping.access.account_rows import ACCOUNTS
from haochaping.access.grants import GrantRefused
from haochaping.access.placing import Place
from haochaping.access.roles import Role
from haochaping.catalog.importing import ImportContext, ImportJob, run, template

pytestmark = pytest.mark.usefixtures("places")

HEADER = "登录名,姓名,角色,区划代码,机构代码,大厅代码,工号,初始密码\n"
GOOD = "Chu-shi 8842 mima"


@pytest.fixture
def take_in(store, clock, emit, tmp_path):
    def take_in(*lines):
        path = tmp_path / "accounts.csv"
        path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
        context = ImportContext(clock=clock, emit=emit)
        return run(ImportJob(store.write, ACCOUNTS, path, context, tmp_path / "rejects.csv"))

    return take_in


@pytest.fixture
def found(store, people):
    def found(login):
        with store.read() as conn:
            account = accounts.find(conn, login)
        return None if account is None else people.principal(account.id)

    return found


def test_a_line_makes_an_account_with_its_role(store, take_in, found):
    report = take_in(f"zhang.san,张三,工单承办人,{WEST},O{OFFICE},,,{GOOD}")
    assert (report.created, report.refused) == (1, 0)
    (grant,) = found("zhang.san").grants
    assert (grant.role, grant.region, grant.organization_id) == (Role.HANDLER, WEST, OFFICE)
    with store.read() as conn:
        account = accounts.find(conn, "zhang.san")
        assert account.must_change
        assert passwords.matches(accounts.password_hash_of(conn, account.id), GOOD)


def test_further_lines_of_the_same_name_add_roles(take_in, found):
    report = take_in(
        f"zhang.san,张三,handler,,O{BUREAU},,,{GOOD}",
        f"zhang.san,张三,Staff member,,,H1,S1,{GOOD}",
    )
    assert (report.created, report.updated) == (1, 1)
    assert found("zhang.san").roles == {Role.HANDLER, Role.STAFF_MEMBER}
    assert found("zhang.san").staff_ids == {STAFF}


def test_the_same_file_again_changes_nothing_and_keeps_the_password(store, take_in):
    line = f"zhang.san,张三,handler,,O{BUREAU},,,"
    take_in(line + GOOD)
    report = take_in(line + "Another good one 7")
    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)
    with store.read() as conn:
        account = accounts.find(conn, "zhang.san")
        assert passwords.matches(accounts.password_hash_of(conn, account.id), GOOD)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f",张三,handler,,,,,{GOOD}", "登录名：不能为空"),
        (f"zhang.san,,handler,,,,,{GOOD}", "姓名：不能为空"),
        (f"zhang.san,张三,局长,,,,,{GOOD}", "角色：没有角色「局长」"),
        (f"zhang.san,张三,device,,,,,{GOOD}", "角色：没有角色「device」"),
        (f"zhang.san,张三,审计员,,,,,{GOOD}", "角色：该角色须逐个授予"),
        (f"zhang.san,张三,handler,999999,,,,{GOOD}", "没有这个地区：999999"),
        (f"zhang.san,张三,handler,,O99,,,{GOOD}", "「O99」不在目录中"),
        (f"zhang.san,张三,handler,,,H9,,{GOOD}", "「H9」不在目录中"),
        (f"zhang.san,张三,窗口工作人员,,,,,{GOOD}", "窗口工作人员须填写工号"),
        (f"张 三,张三,handler,,,,,{GOOD}", "登录名应为"),
        ("zhang.san,张三,handler,,,,,short", "初始密码：密码长度应为"),
        ("zhang.san,张三,handler,,,,,", "初始密码：密码长度应为"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_leaves_nothing(take_in, found, line, reason):
    report = take_in(line)
    assert report.refused == 1
    assert report.first_refused[0].number == 2
    assert reason in report.first_refused[0].reason.zh
    assert found("zhang.san") is None


def test_a_name_that_belongs_to_somebody_else_is_refused(people, take_in):
    people.add("zhang.san", name="张珊")
    report = take_in(f"zhang.san,张三,handler,,,,,{GOOD}")
    assert report.first_refused[0].reason.zh == "登录名 zhang.san 已属于张珊"


def test_a_bad_line_does_not_take_the_good_ones_along(take_in, found):
    report = take_in(
        f"a.one,甲,handler,,,,,{GOOD}",
        f"b.two,乙,handler,,O99,,,{GOOD}",
        f"c.three,丙,handler,,,,,{GOOD}",
    )
    assert (report.created, report.refused) == (2, 1)
    assert found("a.one") is not None
    assert found("c.three") is not None


def test_a_draft_does_not_print_its_password():
    row = {"login": "a.one", "name": "甲", "role": "handler", "password": GOOD}
    assert "scrypt" not in repr(account_rows.draft(row))


def test_there_is_a_template_with_an_example():
    assert template(ACCOUNTS, "zh_Hans_CN").startswith(b"PK")


@pytest.mark.parametrize("text", ["工单承办人", "handler", "Case  Handler", "HANDLER"])
def test_roles_may_be_written_in_either_language(text):
    assert placing.role_named(text) is Role.HANDLER


def test_places_are_found_by_their_codes(store):
    with store.read() as conn:
        place = Place(PROVINCE, f"O{BUREAU}", "H1", "S1")
        new = placing.grant_of(conn, 7, Role.HANDLER, place)
        assert (new.region, new.organization_id, new.staff_id) == (PROVINCE, BUREAU, STAFF)
        assert placing.organization_id(conn, "") is None
        with pytest.raises(GrantRefused):
            placing.organization_id(conn, "O99")
