"""Rating once more after the unit has answered: only by the rater, beside the first rating."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from haochaping.evaluation import follow_ups
from haochaping.evaluation.codes import Purpose
from haochaping.evaluation.tables import evaluation
from haochaping.grading import periods, tallies
from haochaping.grading.figures import Asked, answer
from haochaping.hooks.values import OccurrenceKey
from haochaping.rectification import cases
from haochaping.worker import Worker
from tests.web.conftest import Site, hidden, text
from tests.web.test_mine import answer_case, case_of, order, post, rate

JSON = {"Accept": "application/json"}


@pytest.fixture
def answered(site: Site) -> str:
    """The receipt of a bad rating whose case was answered."""
    receipt = rate(site, 2, options=["207"], text="跑了两趟")
    answer_case(site)
    return receipt


def link(site: Site, receipt: str) -> str:
    """Follow the button of one's own page; return the address it leads to."""
    answer = post(site, receipt, action="again")
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def second(site: Site) -> Any:
    return next(row for row in site.ratings() if row.round == 2)


def test_before_the_answer_nobody_is_asked_again(site: Site) -> None:
    receipt = rate(site, 2, options=["207"])
    assert "再评一次" not in text(post(site, receipt))
    assert post(site, receipt, action="again").status_code == 200


def test_after_the_answer_the_rater_may_rate_once_more(site: Site, answered: str) -> None:
    assert "再评一次" in text(post(site, answered))
    address = link(site, answered)
    page = site.client().get(address)
    assert "对处理结果满意吗" in text(page)
    done = site.client().post(address, data={**hidden(page), "grade": "5"})
    assert "评价已收到" in text(done)
    first, again = site.ratings()
    assert (first.grade, first.status, first.round) == (2, "effective", 1)
    assert (again.grade, again.status, again.round) == (5, "effective", 2)
    assert again.first_id == again.id
    assert (again.identity, again.rater_role) == (first.identity, first.rater_role)


def test_ones_own_page_shows_both_ratings(site: Site, answered: str) -> None:
    site.client().post(link(site, answered), data={"grade": "4"})
    page = text(post(site, answered))
    assert "整改后的评价" in page
    assert "再评一次" not in page
    own = text(post(site, second(site).receipt))
    assert "整改后的评价" in own


def test_the_second_rating_can_be_changed_by_its_own_receipt(site: Site, answered: str) -> None:
    site.client().post(link(site, answered), data={"grade": "4"})
    done = post(site, second(site).receipt, action="amend", grade="5", confirm="1")
    assert done.status_code == 200
    assert [row.grade for row in site.ratings() if row.status == "effective"] == [2, 5]


