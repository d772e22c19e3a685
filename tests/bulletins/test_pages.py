"""The pages of the bulletins: who does what in the console, what everybody reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from haochaping.access.roles import Role
from haochaping.bulletins import kept
from haochaping.grading import closing, periods
from tests.appraisal.conftest import (
    UNIT,
    Office,
    _cheap_passwords,
    deployment,
    month,
    office,
    profile,
    site,
)
from tests.appraisal.test_browser import at
from tests.browser import audit, look, overflows, page_of, small_targets
from tests.serving import serving
from tests.web.console.conftest import text_of

__all__ = ["_cheap_passwords", "deployment", "office", "profile", "site"]

HERE = "/console/bulletins"
ONE = "/bulletins/2026-10/1"


@pytest.fixture
def october(office: Office) -> Office:
    """An office whose October is over."""
    with office.deployment.store.write() as conn:
        month(conn, office.site.clock)
    return office


def drafted(october: Office, edition: str = "public") -> tuple[object, str]:
    """Draft October's bulletin as a supervisor of everything; the browser and the address."""
    chief = october.someone(Role.SUPERVISOR, name="总监督")
    chief.page(HERE)
    answer = chief.send(HERE, period="2026-10", edition=edition)
    assert answer.status_code == 303
    return chief, answer.headers["Location"].partition("?")[0]


def issued(october: Office, edition: str = "public") -> str:
    """Take a bulletin all the way; its address in the console."""
    chief, here = drafted(october, edition)
    leader = october.someone(Role.LEADER, name="陈主任")
    for who, action in ((chief, "submit"), (leader, "approve"), (leader, "issue")):
        assert who.send(f"{here}/{action}", here).status_code == 303, action
        october.work()
    return here


