"""The paper clerk's grid: keyed twice, compared, each row with its own answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.console_b.conftest import ELSEWHERE, STAFF, Desk, Role, form_of, text_of

HERE = "/console/paper"


@pytest.fixture
def clerk(desk: Desk) -> Any:
    return desk.person(Role.PAPER_CLERK)


def first_pass(clerk: Any, rows: list[dict[str, str]], **more: str) -> Any:
    """Key rows once; each names its fields."""
    clerk.page(HERE)
    return post(clerk, keyed("a", rows) | more)


def keyed(prefix: str, rows: list[dict[str, str]]) -> dict[str, str]:
    return {
        f"{prefix}{number}-{name}": value
        for number, row in enumerate(rows, start=1)
        for name, value in row.items()
    }


def post(clerk: Any, fields: dict[str, str]) -> Any:
    sent = {**form_of(clerk.last, HERE), **fields}
    clerk.last = clerk.client.post(HERE, data=sent)
    return clerk.last


def both(clerk: Any, rows: list[dict[str, str]], again: list[dict[str, str]] | None = None) -> Any:
    first_pass(clerk, rows)
    return post(clerk, keyed("b", [strip(row) for row in again or rows]))


def strip(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name != "text"}


def forms(desk: Desk, *grades: str) -> list[dict[str, str]]:
    return [{"ref": desk.site.short_code(desk.site.serve()), "grade": one} for one in grades]


def test_the_grid_has_twenty_rows(clerk: Any) -> None:
    page = clerk.page(HERE)
    assert page.count('name="a20-ref"') == 1
    assert 'name="a21-ref"' not in page


def test_the_second_pass_shows_nothing_of_the_first(desk: Desk, clerk: Any) -> None:
    rows = forms(desk, "5")
    page = first_pass(clerk, rows).get_data(as_text=True)
    assert 'name="b1-grade" value=""' in page
    assert '<input id="b1-ref" name="b1-ref" value=""' in page
    assert desk.site.ratings() == []


def test_rows_keyed_the_same_twice_are_stored(desk: Desk, clerk: Any) -> None:
    answer = both(clerk, forms(desk, "5", "4"))
    assert answer.status_code == 200
    stored = [(one.grade, one.channel, one.provenance) for one in desk.site.ratings()]
    assert stored == [(5, "paper", "paper_clerk"), (4, "paper", "paper_clerk")]
    assert "已录入 2" in text_of(answer)


def test_a_bad_form_keeps_its_reasons_and_words(desk: Desk, clerk: Any) -> None:
    rows = forms(desk, "2")
    rows[0] |= {"options": "207 213", "text": "跑了三趟"}
    both(clerk, rows)
    [rating] = desk.site.ratings()
    assert rating.options == ["207", "213"]
    assert rating.text_sealed is not None


def test_reasons_may_be_keyed_in_another_order(desk: Desk, clerk: Any) -> None:
    rows = forms(desk, "2")
    again = [{**rows[0], "options": "213,207"}]
    rows[0]["options"] = "207 213"
    both(clerk, rows, again)
    assert len(desk.site.ratings()) == 1


def test_full_width_signs_are_the_same_signs(desk: Desk, clerk: Any) -> None:
    rows = forms(desk, "5")
    both(clerk, rows, [{**rows[0], "grade": "５"}])
    assert [one.grade for one in desk.site.ratings()] == [5]


def test_a_row_that_differs_comes_back_with_both_keyings(desk: Desk, clerk: Any) -> None:
    rows = forms(desk, "5", "3")
    answer = both(clerk, rows, [rows[0], {**rows[1], "grade": "1"}])
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert [one.grade for one in desk.site.ratings()] == [5]
    assert 'name="a2-grade" value="3"' in page
    assert 'name="b2-grade" value="1"' in page
    assert 'name="a1-ref"' not in page
    assert "两遍不一致" in page


def test_a_corrected_row_is_stored(desk: Desk, clerk: Any) -> None:
    rows = forms(desk, "3")
    both(clerk, rows, [{**rows[0], "grade": "1"}])
    answer = post(clerk, {"b1-grade": "3"})
    assert answer.status_code == 200
    assert [one.grade for one in desk.site.ratings()] == [3]


def test_a_form_that_was_entered_before_is_a_duplicate(desk: Desk, clerk: Any) -> None:
    rows = forms(desk, "5")
    both(clerk, rows)
    answer = both(clerk, rows)
    assert answer.status_code == 200
    assert "重复，未再录入 1" in text_of(answer)
    assert len(desk.site.ratings()) == 1


def test_an_unknown_number_is_refused_and_nothing_typed_is_lost(desk: Desk, clerk: Any) -> None:
    rows = [{"ref": "NOT-THERE-1", "grade": "5", "text": "写了一段话"}]
    answer = both(clerk, rows)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "没有这次服务" in page
    assert page.count('value="NOT-THERE-1"') >= 2
    assert "写了一段话" in page


def test_a_bad_grade_without_a_reason_is_refused_in_words(desk: Desk, clerk: Any) -> None:
    answer = both(clerk, forms(desk, "1"))
    assert answer.status_code == 422
    assert desk.site.ratings() == []
    assert "第 1 行未录入" in text_of(answer)


def test_one_bad_row_keeps_no_other_from_being_stored(desk: Desk, clerk: Any) -> None:
    rows = [*forms(desk, "5"), {"ref": "NOT-THERE-1", "grade": "4"}, *forms(desk, "3")]
    both(clerk, rows)
    assert [one.grade for one in desk.site.ratings()] == [5, 3]


def test_sending_the_same_batch_again_stores_nothing_twice(desk: Desk, clerk: Any) -> None:
    rows = forms(desk, "5")
    first_pass(clerk, rows)
    sent = {**form_of(clerk.last, HERE), **keyed("b", rows)}
    answers = [clerk.client.post(HERE, data=sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert len(desk.site.ratings()) == 1


def test_a_pile_of_another_size_is_told(desk: Desk, clerk: Any) -> None:
    answer = first_pass(clerk, forms(desk, "5"), expected="3")
    assert answer.status_code == 422
    assert "写的是 3 张，录了 1 张" in text_of(answer)


def test_an_empty_batch_is_told(clerk: Any) -> None:
    answer = first_pass(clerk, [])
    assert answer.status_code == 422
    assert "还没有录入任何一张表" in text_of(answer)


@pytest.mark.parametrize("grade", ["", "0", "6", "好"])
def test_a_grade_that_is_none_is_told_with_its_row(desk: Desk, clerk: Any, grade: str) -> None:
    answer = first_pass(clerk, [{"ref": "X", "grade": grade}])
    assert answer.status_code == 422
    assert '<a href="#a1-grade">' in answer.get_data(as_text=True)
    assert 'value="X"' in answer.get_data(as_text=True)


def test_a_form_of_another_county_is_refused(desk: Desk) -> None:
    clerk = desk.person(Role.PAPER_CLERK, region=ELSEWHERE)
    answer = both(clerk, forms(desk, "5"))
    assert answer.status_code == 422
    assert desk.site.ratings() == []


def test_who_served_cannot_enter_the_form(desk: Desk) -> None:
    roles = ((Role.PAPER_CLERK, {}), (Role.STAFF_MEMBER, {"staff_id": STAFF}))
    clerk = desk.office.browser(desk.office.account(*roles))
    answer = both(clerk, forms(desk, "5"))
    assert "由您本人提供" in text_of(answer)
    assert desk.site.ratings() == []
