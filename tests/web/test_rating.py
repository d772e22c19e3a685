"""Rating a service by its link: what the rater sees, and what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from haochaping.hooks.values import RaterRole
from tests.web.conftest import Site, hidden, text

JSON = {"Accept": "application/json"}


@pytest.fixture
def code(site: Site) -> str:
    return site.link(site.serve())


def test_the_page_shows_the_service_and_five_choices(site: Site, code: str) -> None:
    page = text(site.client().get(f"/r/{code}"))
    for shown in ("社保登记", "2026年11月16日", "区政务服务中心", "8号窗口", "A0017"):
        assert shown in page
    assert page.count('class="grade" name="grade"') == 5


def test_names_are_shown_in_english_where_there_are_any(site: Site, code: str) -> None:
    page = text(site.client().get(f"/r/{code}?lang=en"))
    for shown in ("Registration", "16 November 2026", "District hall", "Window 8"):
        assert shown in page


def test_a_good_grade_takes_one_tap_and_gives_a_receipt(site: Site, code: str) -> None:
    client = site.client()
    fields = hidden(client.get(f"/r/{code}"))
    done = client.post(f"/r/{code}", data={**fields, "grade": "5"})
    [rating] = site.ratings()
    assert done.status_code == 200
    assert (rating.grade, rating.status, rating.channel) == (5, "effective", "qr")
    assert rating.receipt in text(done).replace("-", "")
    assert "2026年11月26日 24:00 之前可以修改" in text(done)


def test_the_receipt_page_names_no_grade(site: Site, code: str) -> None:
    bodies = [
        text(site.client().post(f"/r/{one}", data={"grade": grade, "options": option}))
        for one, grade, option in ((code, "5", "510"), (site.link(site.serve()), "1", "108"))
    ]
    assert len({len(body) for body in bodies}) == 1
    assert not any(word in body for body in bodies for word in ("非常满意", "非常不满意"))


def test_a_bad_grade_is_first_asked_for_its_reasons(site: Site, code: str) -> None:
    client = site.client()
    fields = hidden(client.get(f"/r/{code}"))
    reasons = client.post(f"/r/{code}", data={**fields, "grade": "2"})
    assert reasons.status_code == 200
    assert text(reasons).count('name="options"') == 8
    assert "没有提供材料清单" in text(reasons)
    assert site.ratings() == []


def test_a_bad_grade_is_stored_with_its_reasons_and_words(site: Site, code: str) -> None:
    client = site.client()
    fields = hidden(client.post(f"/r/{code}", data={"grade": "2"}))
    said = {"options": ["207", "213"], "text": "跑了两趟", "confirm": "1"}
    client.post(f"/r/{code}", data={**fields, **said})
    [rating] = site.ratings()
    assert (rating.grade, rating.options) == (2, ["207", "213"])
    assert rating.text_sealed is not None


def test_a_bad_grade_without_a_reason_says_what_is_missing(site: Site, code: str) -> None:
    answer = site.client().post(f"/r/{code}", data={"grade": "1", "confirm": "1"})
    assert answer.status_code == 422
    assert 'id="faults"' in text(answer)
    assert '<a href="#options">' in text(answer)
    assert site.ratings() == []


def test_a_text_that_is_too_long_comes_back_with_its_fault(site: Site, code: str) -> None:
    data = {"grade": "1", "options": "108", "text": "长" * 501, "confirm": "1"}
    answer = site.client().post(f"/r/{code}", data=data)
    assert answer.status_code == 422
    assert '<a href="#text">' in text(answer)
    assert "长" * 501 in text(answer)
    assert 'value="108" checked' in text(answer)


def test_a_post_without_a_grade_is_refused_in_words(site: Site, code: str) -> None:
    answer = site.client().post(f"/r/{code}", data={}, headers=JSON)
    assert answer.status_code == 422
    assert answer.json["code"] == "HCP-INVALID-EVALUATION"
    assert site.ratings() == []


def test_tapping_twice_stores_once_and_shows_the_same_receipt(site: Site, code: str) -> None:
    client = site.client()
    data = {**hidden(client.get(f"/r/{code}")), "grade": "4"}
    first, second = (client.post(f"/r/{code}", data=data, headers=JSON) for _ in range(2))
    assert first.json == second.json
    assert len(site.ratings()) == 1


def test_a_post_without_a_token_is_safe_to_repeat_too(site: Site, code: str) -> None:
    data = {"grade": "2", "options": ["207"], "text": "慢"}
    receipts = {
        site.client().post(f"/r/{code}", data=data, headers=JSON).json["receipt"] for _ in range(2)
    }
    assert len(receipts) == 1
    assert len(site.ratings()) == 1


def test_a_token_of_another_link_is_refused(site: Site, code: str) -> None:
    other = site.link(site.serve())
    token = hidden(site.client().get(f"/r/{other}"))["token"]
    answer = site.client().post(f"/r/{code}", data={"grade": "5", "token": token}, headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (400, "HCP-FORM")
    assert site.ratings() == []


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}]
)
def test_a_form_on_another_site_cannot_rate(site: Site, code: str, headers: dict[str, str]) -> None:
    answer = site.client().post(f"/r/{code}", data={"grade": "5"}, headers={**JSON, **headers})
    assert answer.json["code"] == "HCP-FORM"
    assert site.ratings() == []


def test_a_browser_without_cookies_can_rate(site: Site, code: str) -> None:
    client = site.app.test_client(use_cookies=False)
    data = {**hidden(client.get(f"/r/{code}")), "grade": "5"}
    assert client.post(f"/r/{code}", data=data).status_code == 200
    assert len(site.ratings()) == 1


def test_no_cookie_is_set_by_rating(site: Site, code: str) -> None:
    client = site.client()
    data = {**hidden(client.get(f"/r/{code}")), "grade": "5"}
    assert "Set-Cookie" not in client.post(f"/r/{code}", data=data).headers


def test_a_second_rating_of_the_same_service_is_told_so_without_its_grade(
    site: Site, code: str
) -> None:
    site.client().post(f"/r/{code}", data={"grade": "5"})
    again = site.client().post(f"/r/{code}", data={"grade": "4"})
    assert again.status_code == 409
    assert "已经评价过了" in text(again)
    assert "满意" not in text(again)


def test_the_link_of_a_rated_service_leads_to_the_receipt_code(site: Site, code: str) -> None:
    site.client().post(f"/r/{code}", data={"grade": "5"})
    page = text(site.client().get(f"/r/{code}"))
    assert "已经评价过了" in page
    assert 'href="/mine"' in page


def test_a_made_up_link_is_not_found_in_words(site: Site) -> None:
    answer = site.client().get("/r/" + "0" * 40)
    assert answer.status_code == 404
    assert "HCP-BAD-LINK" in text(answer)


def test_an_expired_link_says_so_and_names_another_way(site: Site, code: str) -> None:
    site.clock.advance(timedelta(days=40))
    answer = site.client().get(f"/r/{code}")
    assert answer.status_code == 410
    assert "热线" in text(answer)


def test_the_short_code_leads_to_the_same_page(site: Site) -> None:
    digits = site.short_code(site.serve())
    client = site.client()
    asked = client.post("/r", data={"code": f"{digits[:5]} {digits[5:]}"})
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/r/{digits}")
    fields = hidden(client.get(f"/r/{digits}"))
    client.post(f"/r/{digits}", data={**fields, "grade": "3"})
    assert [rating.grade for rating in site.ratings()] == [3]


def test_a_mistyped_short_code_is_told_at_its_field(site: Site) -> None:
    answer = site.client().post("/r", data={"code": "12"})
    assert answer.status_code == 422
    assert '<a href="#code">' in text(answer)


def test_short_codes_cannot_be_tried_out_for_long(site: Site) -> None:
    client = site.client()
    answers = [client.get(f"/r/{number:012}").status_code for number in range(40)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_the_qr_code_of_a_link_is_a_drawing_without_styles(site: Site, code: str) -> None:
    answer = site.client().get(f"/r/{code}/qr.svg")
    assert answer.mimetype == "image/svg+xml"
    assert "<svg" in text(answer)
    assert "style" not in text(answer)


def test_the_way_a_link_was_sent_becomes_the_channel(site: Site, code: str) -> None:
    site.client().post(f"/r/{code}?from=sms", data={"grade": "5"})
    assert [rating.channel for rating in site.ratings()] == ["sms"]


def test_the_holder_of_the_link_is_presumed_to_be_the_applicant(site: Site, code: str) -> None:
    site.client().post(f"/r/{code}", data={"grade": "5"})
    [rating] = site.ratings()
    assert (rating.identity, rating.rater_role) == ("presumed", "applicant")


def test_switching_to_elder_mode_keeps_the_receipt_on_the_page(site: Site, code: str) -> None:
    client = site.client()
    fields = {**hidden(client.get(f"/r/{code}")), "grade": "5"}
    client.post(f"/r/{code}", data=fields)
    again = text(client.post(f"/r/{code}", data={**fields, "mode": "elder"}))
    assert 'data-mode="elder"' in again
    assert site.ratings()[0].receipt in again.replace("-", "")


def test_private_pages_are_stored_nowhere(site: Site, code: str) -> None:
    assert site.client().get(f"/r/{code}").headers["Cache-Control"] == "no-store"


def test_an_agent_says_so_below_the_grades(site: Site, code: str) -> None:
    client = site.client()
    page = client.get(f"/r/{code}")
    assert "我是代办人" in text(page)
    assert "checked" not in text(page)
    client.post(f"/r/{code}", data={**hidden(page), "grade": "5", "role": "agent"})
    assert [rating.rater_role for rating in site.ratings()] == ["agent"]


def test_an_agent_stays_one_while_the_reasons_are_asked_for(site: Site, code: str) -> None:
    client = site.client()
    asked = client.post(f"/r/{code}", data={"grade": "1", "role": "agent"})
    said = {"options": "108", "confirm": "1"}
    client.post(f"/r/{code}", data={**hidden(asked), **said})
    assert [rating.rater_role for rating in site.ratings()] == ["agent"]


@pytest.fixture
def applicants_only(site: Site) -> Site:
    desk = site.deployment.intake.desk
    rules = replace(desk.rules, roles=frozenset({RaterRole.APPLICANT}))
    site.deployment.intake.desk = replace(desk, rules=rules)
    return site


def test_where_agents_are_not_accepted_the_choice_is_not_offered_and_refused_in_words(
    applicants_only: Site, code: str
) -> None:
    client = applicants_only.client()
    assert "我是代办人" not in text(client.get(f"/r/{code}"))
    answer = client.post(f"/r/{code}", data={"grade": "5", "role": "agent"})
    assert answer.status_code == 422
    assert "不接受“agent”" in text(answer)
    assert applicants_only.ratings() == []
