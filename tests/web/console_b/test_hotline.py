"""The hotline operator: finding a service, reading aloud, saving what was said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from haochaping.access.persons import Person
from haochaping.catalog import tables as catalog
from haochaping.hooks.values import Identity
from haochaping.journal.tables import journal
from tests.web.conftest import MONTH, REGION
from tests.web.console_b.conftest import ELSEWHERE, STAFF, Desk, Role, form_of, text_of

HERE = "/console/hotline"
MOBILE = "13800001234"


@pytest.fixture
def operator(desk: Desk) -> Any:
    return desk.person(Role.HOTLINE_OPERATOR)


def case_no(desk: Desk, key: Any) -> str:
    with desk.deployment.store.read() as conn:
        query = (
            select(catalog.service_case.c.case_no)
            .join(catalog.occurrence, catalog.occurrence.c.case_id == catalog.service_case.c.id)
            .where(catalog.occurrence.c.id == key.id)
        )
        return conn.execute(query).scalar_one()


def step(browser: Any, address: str, **fields: Any) -> Any:
    """Send the call's form as it stands with more fields."""
    sent = {**form_of(browser.last, address), **fields}
    browser.last = browser.client.post(address, data=sent)
    return browser.last


def calls(desk: Desk, operator: Any) -> tuple[str, Any]:
    key = desk.site.serve()
    address = f"{HERE}/{REGION}-{MONTH}-{key.id}"
    operator.page(address)
    return address, key


def test_a_case_number_leads_straight_to_the_script(desk: Desk, operator: Any) -> None:
    key = desk.site.serve()
    answer = operator.send(HERE, HERE, wanted=case_no(desk, key))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{HERE}/{REGION}-{MONTH}-{key.id}"
    said = text_of(operator.get(answer.headers["Location"]))
    for word in ("社保登记", "区政务服务中心", "非常满意", "2026年11月16日"):
        assert word in said


def test_a_short_code_is_found_too(desk: Desk, operator: Any) -> None:
    short = desk.site.short_code(desk.site.serve())
    assert operator.send(HERE, HERE, wanted=f"{short[:5]}-{short[5:]}").status_code == 303


def test_a_telephone_number_is_posted_and_never_part_of_an_address(
    desk: Desk, operator: Any
) -> None:
    person = Person(name="张三", certificate_no="990000199001010017", mobile=MOBILE)
    desk.office.bad_review(person=person)
    answer = operator.send(HERE, HERE, wanted=MOBILE)
    assert answer.status_code == 200
    assert MOBILE not in str(answer.headers)
    assert "已评价" in text_of(answer)


def test_a_look_up_by_telephone_is_journalled_without_the_number(desk: Desk, operator: Any) -> None:
    operator.send(HERE, HERE, wanted=MOBILE)
    with desk.deployment.store.read() as conn:
        rows = conn.execute(select(journal).where(journal.c.kind == "rating.looked_up")).all()
    assert [row.payload.count(MOBILE) for row in rows] == [0]


def test_nothing_found_says_what_to_try(operator: Any) -> None:
    answer = operator.send(HERE, HERE, wanted="ZX-0")
    assert answer.status_code == 404
    assert "没有找到可以评价的服务" in text_of(answer)
    assert "ZX-0" in answer.get_data(as_text=True)


def test_a_good_rating_is_read_back_then_saved(desk: Desk, operator: Any) -> None:
    address, _key = calls(desk, operator)
    back = step(operator, address, grade="5")
    assert "我复述一遍" in text_of(back)
    assert desk.site.ratings() == []
    saved = step(operator, address, step="save")
    [rating] = desk.site.ratings()
    assert (rating.grade, rating.channel, rating.provenance) == (5, "hotline", "hotline_operator")
    assert rating.receipt in saved.get_data(as_text=True).replace("-", "")


def test_a_bad_rating_asks_for_reasons_and_reads_them_back(desk: Desk, operator: Any) -> None:
    address, _key = calls(desk, operator)
    reasons = step(operator, address, grade="2")
    assert "哪些方面让您不满意" in text_of(reasons)
    back = step(operator, address, step="reasons", options=["207"], text="跑了三趟")
    assert "跑了三趟" in text_of(back)
    step(operator, address, step="save")
    [rating] = desk.site.ratings()
    assert (rating.grade, rating.options) == (2, ["207"])
    assert rating.text_sealed is not None


