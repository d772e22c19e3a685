"""The rules in force, and a change on its way from a proposal to every process and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from haochaping import renewing
from haochaping.amending import recording
from haochaping.amending.changes import Draft
from haochaping.amending.recording import Act
from haochaping.journal.tables import journal
from haochaping.renewing import Following
from haochaping.web.app import Renewed
from haochaping.worker import Worker
from tests.web.console.conftest import Browser
from tests.web.console_b.conftest import Desk, Role, fields_of, text_of

KEY = "rectification.deadlines.contact.count"
FORM = {
    "key": KEY,
    "value": "2",
    "document": "浙江省“好差评”工作规程",
    "number": "浙政办〔2026〕99号",
    "date": "2026-11-01",
    "level": "province",
    "status": "in_force",
    "reason": "新规程已印发",
    "effective": "2026-11-20",
}


@pytest.fixture
def author(desk: Desk) -> Browser:
    return desk.person(Role.ADMINISTRATOR)


@pytest.fixture
def officer(desk: Desk) -> Browser:
    return desk.person(Role.SECURITY_OFFICER)


def post(who: Browser, address: str, data: dict[str, str]) -> TestResponse:
    """Send a form with the token that its page carries."""
    token = fields_of(who.page("/console/account"), "/console/sign-out")
    return who.client.post(address, data={**token, **data})


def proposed(author: Browser, **changes: str) -> str:
    """Propose a change; return the address of its page."""
    answer = post(author, "/console/profile/form", {**FORM, **changes})
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["Location"].partition("?")[0]


def kinds(desk: Desk) -> list[str]:
    rows = select(journal.c.kind).where(journal.c.subject.like("profile-change:%"))
    with desk.deployment.store.read() as conn:
        return list(conn.execute(rows.order_by(journal.c.seq)).scalars())


def test_the_rules_are_told_with_the_source_of_every_one(desk: Desk, officer: Browser) -> None:
    page = officer.page("/console/profile")
    assert "国办发〔2019〕51号" in page
    assert "出处：" in page
    found = officer.page("/console/profile?q=联系")
    assert "找到" in found
    assert len(found) < len(page)


def test_a_change_is_proposed_approved_dated_and_followed_exactly_once(
    desk: Desk, author: Browser, officer: Browser
) -> None:
    before = desk.deployment.profile
    running, worker = Following(desk.deployment), Worker(desk.deployment)
    address = proposed(author)
    assert "1 个工作日" in author.page(address) or "改为" in author.page(address)
    refused = post(author, address, {"action": "approve"})
    assert refused.status_code == 403  # an administrator approves nothing
    assert post(officer, address, {"action": "approve"}).status_code == 303
    assert "已批准，待生效" in officer.page(address)
    assert running.look().profile.digest == before.digest

    desk.site.clock.advance(timedelta(days=4))  # past midnight of the 20th
    assert running.look().profile.value(KEY) == 2
    assert running.look().profile.source(KEY).number == "浙政办〔2026〕99号"
    assert running.look().changes == (int(address.rpartition("/")[2]),)
    for _ in range(3):
        worker.turn()
        Worker(desk.deployment).turn()
    assert kinds(desk) == ["profile.proposed", "profile.approved", "profile.applied"]
    assert running.current.rectification.rules.deadlines != desk.deployment.rectification.rules


def test_nobody_approves_their_own_proposal(desk: Desk, author: Browser) -> None:
    draft = Draft(KEY, "2", {}, "为何", desk.site.clock.now() + timedelta(days=2))
    emit, now = desk.deployment.journal.emit, desk.site.clock.now()
    with desk.deployment.store.write() as conn:
        change_id = recording.propose(conn, emit, draft, Act(7, now))
        with pytest.raises(recording.ChangeRefused) as refused:
            recording.decide(conn, emit, change_id, Act(7, now), approve=True)
    assert "另一人" in refused.value.detail.zh


WRONG: list[tuple[dict[str, str], str]] = [
    ({"value": "0"}, "至少为 1"),
    ({"value": "[1"}, "不是合法的 YAML"),
    ({"value": ""}, "没有写值"),
    ({"key": "rectification.deadlines.contakt.count"}, "rectification.deadlines.contact"),
    ({"key": "rectification.warnings.0.level"}, "整个替换"),
    ({"key": "plugins.nowhere", "value": "{}"}, "启用或停用插件"),
    ({"key": "jurisdiction.code", "value": "'330000'"}, "配置档文件"),
    ({"document": ""}, "来源缺少"),
    ({"effective": "2026-11-16"}, "最早是明天"),
    ({"effective": "bald"}, "日期"),
    ({"reason": " "}, "理由"),
]


def test_what_is_wrong_is_said_in_words_and_nothing_is_stored(desk: Desk, author: Browser) -> None:
    for wrong, said in WRONG:
        answer = post(author, "/console/profile/form", {**FORM, **wrong})
        page = text_of(answer)
        assert answer.status_code == 422, page
        assert said in page
    assert kinds(desk) == []


def test_a_change_is_taken_back_before_its_day_and_withdrawn_after_it(
    desk: Desk, author: Browser, officer: Browser
) -> None:
    first = proposed(author)
    assert post(author, first, {"action": "drop"}).status_code == 422  # a reason is needed
    assert post(author, first, {"action": "drop", "note": "写错了"}).status_code == 303
    assert "写错了" in author.page(first)
    second = proposed(author)
    post(officer, second, {"action": "approve"})
    desk.site.clock.advance(timedelta(days=4))
    author, officer = desk.person(Role.ADMINISTRATOR), desk.person(Role.SECURITY_OFFICER)
    assert post(author, second, {"action": "drop", "note": "不要了"}).status_code == 409
    number = second.rpartition("/")[2]
    third = proposed(author, withdraws=number, effective="2026-12-01")
    again = post(
        author, "/console/profile/form", {**FORM, "withdraws": number, "effective": "2026-12-02"}
    )
    assert "已有人提出撤回" in text_of(again)
    post(officer, third, {"action": "approve"})
    running = Following(desk.deployment)
    assert running.look().profile.value(KEY) == 2
    desk.site.clock.advance(timedelta(days=14))
    assert running.look().profile.digest == desk.deployment.written.digest
    page = desk.person(Role.SUPERVISOR).page("/console/profile")
    assert "已撤回" in page
    assert "已取消" in page


def test_a_change_that_a_later_one_stands_on_is_not_taken_back(
    desk: Desk, author: Browser, officer: Browser
) -> None:
    offered = "[zh_Hans_CN, en, mn_Mong_CN]"
    first = proposed(author, key="languages.offered", value=offered)
    lone = {**FORM, "key": "languages.default", "value": "mn_Mong_CN"}
    assert "不在可选语言之中" in text_of(post(author, "/console/profile/form", lone))
    post(officer, first, {"action": "approve"})
    second = proposed(author, **{**lone, "effective": "2026-11-25"})
    post(officer, second, {"action": "approve"})
    answer = post(author, first, {"action": "drop", "note": "不要了"})
    assert answer.status_code == 409
    assert "不在可选语言之中" in text_of(answer)


def test_pages_go_on_by_the_old_rules_when_new_ones_cannot_be_made(
    desk: Desk, author: Browser, officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Renewed(desk.deployment)
    before = served.app()
    post(officer, proposed(author), {"action": "approve"})
    desk.site.clock.advance(timedelta(days=4))

    def broken(*given: object, **named: object) -> None:
        raise ValueError("no pages")

    monkeypatch.setattr("haochaping.web.app.create_app", broken)
    assert served.app() is before
    assert served.deployment().profile.value(KEY) == 2
    monkeypatch.undo()
    assert served.app() is before  # not tried again with every request


def test_rules_that_cannot_be_taken_replace_nothing(desk: Desk) -> None:
    draft = Draft(KEY, "0", {"document": "x", "status": "in_force"}, "r", desk.site.clock.now())
    emit, now = desk.deployment.journal.emit, desk.site.clock.now() - timedelta(days=1)
    with desk.deployment.store.write() as conn:
        change_id = recording.propose(conn, emit, draft, Act(1, now))
        recording.decide(conn, emit, change_id, Act(2, now), approve=True)
    running = Following(desk.deployment)
    assert running.look() is desk.deployment
    assert renewing.note_applied(running.current) == 0
    desk.site.clock.advance(timedelta(minutes=1))
    assert running.look() is desk.deployment
    assert "没有按它运行" in desk.person(Role.AUDITOR).page("/console/profile")