def test_sent_twice_it_is_one_rating_with_one_receipt(site: Site, answered: str) -> None:
    address = link(site, answered)
    data = {**hidden(site.client().get(address)), "grade": "5"}
    receipts = [site.client().post(address, data=data, headers=JSON).json for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert len(site.ratings()) == 2


def test_a_second_tap_from_elsewhere_is_refused(site: Site, answered: str) -> None:
    address = link(site, answered)
    site.client().post(address, data={"grade": "5"})
    assert site.client().post(address, data={"grade": "1", "text": "慢"}).status_code == 409
    assert "已经评价过" in text(site.client().get(address))


def test_a_bad_second_rating_is_first_asked_for_its_reason(site: Site, answered: str) -> None:
    address = link(site, answered)
    asked = site.client().post(address, data={"grade": "1"})
    assert "哪里不满意" in text(asked)
    assert len(site.ratings()) == 1
    data = {**hidden(asked), "text": "清单还是旧的", "confirm": "1"}
    assert site.client().post(address, data=data).status_code == 200
    assert second(site).grade == 1


def test_a_bad_second_rating_starts_the_one_case_anew(site: Site, answered: str) -> None:
    site.client().post(link(site, answered), data={"grade": "2", "text": "清单还是旧的"})
    case = case_of(site)
    assert (str(case.state), case.reopened) == ("verifying", 1)
    Worker(site.deployment).drain()


def test_a_good_second_rating_leaves_the_case_as_it_is(site: Site, answered: str) -> None:
    site.client().post(link(site, answered), data={"grade": "5"})
    assert (str(case_of(site).state), case_of(site).reopened) == ("replied", 0)


def test_where_the_case_cannot_start_anew_a_supervisor_is_told(site: Site, answered: str) -> None:
    from haochaping.delivery.tables import message
    from haochaping.rectification.tables import rectification_case

    with site.deployment.store.write() as conn:
        conn.execute(update(rectification_case).values(reopened=2))
    site.client().post(link(site, answered), data={"grade": "2", "text": "清单还是旧的"})
    with site.deployment.store.read() as conn:
        told = conn.execute(select(message.c.receiver, message.c.subject_zh)).all()
    assert ("supervisor", "追评仍为差评") in {tuple(row) for row in told}


def test_the_first_rating_alone_stands_in_the_figures(site: Site, answered: str) -> None:
    site.client().post(link(site, answered), data={"grade": "5"})
    with site.deployment.store.write() as conn:
        tallies.fold(conn)
    span = periods.span(periods.parse("2026-11"))
    with site.deployment.store.read() as conn:
        [(_, first)] = answer(conn, Asked("hall", (2,), span))
        [(_, later)] = answer(conn, Asked("hall", (2,), span, round=2))
    assert (first.grades[2], first.grades[5]) == (1, 0)
    assert (later.grades[2], later.grades[5]) == (0, 1)


def test_the_link_is_of_no_use_for_the_first_rating_and_the_other_way_round(
    site: Site, answered: str
) -> None:
    follow = link(site, answered).removeprefix("/f/")
    rate_code = site.link(site.services[0])
    assert site.client().get(f"/r/{follow}").status_code == 404
    assert site.client().get(f"/f/{rate_code}").status_code == 404


def test_a_signed_code_without_an_invitation_opens_nothing(site: Site) -> None:
    rate(site, 5)
    row, signer = site.ratings()[0], site.deployment.desk.signer
    key = OccurrenceKey(row.region, row.served_month, row.id)
    last = site.clock.now().date() + timedelta(days=9)
    assert site.client().get(f"/f/{signer.sign(Purpose.FOLLOW, key, last)}").status_code == 404


def test_after_its_days_the_link_has_expired(site: Site, answered: str) -> None:
    address = link(site, answered)
    site.clock.advance(timedelta(days=31))
    assert site.client().get(address).status_code == 410
    assert site.client().post(address, data={"grade": "5"}).status_code == 410
    assert "再评一次" not in text(post(site, answered))


def test_a_void_first_rating_cannot_be_followed(site: Site, answered: str) -> None:
    address = link(site, answered)
    with site.deployment.store.write() as conn:
        conn.execute(update(evaluation).values(status="void"))
    assert site.client().get(address).status_code == 404
    assert site.client().post(address, data={"grade": "5"}).status_code == 404


def test_the_invitation_is_made_once_for_answer_and_closing(site: Site, answered: str) -> None:
    from haochaping.evaluation.tables import follow_up

    with site.deployment.store.write() as conn:
        cases.confirm(site.deployment.rectification, conn, order(site))
    with site.deployment.store.read() as conn:
        rows = conn.execute(select(follow_up)).all()
    assert [(row.via, row.first_id) for row in rows] == [("qr", site.ratings()[0].id)]


def test_who_left_a_number_is_invited_by_text(site: Site) -> None:
    from haochaping.access.persons import Person
    from haochaping.delivery.tables import message

    receipt = rate(site, 2, options=["207"])
    deployment = site.deployment
    with deployment.store.write() as conn:
        person = Person(name="张三", mobile="13900001234")
        who = deployment.vault.remember(conn, person, "330106", site.clock.now())
        conn.execute(update(evaluation).values(person_id=who))
    answer_case(site)
    Worker(deployment).drain()
    with deployment.store.read() as conn:
        rows = conn.execute(select(message).where(message.c.gateway == "sms")).all()
    assert [row.receiver for row in rows] == [f"person:{who}"]
    assert "/f/" in rows[0].body_zh
    code = rows[0].body_zh.partition("/f/")[2].partition("?")[0]
    assert site.client().get(f"/f/{code}?from=sms").status_code == 200
    site.client().post(f"/f/{code}?from=sms", data={"grade": "5"})
    assert second(site).channel == "sms"
    assert receipt not in rows[0].body_zh


def test_offers_are_read_back(site: Site, answered: str) -> None:
    row, desk = site.ratings()[0], site.deployment.desk
    with site.deployment.store.read() as conn:
        found = follow_ups.offered(conn, OccurrenceKey(row.region, row.served_month, row.id))
    assert found is not None
    assert found.occurrence == site.services[0]
    assert follow_ups.code(desk, found)
