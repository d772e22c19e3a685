"""The pages of the appraisal: who sees and does what, files, notes, honours."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

from haochaping.access.roles import Role
from haochaping.grading import entries
from tests.appraisal.conftest import STAFF, UNIT, WINDOW, Office, month
from tests.web.console.conftest import FOREIGN_UNIT, text_of

HERE = "/console/appraisal"
ONE = f"{HERE}/2026-10/organization/{UNIT}"


def frozen(office: Office):
    """Freeze October as the supervisor of everything; return that browser."""
    chief = office.someone(Role.SUPERVISOR, name="总监督")
    chief.page(f"{HERE}?period=2026-10")
    assert chief.send(f"{HERE}/2026-10/freeze").status_code == 303
    office.work()
    return chief


@pytest.fixture
def october(office: Office) -> Office:
    with office.deployment.store.write() as conn:
        month(conn, office.site.clock)
    return office


both = pytest.mark.parametrize("console_url", ["sqlite_url", "postgres_url"], indirect=True)


@both
def test_a_period_goes_from_open_to_published_with_an_objection_upheld(october: Office) -> None:
    chief = frozen(october)
    leader = october.someone(Role.LEADER, organization_id=UNIT)
    page = text_of(leader.get(ONE))
    assert "差评扣分" in page
    assert "差评 2（不低于 2）" in page
    assert "满意率" in page
    fields = {"matter": "award:0", "reason": "两条差评已查实为误评", "evidence": "/console/cases/1"}
    assert leader.send(f"{ONE}/object", ONE, **fields).status_code == 303
    assert "待裁定" in text_of(leader.get(ONE))
    assert f'action="{ONE}/decide"' not in leader.page(ONE)
    assert f'action="{HERE}/2026-10/publish"' not in chief.page(f"{HERE}?period=2026-10")
    assert "区人力社保局" in text_of(chief.get(HERE))
    verdict = {"state": "upheld", "reason": "申诉已查实，予以更正", "points": "0.5"}
    number = {"objection": chief.page(ONE).split('name="objection" value="')[1].split('"')[0]}
    assert chief.send(f"{ONE}/decide", ONE, **verdict, **number).status_code == 303
    page = text_of(leader.get(ONE))
    assert "异议成立" in page
    assert "更正 +0.50 分" in page
    assert "不再生效" in page
    october.pass_days(15)
    chief = october.someone(Role.SUPERVISOR, name="总监督")
    assert chief.send(f"{HERE}/2026-10/publish", f"{HERE}?period=2026-10").status_code == 303
    assert "优质服务窗口" in text_of(chief.get("/honours"))


def test_honours_wait_for_the_publication(october: Office) -> None:
    frozen(october)
    page = october.site.client().get("/honours?period=2026-10").get_data(as_text=True)
    assert "正在受理异议" in page
    assert "优质服务窗口" not in page


def test_a_period_that_runs_or_is_a_day_is_refused_in_words(october: Office) -> None:
    chief = frozen(october)
    for period, said in (("2026-11", "还没有结束"), ("2026-10-05", "月、季度和年")):
        answer = chief.send(f"{HERE}/{period}/freeze", f"{HERE}?period={period}")
        assert answer.status_code == 409
        assert said in text_of(answer)


def test_who_does_not_reach_every_unit_freezes_and_publishes_nothing(october: Office) -> None:
    local = october.supervisor()
    page = local.page(f"{HERE}?period=2026-10")
    assert "freeze" not in page
    token = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    for step in ("freeze", "publish"):
        assert local.client.post(f"{HERE}/2026-10/{step}", data=token).status_code == 403


def test_staff_see_their_own_and_other_units_nothing(october: Office) -> None:
    frozen(october)
    mine = f"{HERE}/2026-10/staff/{STAFF}"
    clerk = october.someone(Role.STAFF_MEMBER, staff_id=STAFF)
    assert "A0017" in text_of(clerk.get(f"{HERE}?period=2026-10"))
    assert "差评扣分" in text_of(clerk.get(mine))
    assert clerk.get(ONE).status_code == 404
    fields = {"matter": "score", "reason": "请复核我的得分"}
    assert clerk.send(f"{mine}/object", mine, **fields).status_code == 303
    other = october.someone(Role.LEADER, organization_id=FOREIGN_UNIT)
    assert other.get(ONE).status_code == other.get(mine).status_code == 404
    assert "区人力社保局" not in text_of(other.get(f"{HERE}?period=2026-10"))


@both
def test_few_ratings_show_the_unit_no_score(office: Office) -> None:
    with office.deployment.store.write() as conn:
        month(conn, office.site.clock, good=3, bad=1)
    chief = frozen(office)
    leader = office.someone(Role.LEADER, organization_id=UNIT)
    assert "不足 5 条" in text_of(leader.get(ONE))
    assert "满意率" not in text_of(leader.get(ONE))
    assert "满意率" in text_of(chief.get(ONE))


@both
def test_a_late_void_is_noted_and_moves_nothing(october: Office) -> None:
    chief = frozen(october)
    before = chief.page(ONE).split('class="big figures">')[1][:8]
    with october.deployment.store.write() as conn:
        month(conn, october.site.clock, good=0, bad=1, sign=-1)
    page = chief.page(ONE)
    assert "有效评价 40 → 39，差评 2 → 1" in page
    assert page.split('class="big figures">')[1][:8] == before
    leader = october.someone(Role.LEADER, organization_id=UNIT)
    assert "→" not in leader.page(ONE)
    assert "冻结之后有评价" in leader.page(ONE)


@both
def test_measures_are_taken_with_evidence_and_withdrawn(october: Office) -> None:
    chief = frozen(october)
    fields = {"kind": "training", "reason": "业务不熟，安排培训", "evidence": "/console/cases/1"}
    assert chief.send(f"{ONE}/measure", ONE, **fields).status_code == 303
    assert "业务培训" in text_of(chief.get(ONE))
    wrong = chief.send(f"{ONE}/measure", ONE, kind="training", reason="短", evidence="x")
    assert wrong.status_code == 422
    assert 'href="#measure-reason"' in wrong.get_data(as_text=True)
    assert chief.send(f"{ONE}/withdraw", ONE).status_code == 303
    assert "不再生效" in text_of(chief.get(ONE))
    token = chief.page(HERE).split('name="csrf_token" value="')[1].split('"')[0]
    assert chief.client.post(f"{ONE}/nothing", data={"csrf_token": token}).status_code == 404


@both
def test_results_go_out_as_workbook_and_json_without_formulas(october: Office) -> None:
    chief = frozen(october)
    fields = {"kind": "exchange", "reason": "=1+1 轮岗交流"}
    chief.send(f"{ONE}/measure", ONE, **fields)
    book = openpyxl.load_workbook(io.BytesIO(chief.get(f"{HERE}.xlsx?period=2026-10").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][:4] == ("时期", "对象", "编号", "名称")
    unit = next(row for row in rows if row[1] == "部门")
    assert (unit[9], unit[11], unit[12]) == ("差评扣分；交流轮岗", 40, 2) or unit[9] == "交流轮岗"
    assert unit[15] == f"http://localhost{ONE}"
    found = json.loads(chief.get(f"{HERE}.json?period=2026-10").data)
    assert (found["schema"], found["stage"]) == ("haochaping.appraisal/1", "frozen")
    results = {(each["kind"], each["code"]): each for each in found["results"]}
    assert results[("staff", "A0017")]["points"] == "-1.50"
    assert results[("window", "08")]["awards"][0]["stars"] == 5
    assert all(each["explained_at"] and each["profile_digest"] for each in results.values())
    assert chief.get(f"{HERE}.json?period=2026-09").status_code == 409
    leader = october.someone(Role.LEADER, organization_id=UNIT)
    assert leader.get(f"{HERE}.xlsx?period=2026-10").status_code == 403


def test_a_subject_that_is_not_there_is_not_found(october: Office) -> None:
    chief = frozen(october)
    for path in ("2026-10/item/5", "2026-10/hall/99", f"2026-09/window/{WINDOW}", "2026-10/hall/0"):
        assert chief.get(f"{HERE}/{path}").status_code == 404
    assert chief.get(f"{HERE}/never/hall/2").status_code == 400


def test_the_worker_freezes_month_quarter_and_year_when_they_are_over(october: Office) -> None:
    from haochaping.background import CLOSE_MONTH
    from haochaping.jobs import Job, enqueue

    deployment = october.deployment
    with deployment.store.write() as conn:
        entries.record(conn, [])
        enqueue(
            conn,
            Job(CLOSE_MONTH, october.site.clock.now(), {}, dedup="x"),
            october.site.clock.now(),
        )
    october.work()
    chief = october.someone(Role.SUPERVISOR)
    page = chief.page(HERE)
    for period in ("2026-10", "2026-Q3", "2025"):
        assert f'value="{period}"' in page
    assert "已冻结，可提异议" in page
    assert "冻结后数据和得分不再变动" not in page