def test_two_people_and_the_public_page(october: Office) -> None:
    chief, here = drafted(october)
    page = chief.page(here)
    assert "一、总体情况" in page
    assert "有效评价40条" in page
    fields = {"number": "好评〔2026〕10号", "remarks": "认真整改。\n<b>按期</b>报告。"}
    assert chief.send(f"{here}/edit", here, **fields).status_code == 303
    assert chief.send(f"{here}/submit", here).status_code == 303
    october.work()
    assert f'action="{here}/approve"' not in chief.page(here)
    publisher = october.someone(Role.PUBLISHER, name="周审核")
    said = publisher.send(f"{here}/return", here, note="")
    assert (said.status_code, "请写明理由" in text_of(said)) == (422, True)
    assert publisher.send(f"{here}/approve", here).status_code == 303
    assert f'action="{here}/issue"' not in publisher.page(here)
    october.work()
    assert october.site.client().get(ONE).status_code == 404
    assert publisher.send(f"{here}/issue", here).status_code == 303
    client = october.site.client()
    assert "关于2026年10月政务服务“好差评”情况的通报" in text_of(client.get("/bulletins"))
    answer = client.get(ONE)
    assert "&lt;b&gt;按期&lt;/b&gt;报告。" in answer.get_data(as_text=True)
    again = client.get(ONE, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    word = client.get(f"{ONE}/bulletin-2026-10-public.docx")
    assert word.data[:2] == b"PK"
    assert word.headers["ETag"]
    assert "What is asked for" in text_of(publisher.get(f"{here}?lang=en"))
    assert publisher.send(f"{here}/withdraw", f"{here}?lang=zh", note="有误").status_code == 303
    gone = client.get(ONE)
    assert (gone.status_code, "有误" in text_of(gone)) == (410, True)
    assert "总体情况" not in text_of(gone)
    assert client.get(f"{ONE}/bulletin-2026-10-public.docx").status_code == 404
    assert client.get("/bulletins/2026-09").status_code == 404


def test_the_author_is_refused_even_by_hand(october: Office) -> None:
    publisher = october.someone(Role.PUBLISHER, name="周审核")
    publisher.page(HERE)
    here = publisher.send(HERE, period="2026-10", edition="public").headers["Location"]
    here = here.partition("?")[0]
    page = publisher.page(here)
    token = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    assert publisher.client.post(f"{here}/submit", data=token).status_code == 303
    said = publisher.client.post(f"{here}/approve", data=token)
    assert (said.status_code, "请由另一人批准" in text_of(said)) == (409, True)
    assert publisher.client.post(f"{here}/other", data=token).status_code == 404


def test_units_read_what_is_issued_and_never_drafts(october: Office) -> None:
    _chief, here = drafted(october, "internal")
    leader = october.someone(Role.LEADER, organization_id=UNIT)
    assert leader.get(here).status_code == 404
    assert "2026年10月" not in text_of(leader.get(HERE))
    here = issued(october, "internal")
    assert "总体情况" in text_of(leader.get(here))
    assert "关于2026年10月" not in text_of(october.site.client().get("/bulletins"))
    file = leader.get(f"{here}/files/bulletin-2026-10-internal.xlsx")
    assert file.headers["Cache-Control"] == "no-store"
    local = october.supervisor()
    page = local.page(HERE)
    token = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    assert local.client.post(HERE, data=token | {"period": "2026-10"}).status_code == 403
    assert local.client.post(f"{here}/withdraw", data=token | {"note": "x"}).status_code == 403


def test_a_wrong_or_running_period_is_answered_in_words(october: Office) -> None:
    chief = october.someone(Role.SUPERVISOR, name="总监督")
    chief.page(HERE)
    said = chief.send(HERE, period="2026-13", edition="public")
    assert (said.status_code, "看不懂时期" in text_of(said)) == (400, True)
    said = chief.send(HERE, HERE, period="2026-11", edition="public")
    assert (said.status_code, "还没有结束" in text_of(said)) == (409, True)


def test_the_worker_drafts_once_and_only_what_is_closed(october: Office) -> None:
    deployment, now = october.deployment, october.site.clock.now()
    wanted, today = periods.parse("2026-10"), deployment.calendar.local_day(now)
    assert deployment.bulletins.draft_due(deployment.store, today, now) == 0
    with deployment.store.write() as conn:
        assert deployment.disclosing.closer.close(conn, wanted, today, now)
        assert closing.is_closed(conn, wanted)
    made = [deployment.bulletins.draft_due(deployment.store, today, now) for _ in range(2)]
    assert made == [2, 0]
    with deployment.store.read() as conn:
        assert len(kept.listed(conn, tuple(kept.State))) == 2


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """The site, listening."""
    with serving(office.site.app) as found:
        yield found


@pytest.mark.browser
def test_from_the_draft_to_the_page_that_everybody_reads(
    browser: Browser, october: Office, address: str
) -> None:
    chief = october.someone(Role.SUPERVISOR, name="总监督")
    leader = october.someone(Role.LEADER, name="陈主任")
    with at(browser, address, chief) as page:
        page.goto(address + HERE)
        look(page, "bulletins-empty")
        page.get_by_label("版本").select_option("public")
        page.get_by_role("button", name="起草").click()
        expect(page.get_by_role("status")).to_contain_text("草稿已生成")
        page.get_by_role("textbox", name="工作要求").fill("认真整改。")
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_role("status")).to_contain_text("已保存")
        assert audit(page) == []
        look(page, "bulletin-draft")
        page.get_by_role("button", name="提交批准").click()
        expect(page.get_by_role("status")).to_contain_text("已提交")
        here = page.url.partition("?")[0]
    october.work()
    with at(browser, address, leader, 390) as page:
        page.goto(here)
        assert audit(page) == []
        assert not overflows(page)
        look(page, "bulletin-approval")
        page.get_by_role("button", name="批准").click()
        expect(page.get_by_role("status")).to_contain_text("已批准")
        october.work()
        page.goto(here)
        page.get_by_role("button", name="发布").click()
        expect(page.get_by_role("status")).to_contain_text("已发布")
        page.goto(address + HERE)
        assert audit(page) == []
        look(page, "bulletins-list")
    with page_of(browser, 320, 640) as page:
        page.goto(f"{address}/bulletins")
        assert audit(page) == []
        page.get_by_role("link", name="关于2026年10月").click()
        expect(page.get_by_text("一、总体情况")).to_be_visible()
        assert audit(page) == []
        assert not overflows(page)
        assert small_targets(page) == []
        look(page, "bulletin-public-320")
        page.goto(f"{address}{ONE}?lang=en")
        expect(page.get_by_text("1. Overview")).to_be_visible()
        look(page, "bulletin-public-english")
