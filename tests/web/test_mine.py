"""Following one's own rating: find, change, withdraw, confirm, contest, write."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from haochaping.rectification import cases, replies, thread
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.records import Case, by_origin
from haochaping.rectification.thread import Posting
from tests.web.conftest import Site, hidden, text

JSON = {"Accept": "application/json"}
HANDLER = Actor(77, permissions=frozenset({"case.handle", "case.contact", "case.supervise"}))


def rate(site: Site, grade: int = 5, **data: Any) -> str:
    """Rate a new service and return the receipt code."""
    code = site.link(site.serve())
    answer = site.client().post(f"/r/{code}", data={"grade": grade, **data}, headers=JSON)
    receipt: str = answer.json["receipt"]
    return receipt


@pytest.fixture
def bad(site: Site) -> str:
    return rate(site, 2, options=["207"], text="跑了两趟")


def post(site: Site, receipt: str, **data: Any) -> TestResponse:
    return site.client().post("/mine", data={"receipt": receipt, **data})


def case_of(site: Site) -> Case:
    with site.deployment.store.read() as conn:
        found = by_origin(conn, "evaluation", site.ratings()[0].first_id)
    assert found is not None
    return found


def order(site: Site, **more: Any) -> Order:
    case = case_of(site)
    return Order(case.public_id, case.version, HANDLER, site.clock.now(), **more)


def answer_case(site: Site, words: str = "已更正材料清单。") -> None:
    """Let the unit take the case up, contact the rater, put it right and reply."""
    context, store = site.deployment.rectification, site.deployment.store
    site.clock.set(case_of(site).visible_at)
    with store.write() as conn:
        cases.take_up(context, conn, order(site))
    with store.write() as conn:
        thread.from_unit(context, conn, order(site, text="方便来领吗？"), "letter-1")
    with store.write() as conn:
        case = case_of(site)
        posting = Posting(thread.RATER_SIDE, "方便", "answer-1", site.clock.now())
        thread.from_rater(context, conn, case.id, posting)
    with store.write() as conn:
        cases.rectify(context, conn, order(site))
    with store.write() as conn:
        replies.reply(context, conn, order(site, text=words))


def test_a_rating_is_found_by_its_receipt_code_however_it_is_typed(site: Site) -> None:
    receipt = rate(site, 4)
    typed = f" {receipt[:5].lower()}-{receipt[5:]} "
    page = text(post(site, typed))
    assert "社保登记" in page
    assert "满意" in page
    assert "已计入" in page


def test_an_unknown_receipt_and_a_mistyped_one_look_alike(site: Site) -> None:
    answers = [post(site, receipt) for receipt in ("ABC", "0" * 20, rate(site)[::-1])]
    assert {answer.status_code for answer in answers} == {404}
    assert all('<a href="#receipt">' in text(answer) for answer in answers)


def test_receipt_codes_cannot_be_tried_out_for_long(site: Site) -> None:
    client = site.client()
    answers = [client.post("/mine", data={"receipt": str(n)}).status_code for n in range(40)]
    assert answers[-1] == 429


def test_right_receipt_codes_are_not_counted(site: Site) -> None:
    receipt, client = rate(site), site.client()
    answers = {client.post("/mine", data={"receipt": receipt}).status_code for _ in range(40)}
    assert answers == {200}


def test_the_receipt_code_stands_in_no_address(site: Site) -> None:
    receipt = rate(site, 2, options=["207"])
    page = text(post(site, receipt))
    addresses = [part.partition('"')[0] for part in page.split('action="')[1:]]
    addresses += [part.partition('"')[0] for part in page.split('href="')[1:]]
    assert not any(receipt in address for address in addresses)


def test_changing_takes_three_taps_and_keeps_what_was_said_before(site: Site, bad: str) -> None:
    client = site.client()
    first = hidden(client.post("/mine", data={"receipt": bad, "action": "change"}))
    reasons = client.post("/mine", data={**first, "grade": "2"})
    assert 'value="207" checked' in text(reasons)
    assert "跑了两趟" in text(reasons)
    said = {"options": ["208"], "text": "后来解释了", "confirm": "1"}
    done = client.post("/mine", data={**hidden(reasons), **said})
    old, new = site.ratings()
    assert (old.status, new.status, new.options) == ("superseded", "effective", ["208"])
    assert new.receipt in text(done).replace("-", "")


def test_a_change_sent_twice_is_one_change(site: Site, bad: str) -> None:
    client = site.client()
    first = hidden(client.post("/mine", data={"receipt": bad, "action": "change"}))
    data = {**first, "grade": "4", "confirm": "1"}
    pages = [text(client.post("/mine", data=data)) for _ in range(2)]
    assert len(site.ratings()) == 2
    assert all(site.ratings()[1].receipt in page.replace("-", "") for page in pages)


def test_a_change_to_a_bad_grade_needs_a_reason(site: Site) -> None:
    receipt = rate(site, 5)
    answer = post(site, receipt, action="amend", grade="1", confirm="1")
    assert answer.status_code == 422
    assert "HCP" not in text(answer)
    assert len(site.ratings()) == 1


def test_withdrawing_takes_as_few_taps_as_rating(site: Site, bad: str) -> None:
    client = site.client()
    asked = client.post("/mine", data={"receipt": bad, "action": "withdraw"})
    assert site.ratings()[0].status == "effective"
    done = client.post("/mine", data={**hidden(asked), "confirm": "1"})
    assert "评价已撤回" in text(done)
    assert site.ratings()[0].status == "withdrawn"


def test_after_the_time_for_changes_the_page_says_so(site: Site, bad: str) -> None:
    site.clock.set(site.clock.now().replace(month=12, day=20))
    assert "修改评价" not in text(post(site, bad))
    answer = post(site, bad, action="withdraw", confirm="1")
    assert answer.status_code == 409
    assert "已超过" in text(answer)
    assert site.ratings()[0].status == "effective"


def test_a_bad_rating_shows_how_its_case_goes_and_until_when(site: Site, bad: str) -> None:
    page = text(post(site, bad))
    assert "收到您的评价，开始办理" in page
    assert "答复您" in page
    assert "没有提供材料样本" in page


def test_a_good_rating_has_no_case_to_show(site: Site) -> None:
    assert "办理进度" not in text(post(site, rate(site, 5)))


def test_the_reply_is_shown_and_can_be_accepted(site: Site, bad: str) -> None:
    answer_case(site)
    page = text(post(site, bad))
    assert "已更正材料清单。" in page
    assert "问题解决了" in page
    done = post(site, bad, action="accept")
    assert "办结" in text(done)
    assert case_of(site).closed


def test_a_reply_can_be_contested_in_words(site: Site, bad: str) -> None:
    answer_case(site)
    asked = post(site, bad, action="contest")
    assert "哪里没有解决" in text(asked)
    assert "已更正材料清单。" in text(asked)
    done = post(site, bad, action="contest", text="清单还是旧的")
    assert "已要求重新办理" in text(done)
    assert case_of(site).reopened == 1


def test_contesting_without_a_word_says_what_is_missing(site: Site, bad: str) -> None:
    answer_case(site)
    answer = post(site, bad, action="contest", text="  ")
    assert answer.status_code == 422
    assert '<a href="#text">' in text(answer)
    assert case_of(site).reopened == 0


def test_a_case_that_is_not_answered_cannot_be_accepted(site: Site, bad: str) -> None:
    answer = post(site, bad, action="accept")
    assert answer.status_code == 409
    assert not case_of(site).closed


def test_a_rating_without_a_case_has_nothing_to_accept(site: Site) -> None:
    assert post(site, rate(site), action="accept").status_code == 409


def test_messages_go_both_ways_without_a_number(site: Site, bad: str) -> None:
    answer_case(site)
    page = text(post(site, bad))
    assert "方便来领吗？" in page
    key = page.partition('name="key" value="')[2].partition('"')[0]
    said = {"action": "write", "message": "周三下午到", "key": key}
    for _ in range(2):
        page = text(post(site, bad, **said))
    assert page.count("周三下午到") == 1


def test_an_empty_message_is_not_sent(site: Site, bad: str) -> None:
    answer_case(site)
    assert "留言已发给单位" not in text(post(site, bad, action="write", message=" "))


def test_an_unknown_action_only_shows_the_rating(site: Site, bad: str) -> None:
    assert post(site, bad, action="delete").status_code == 200
    assert site.ratings()[0].status == "effective"


def test_a_form_on_another_site_cannot_withdraw(site: Site, bad: str) -> None:
    data = {"receipt": bad, "action": "withdraw", "confirm": "1"}
    answer = site.client().post("/mine", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert site.ratings()[0].status == "effective"