def test_a_bad_rating_without_a_reason_is_not_read_back(desk: Desk, operator: Any) -> None:
    address, _key = calls(desk, operator)
    step(operator, address, grade="1")
    answer = step(operator, address, step="reasons")
    assert answer.status_code == 422
    assert "请至少选一个原因" in text_of(answer)


def test_what_was_entered_can_be_corrected_without_losing_it(desk: Desk, operator: Any) -> None:
    address, _key = calls(desk, operator)
    step(operator, address, grade="2")
    step(operator, address, step="reasons", options=["207"], text="跑了三趟")
    again = step(operator, address, step="correct").get_data(as_text=True)
    assert "跑了三趟" in again
    assert 'value="207"' in again
    assert "checked" in again


def test_saving_twice_stores_once(desk: Desk, operator: Any) -> None:
    address, _key = calls(desk, operator)
    step(operator, address, grade="4")
    sent = {**form_of(operator.last, address), "step": "save"}
    answers = [operator.client.post(address, data=sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert len(desk.site.ratings()) == 1


def test_an_agent_is_recorded_as_one(desk: Desk, operator: Any) -> None:
    address, _key = calls(desk, operator)
    step(operator, address, grade="5", caller="agent")
    step(operator, address, step="save")
    [rating] = desk.site.ratings()
    assert (rating.rater_role, rating.identity) == ("agent", "presumed")


def test_who_does_not_say_who_they_are_stays_anonymous(desk: Desk, operator: Any) -> None:
    address, _key = calls(desk, operator)
    step(operator, address, grade="5", caller="unnamed")
    step(operator, address, step="save")
    assert [rating.identity for rating in desk.site.ratings()] == ["anonymous"]


def test_the_recording_and_the_operator_are_journalled(desk: Desk, operator: Any) -> None:
    address, _key = calls(desk, operator)
    step(operator, address, grade="5", recording="REC-2026-77")
    step(operator, address, step="save")
    with desk.deployment.store.read() as conn:
        [row] = conn.execute(select(journal).where(journal.c.kind == "rating.entered")).all()
    assert "REC-2026-77" in row.payload


def test_a_recording_with_other_signs_is_refused_in_words(desk: Desk, operator: Any) -> None:
    address, _key = calls(desk, operator)
    answer = step(operator, address, grade="5", recording="张三 <b>")
    assert answer.status_code == 422
    assert "录音编号" in text_of(answer)


def test_a_service_that_was_rated_meanwhile_is_told(desk: Desk, operator: Any) -> None:
    address, key = calls(desk, operator)
    step(operator, address, grade="5")
    desk.rate(4, key=key)
    answer = step(operator, address, step="save")
    assert answer.status_code == 409
    assert len(desk.site.ratings()) == 1


def test_who_served_cannot_enter_the_rating(desk: Desk) -> None:
    roles = ((Role.HOTLINE_OPERATOR, {}), (Role.STAFF_MEMBER, {"staff_id": STAFF}))
    browser = desk.office.browser(desk.office.account(*roles))
    key = desk.site.serve()
    answer = browser.get(f"{HERE}/{REGION}-{MONTH}-{key.id}")
    assert answer.status_code == 403
    assert "由您本人提供" in text_of(answer)


def test_a_service_of_another_county_is_as_unknown(desk: Desk) -> None:
    elsewhere = desk.person(Role.HOTLINE_OPERATOR, region=ELSEWHERE)
    key = desk.site.serve()
    assert elsewhere.send(HERE, HERE, wanted=case_no(desk, key)).status_code == 404
    assert elsewhere.get(f"{HERE}/{REGION}-{MONTH}-{key.id}").status_code == 404


@pytest.mark.parametrize("address", ["0", "330106-202611-x", f"330106-202611-{2**63}"])
def test_an_address_that_is_none_is_not_found(operator: Any, address: str) -> None:
    assert operator.get(f"{HERE}/{address}").status_code == 404


def test_where_anonymous_ratings_are_not_accepted_nobody_is_made_up(
    desk: Desk, operator: Any
) -> None:
    address, _key = calls(desk, operator)
    intake = desk.deployment.intake
    named = replace(intake.desk.rules, identities=frozenset({Identity.PRESUMED}))
    intake.desk = replace(intake.desk, rules=named)
    for given in ({"grade": "5"}, {"grade": "5", "step": "save"}):
        answer = step(operator, address, caller="unnamed", **given)
        assert answer.status_code == 422
        assert "不接受这类来电人" in text_of(answer)
    assert desk.site.ratings() == []
