"""The catalogue: lists within reach, imports with every bad line named, the calendar."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from haochaping.access import accounts, grants
from haochaping.catalog import tables as catalog
from haochaping.jobs.tables import job
from tests.web.console_b.conftest import ELSEWHERE, UNIT, Desk, Role, fields_of, text_of
from tests.worktime.test_notices import notice

HERE = "/console/catalogue"
IMPORT = "/console/import"
HALLS = "大厅代码*,名称*,英文名称,行政区划代码*,机构代码*\n"


@pytest.fixture
def administrator(desk: Desk) -> Any:
    return desk.person(Role.ADMINISTRATOR)


def upload(browser: Any, kind: str, content: bytes, name: str = "表格.csv") -> Any:
    page = browser.page(f"{IMPORT}/{kind}")
    data = {**fields_of(page, "/console/sign-out"), "file": (io.BytesIO(content), name)}
    browser.last = browser.client.post(f"{IMPORT}/{kind}", data=data)
    return browser.last


def hall_lines(*lines: str) -> bytes:
    return ("code,name,region,organization\n" + "\n".join(lines) + "\n").encode()


GOOD = "H9,滨江分中心,330106,11990000MB2000004B"


def test_the_overview_counts_every_kind(administrator: Any) -> None:
    said = text_of(administrator.get(HERE))
    for word in ("2 行政区划", "2 机构", "1 大厅", "1 窗口", "1 工号", "1 事项"):
        assert word in said


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("regions", "西湖区"),
        ("organizations", "区人力社保局"),
        ("halls", "区政务服务中心"),
        ("windows", "8号窗口"),
        ("staff", "A0017"),
        ("items", "社保登记"),
    ],
)
def test_every_kind_is_listed_and_searched(administrator: Any, kind: str, word: str) -> None:
    assert word in text_of(administrator.get(f"{HERE}/{kind}"))
    assert word in text_of(administrator.get(f"{HERE}/{kind}?q={word[:3]}"))
    assert "没有符合条件的记录" in text_of(administrator.get(f"{HERE}/{kind}?q=不存在"))


def test_what_lies_elsewhere_is_not_listed(desk: Desk) -> None:
    stranger = desk.person(Role.HALL_MANAGER, region=ELSEWHERE)
    said = text_of(stranger.get(f"{HERE}/organizations"))
    assert "滨江区税务局" in said
    assert "人力社保局" not in said


def test_a_manager_of_a_unit_sees_its_halls(desk: Desk) -> None:
    manager = desk.person(Role.LEADER, organization_id=UNIT)
    assert "区政务服务中心" in text_of(manager.get(f"{HERE}/halls"))


def test_a_long_list_goes_on_page_by_page(desk: Desk, administrator: Any) -> None:
    with desk.deployment.store.write() as conn:
        rows = [{"id": 100 + n, "code": f"J{n:03}", "name": f"事项{n}"} for n in range(60)]
        conn.execute(catalog.item.insert(), rows)
    page = administrator.page(f"{HERE}/items")
    more = html.unescape(re.findall(r'rel="next" href="([^"]+)"', page)[0])
    assert "J059" in administrator.page(more)


def test_an_unknown_kind_is_not_found(administrator: Any) -> None:
    assert administrator.get(f"{HERE}/nothing").status_code == 404
    assert administrator.get(f"{IMPORT}/nothing").status_code == 404


def test_good_lines_are_stored_and_bad_ones_named(desk: Desk, administrator: Any) -> None:
    content = hall_lines(GOOD, "H8,没有地区,999999,11990000MB2000004B")
    answer = upload(administrator, "halls", content)
    said = text_of(answer)
    assert answer.status_code == 200
    assert "新增 1" in said
    assert "拒绝 1" in said
    assert "第 3 行" in said
    assert "999999" in said
    with desk.deployment.store.read() as conn:
        codes = set(conn.execute(select(catalog.hall.c.code)).scalars())
    assert codes == {"H1", "H9"}


def test_refused_lines_are_for_their_importer_alone(desk: Desk, administrator: Any) -> None:
    content = hall_lines("H8,没有地区,999999,11990000MB2000004B")
    page = upload(administrator, "halls", content).get_data(as_text=True)
    address = page.partition('href="/console/import/halls/rejects/')[2].partition('"')[0]
    full = f"{IMPORT}/halls/rejects/{address}"
    with administrator.get(full) as answer:
        lines = answer.get_data(as_text=True)
    assert "H8" in lines
    assert "999999" in lines
    assert desk.person(Role.ADMINISTRATOR).get(full).status_code == 404


def test_names_of_files_lead_nowhere_else(administrator: Any) -> None:
    for name in ("..%2F..%2Fdeployment.yaml", "halls-AAAAAAAAAAAA.csv", "x"):
        assert administrator.get(f"{IMPORT}/halls/rejects/{name}").status_code == 404


def test_the_same_file_again_changes_nothing(administrator: Any) -> None:
    upload(administrator, "halls", hall_lines(GOOD))
    said = text_of(upload(administrator, "halls", hall_lines(GOOD)))
    assert "新增 0" in said
    assert "未变 1" in said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_files_of_other_encodings_are_read(administrator: Any, encoding: str) -> None:
    content = hall_lines(GOOD).decode().encode(encoding)
    assert "新增 1" in text_of(upload(administrator, "halls", content))


def test_a_file_over_the_limit_of_forms_is_taken(administrator: Any) -> None:
    lines = [f"K{n:05},大厅{n},330106,11990000MB2000004B" for n in range(4000)]
    content = hall_lines(*lines)
    assert len(content) > 128 * 1024
    assert "新增 4,000" in text_of(upload(administrator, "halls", content))


def test_who_may_not_import_cannot_send_a_large_body(desk: Desk) -> None:
    stranger = desk.person(Role.SUPERVISOR)
    token = fields_of(stranger.page("/console/account"), "/console/sign-out")
    data = {**token, "file": (io.BytesIO(b"x" * 200_000), "a.csv")}
    assert stranger.client.post(f"{IMPORT}/halls", data=data).status_code == 413


def test_a_file_that_is_none_is_told(administrator: Any) -> None:
    answer = upload(administrator, "halls", b"\xd0\xcf\x11\xe0 old", "旧.xls")
    assert answer.status_code == 422
    assert "另存为 .xlsx" in text_of(answer)


def test_no_file_is_told(administrator: Any) -> None:
    page = administrator.page(f"{IMPORT}/halls")
    sent = fields_of(page, "/console/sign-out")
    answer = administrator.client.post(f"{IMPORT}/halls", data=sent)
    assert answer.status_code == 422
    assert "请选择 CSV 或 XLSX 文件" in text_of(answer)


@pytest.mark.parametrize(
    "kind", ["regions", "organizations", "halls", "windows", "staff", "items", "cases"]
)
def test_every_kind_has_a_template_that_opens(administrator: Any, kind: str) -> None:
    answer = administrator.get(f"{IMPORT}/{kind}/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    assert book.worksheets[0].cell(1, 1).value


def test_an_untouched_template_is_an_empty_import(administrator: Any) -> None:
    content = administrator.get(f"{IMPORT}/items/template.xlsx").data
    answer = upload(administrator, "items", content, "模板.xlsx")
    assert "新增 0" in text_of(answer)
    assert "拒绝 0" in text_of(answer)


def test_a_bounded_administrator_is_told_why_not(desk: Desk) -> None:
    bounded = desk.person(Role.ADMINISTRATOR, region=ELSEWHERE)
    answer = bounded.get(f"{IMPORT}/halls")
    assert answer.status_code == 403
    assert "请由全域管理员导入" in text_of(answer)
    assert "导入" not in text_of(bounded.get(HERE)).partition("基础数据")[2]


def account_lines(*lines: str) -> bytes:
    return ("login,name,role,region,password\n" + "\n".join(lines) + "\n").encode()


def test_accounts_are_imported_by_the_security_officer(desk: Desk, administrator: Any) -> None:
    officer = desk.person(Role.SECURITY_OFFICER)
    content = account_lines("li.si,李四,工单承办人,330106,Chu-shi 8842 mima")
    assert "新增 1" in text_of(upload(officer, "accounts", content))
    assert administrator.get(f"{IMPORT}/accounts").status_code == 404
    assert officer.get(f"{IMPORT}/halls").status_code == 404


def test_nobody_gives_themselves_a_role_by_a_file(desk: Desk) -> None:
    account_id = desk.office.account((Role.SECURITY_OFFICER, {}), login="officer", name="周安全")
    officer = desk.office.browser(account_id)
    content = account_lines("OFFICER,周安全,监督人员,330106,Chu-shi 8842 mima")
    said = text_of(upload(officer, "accounts", content))
    assert "不能给自己授予角色" in said
    with desk.deployment.store.read() as conn:
        assert accounts.find(conn, "officer") is not None
        assert len(grants.held(conn, account_id)) == 1


YEAR = """\
year: 2027
document: 国务院办公厅关于2027年部分节假日安排的通知
number: 国办发明电〔2026〕9号
published: "2026-11-10"
revision: 1
holidays:
  - {name: 元旦, first: "2027-01-01", last: "2027-01-03"}
