"""The publication desk: masks, decisions, replies; and what must never be changed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from haochaping.disclosure.tables import review
from haochaping.hooks.disclosure import Redaction
from haochaping.rectification import publicly
from haochaping.rectification.tables import case_reply, rectification_case
from haochaping.web.console import marking
from tests.web.console_b.conftest import ELSEWHERE, STAFF, UNIT, Desk, Role, fields_of, text_of

HERE = "/console/publishing"
WORDS = "窗口的王大明让我打 13800001234，跑了三趟"


@pytest.fixture
def publisher(desk: Desk) -> Any:
    return desk.person(Role.PUBLISHER)


def comment(desk: Desk, text: str = WORDS, *, prepared: bool = True) -> int:
    """Rate with words; return the id of the comment that waits."""
    desk.rate(2, text)
    with desk.deployment.store.read() as conn:
        found = conn.execute(select(review.c.id).order_by(review.c.id)).scalars().all()[-1]
    if prepared:
        preparer = desk.deployment.disclosing.preparer
        preparer.prepare(desk.deployment.store, found, desk.site.clock.now())
    return int(found)


def stored(desk: Desk, review_id: int) -> Any:
    with desk.deployment.store.read() as conn:
        return conn.execute(select(review).where(review.c.id == review_id)).one()


def test_a_comment_waits_with_its_masks_proposed(desk: Desk, publisher: Any) -> None:
    comment(desk)
    said = text_of(publisher.get(HERE))
    assert "跑了三趟" in said
    assert "13800001234" not in said


def test_the_page_shows_the_words_the_masks_and_what_the_public_reads(
    desk: Desk, publisher: Any
) -> None:
    page = publisher.page(f"{HERE}/{comment(desk)}")
    assert "<mark>13800001234</mark>" in page
    assert "让我打 ***，跑了三趟" in page
    assert "【13800001234】" in page


def test_approving_takes_the_proposed_masks(desk: Desk, publisher: Any) -> None:
    found = comment(desk)
    answer = publisher.send(f"{HERE}/{found}/approve", f"{HERE}/{found}")
    assert answer.status_code == 303
    row = stored(desk, found)
    assert (row.state, row.text) == ("approved", WORDS.replace("13800001234", "***"))


def test_a_publisher_masks_more_with_brackets(desk: Desk, publisher: Any) -> None:
    found = comment(desk)
    marked = WORDS.replace("王大明", "【王大明】").replace("13800001234", "【13800001234】")
    publisher.send(f"{HERE}/{found}/mask", f"{HERE}/{found}", marked=marked)
    assert stored(desk, found).text == "窗口的***让我打 ***，跑了三趟"


def test_words_that_were_changed_are_refused_and_come_back_as_they_were(
    desk: Desk, publisher: Any
) -> None:
    found = comment(desk)
    answer = publisher.send(f"{HERE}/{found}/mask", f"{HERE}/{found}", marked="办得很好")
    assert answer.status_code == 422
    assert "原文不能改动" in text_of(answer)
    assert "【13800001234】" in answer.get_data(as_text=True)
    assert stored(desk, found).state == "waiting"


def test_marks_that_are_not_closed_are_told_and_kept(desk: Desk, publisher: Any) -> None:
    found = comment(desk)
    typed = WORDS.replace("王大明", "【王大明")
    answer = publisher.send(f"{HERE}/{found}/mask", f"{HERE}/{found}", marked=typed)
    assert answer.status_code == 422
    assert "标记要成对" in text_of(answer)
    assert "【王大明让" in answer.get_data(as_text=True)


def test_an_unprepared_comment_cannot_be_approved_unread(desk: Desk, publisher: Any) -> None:
    found = comment(desk, prepared=False)
    page = publisher.page(f"{HERE}/{found}")
    assert f"{HERE}/{found}/approve" not in page
    answer = publisher.send(f"{HERE}/{found}/mask", marked=WORDS)
    assert answer.status_code == 303
    assert stored(desk, found).state == "approved"


def test_refusing_needs_a_reason(desk: Desk, publisher: Any) -> None:
    found = comment(desk)
    answer = publisher.send(f"{HERE}/{found}/refuse", f"{HERE}/{found}", reason=" ")
    assert answer.status_code == 422
    assert "请写明理由" in text_of(answer)
    publisher.send(f"{HERE}/{found}/refuse", reason="与服务无关")
    row = stored(desk, found)
    assert (row.state, row.reason) == ("refused", "与服务无关")


def test_a_published_comment_can_be_taken_down(desk: Desk, publisher: Any) -> None:
    found = comment(desk)
    with desk.deployment.store.write() as conn:
        conn.execute(review.update().where(review.c.id == found).values(state="published"))
    assert "撤下的理由会公开显示" in text_of(publisher.get(f"{HERE}/{found}"))
    publisher.send(f"{HERE}/{found}/withdraw", reason="含个人信息")
    assert stored(desk, found).state == "withdrawn"
    assert "含个人信息" in text_of(publisher.get(f"{HERE}?state=withdrawn"))


def test_a_comment_decided_by_another_is_told(desk: Desk, publisher: Any) -> None:
    found = comment(desk)
    publisher.page(f"{HERE}/{found}")
    with desk.deployment.store.write() as conn:
        conn.execute(review.update().where(review.c.id == found).values(state="refused"))
    answer = publisher.send(f"{HERE}/{found}/approve")
    assert answer.status_code == 409
    assert "已被处理或撤回" in text_of(answer)


def test_comments_of_another_county_are_out_of_sight(desk: Desk) -> None:
    found = comment(desk)
    stranger = desk.person(Role.PUBLISHER, region=ELSEWHERE)
    assert "跑了三趟" not in text_of(stranger.get(HERE))
    assert stranger.get(f"{HERE}/{found}").status_code == 409


def test_a_publisher_of_the_unit_sees_its_comments(desk: Desk) -> None:
    comment(desk)
    inside = desk.person(Role.PUBLISHER, organization_id=UNIT)
    assert "跑了三趟" in text_of(inside.get(HERE))


def reply(desk: Desk, text: str = "材料清单已更正，请致电 13900005678。") -> int:
    """Answer a bad review; return the reply's id."""
    case = desk.office.case()
    desk.office.act(desk.office.handler(), case, "answer", outcome="rectified", text=text)
    with desk.deployment.store.read() as conn:
        return int(conn.execute(select(case_reply.c.id)).scalar_one())


