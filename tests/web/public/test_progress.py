"""A case as the public sees it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import text


def get(client: FlaskClient, number: str) -> str:
    answer = client.get(f"/cases/{number}")
    assert answer.status_code == 200
    return text(answer)


def way(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<li class="(done|now|next)"[^>]*><span>(\S+?)</span>', page)


def test_a_closed_case_shows_its_way_due_day_reply_day_and_reply(client: FlaskClient) -> None:
    page = get(client, "C7QX4T9K2B")
    assert [mark for mark, _ in way(page)] == ["done", "done", "done", "now"]
    assert "<dt>答复期限</dt><dd>2026年11月15日</dd>" in page
    assert "<dt>答复日期</dt><dd>2026年11月11日</dd>" in page
    assert "窗口已更正材料清单并致歉" in page
    assert "不公开的草稿" not in page


@pytest.mark.parametrize(
    ("number", "lead"),
    [
        ("C7QX4T9K2B", "这条差评已经办结。"),
        ("C3MN8PRW5D", "单位已经答复，等待评价人确认。"),
        ("C9VH2JKE6A", "单位最晚 2026年11月17日 答复。"),
        ("C2LATE0000", "单位应在 2026年11月6日 前答复，已逾期，正在督办。"),
    ],
)
def test_where_a_case_stands_is_one_sentence(client: FlaskClient, number: str, lead: str) -> None:
    assert lead in get(client, number)


def test_an_overdue_case_is_called_so_in_colour_and_word(client: FlaskClient) -> None:
    assert '<span class="tag bad">已逾期</span>' in get(client, "C2LATE0000")


def test_neither_rater_nor_grade_nor_unit_numbers_are_there(client: FlaskClient) -> None:
    main = get(client, "C7QX4T9K2B").partition("<main")[2].partition("</main>")[0]
    for word in ("满意", "presumed", "2026年11月8日", "C3MN8PRW5D"):
        assert word not in main


@pytest.mark.parametrize("number", ["CUNSEEN000", "nothing", "c7qx4t9k2b'--"])
def test_a_case_that_is_not_with_its_unit_yet_is_as_unknown_as_one_that_is_not(
    client: FlaskClient, number: str
) -> None:
    answer = client.get(f"/cases/{number}")
    assert answer.status_code == 404
    assert "没有找到这个编号" in text(answer)