"""


def calendar_post(browser: Any, **fields: str) -> Any:
    page = browser.page("/console/calendars")
    token = fields_of(page, "/console/sign-out")
    return browser.client.post("/console/calendars", data={**token, **fields})


def test_the_calendar_names_its_years_and_warns_of_the_horizon(administrator: Any) -> None:
    said = text_of(administrator.get("/console/calendars"))
    assert "2026" in said
    assert "2026年12月31日" in said
    assert "此后的期限是暂定的" in said


def test_a_new_year_is_put_in_force_and_cases_are_reckoned_again(
    desk: Desk, administrator: Any
) -> None:
    previewed = calendar_post(administrator, text=YEAR)
    said = text_of(previewed)
    assert previewed.status_code == 200
    assert "2027-01-01 原为上班，改为放假" in said
    assert "件未答复的工单按它重新计算一次" in said
    assert "2027 年日历已启用" not in said
    assert not (desk.deployment.home / "calendars" / "2027.yaml").exists()
    without = confirm(administrator, previewed)
    assert (without.status_code, "请附上放假安排的通知原文" in text_of(without)) == (422, True)
    assert "国办发明电" in without.get_data(as_text=True)
    answer = confirm(administrator, without, notice=(io.BytesIO(NOTICE), "通知.pdf"))
    assert answer.status_code == 200
    assert "2027 年日历已启用" in text_of(answer)
    shown = administrator.page("/console/calendars")
    assert "/console/calendars/notices/2027-national-1.pdf" in shown
    handed = administrator.get("/console/calendars/notices/2027-national-1.pdf")
    assert (handed.mimetype, handed.data) == ("application/pdf", NOTICE)
    assert administrator.get("/console/calendars/notices/other.pdf").status_code == 404
    with desk.deployment.store.read() as conn:
        kinds = conn.execute(select(job.c.kind)).scalars().all()
    assert "rectification.recompute" in kinds
    assert "元旦" in text_of(administrator.get("/console/calendars"))


def test_days_that_a_place_adds_are_loaded_beside_the_national_ones(administrator: Any) -> None:
    local = YEAR.replace("revision: 1", "revision: 1\nscope: local").replace("2027", "2026")
    local = (
        local.replace("2026〕9号", "2026〕3号")
        .replace("-01-01", "-04-20")
        .replace("-01-03", "-04-20")
    )
    half = '\nhalf_days:\n  - {day: "2026-09-30", until: "12:00", name: 节前}\n'
    said = text_of(calendar_post(administrator, text=local + half))
    assert "2026-04-20 原为上班，改为放假" in said
    assert "2026-09-30 原为上班，改为上班到 12:00" in said
    faulty = calendar_post(administrator, text=local + half.replace("12:00", "noon") + "scop: x\n")
    assert "calendar.yaml" in faulty.get_data(as_text=True)
    assert faulty.status_code == 422


def confirm(browser: Any, page: Any, **more: Any) -> Any:
    fields = fields_of(page.get_data(as_text=True), "/console/calendars/confirm")
    return browser.client.post("/console/calendars/confirm", data={**fields, **more})


NOTICE = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def test_a_faulty_calendar_names_line_and_key_and_keeps_the_text(administrator: Any) -> None:
    answer = calendar_post(administrator, text=YEAR.replace("2027-01-03", "2026-01-03"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "calendar.yaml:7" in page
    assert "国办发明电" in page


def test_an_empty_calendar_is_told(administrator: Any) -> None:
    answer = calendar_post(administrator)
    assert answer.status_code == 422
    assert "请粘贴放假通知的全文，或选择日历文件" in text_of(answer)


def test_the_wording_of_the_notice_is_enough(desk: Desk, administrator: Any) -> None:
    wording = notice(2026).replace("国庆节：10月1日（周四）", "国庆节：10月1日（周五）")
    faulty = calendar_post(administrator, wording=wording)
    assert (faulty.status_code, "通知里写的是周五" in text_of(faulty)) == (422, True)
    assert "中秋节：9月25日" in faulty.text
    same = text_of(calendar_post(administrator, wording=notice(2026)))
    assert "与现在相比没有变化" in same
    later = notice(2026).replace("共7天。9月20日（周日）、", "共7天。9月27日（周日）、")
    later = later.replace("至27日（周日）放假，共3天", "至26日（周六）放假，共2天")
    previewed = calendar_post(administrator, wording=later)
    said = text_of(previewed)
    for row in (
        "第 2 版",
        "国庆节 2026年10月1日（周四）至2026年10月7日（周三） 7 2026年9月27日（周日）",
        "端午节 2026年6月19日（周五）至2026年6月21日（周日） 3 无",
    ):
        assert row in said
    assert "没有算作放假或上班" not in said
    answer = confirm(administrator, previewed, notice=(io.BytesIO(NOTICE), "通知.pdf"))
    assert "2026 年日历已启用" in text_of(answer)
    kept = (desk.deployment.home / "calendars" / "2026.yaml").read_text(encoding="utf-8")
    assert "revision: 2" in kept
    told = text_of(calendar_post(administrator, wording=notice(2024)))
    assert "请看清楚：春节：安排职工在除夕(2月9日)休息" in told