def test_a_reply_waits_until_it_was_read(desk: Desk) -> None:
    found = reply(desk)
    publisher = desk.person(Role.PUBLISHER)
    page = publisher.page(f"{HERE}/replies")
    assert "材料清单已更正" in page
    assert "<mark>13900005678</mark>" in page
    answer = publisher.send(f"{HERE}/replies/{found}")
    assert answer.status_code == 303
    with desk.deployment.store.read() as conn:
        assert conn.execute(select(case_reply.c.published)).scalar_one() is True
    assert "材料清单" not in text_of(publisher.get(f"{HERE}/replies"))


def test_a_published_reply_can_be_taken_down_with_a_reason_and_put_back(desk: Desk) -> None:
    found = reply(desk, "材料清单已更正。")
    publisher = desk.person(Role.PUBLISHER)
    aside = f"{HERE}/replies/{found}/aside"

    def listed(state: str) -> bool:
        return "材料清单已更正" in publisher.page(f"{HERE}/replies?state={state}")

    publisher.page(f"{HERE}/replies")
    publisher.send(f"{HERE}/replies/{found}")
    assert (listed("waiting"), listed("published"), listed("aside")) == (False, True, False)
    publisher.page(f"{HERE}/replies?state=published")
    assert publisher.send(aside, reason=" ").status_code == 422
    publisher.page(f"{HERE}/replies?state=published")
    assert publisher.send(aside, reason="写了当事人姓名").status_code == 303
    assert (listed("waiting"), listed("published"), listed("aside")) == (False, False, True)
    assert "不公开的理由：写了当事人姓名" in text_of(publisher.last)
    with desk.deployment.store.read() as conn:
        row = conn.execute(select(case_reply)).one()
        case = conn.execute(select(rectification_case)).one()
        shown = publicly.by_public_id(conn, case.public_id, desk.site.clock.now())
    assert (row.published, row.aside, row.text) == (False, "写了当事人姓名", "材料清单已更正。")
    assert shown is not None
    assert shown.reply == ""
    publisher.send(f"{HERE}/replies/{found}")
    assert listed("published")
    assert publisher.get(f"{HERE}/replies?state=nothing").status_code == 404


def test_a_reply_of_another_county_cannot_be_published(desk: Desk) -> None:
    found = reply(desk)
    stranger = desk.person(Role.PUBLISHER, region=ELSEWHERE)
    assert "材料清单" not in text_of(stranger.get(f"{HERE}/replies"))
    token = fields_of(stranger.page("/console/account"), "/console/sign-out")
    answer = stranger.client.post(f"{HERE}/replies/{found}", data=token)
    assert answer.status_code == 409


@pytest.mark.parametrize("state", ["nothing", "held"])
def test_an_unknown_list_is_not_found(publisher: Any, state: str) -> None:
    assert publisher.get(f"{HERE}?state={state}").status_code == 404


def test_brackets_in_the_words_are_left_alone() -> None:
    text = "写着【必填】的表，电话 13800001234"
    masks = (Redaction(text.index("1"), len(text), "phone"),)
    shown = marking.marked(text, masks)
    assert shown == "写着【必填】的表，电话 〖13800001234〗"
    assert [(one.start, one.end) for one in marking.masks_of(text, shown)] == [(12, len(text))]


def test_lines_survive_being_posted() -> None:
    found = marking.masks_of("第一行\n第二行", "第一行\r\n【第二】行")
    assert [(one.start, one.end) for one in found] == [(4, 6)]


@pytest.mark.parametrize("typed", ["【【a】】", "a】", "】a【", "【a"])
def test_marks_must_pair(typed: str) -> None:
    with pytest.raises(marking.UnreadableMarks):
        marking.masks_of("a", typed)


def test_nobody_decides_on_what_was_said_of_themselves(desk: Desk) -> None:
    desk.place_staff()
    review_id = comment(desk)
    mine = desk.office.account((Role.PUBLISHER, {}), (Role.STAFF_MEMBER, {"staff_id": STAFF}))
    browser = desk.office.browser(mine)
    answer = browser.send(f"{HERE}/{review_id}/approve", f"{HERE}/{review_id}")
    assert answer.status_code == 403
    assert "本人被评价的事项" in text_of(answer)
    assert stored(desk, review_id).state == "waiting"
