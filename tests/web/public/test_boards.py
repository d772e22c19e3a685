"""Boards: ranks, ties, n, intervals, what is not ranked, what moves in batches."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from haochaping.deployment import Deployment
from haochaping.grading import entries
from haochaping.web.public import boards
from tests.web.conftest import Site, text
from tests.web.public.town import COUNTY, rated


def get(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return text(answer)


def ranked(page: str) -> list[str]:
    """The lines of the ranked table."""
    table = page.partition('<table class="board"')[2].partition("</table>")[0]
    return re.findall(r'<tr role="row">\s*<td.*?</tr>', table, re.S)


def ranks(page: str) -> list[int]:
    return [int(one) for one in re.findall(r"<b>(\d+)</b>", page)]


def names(page: str) -> list[str]:
    return re.findall(r'class="who">(?:<a [^>]+>)?([^<]+)<', page)


def test_the_index_names_every_board_and_its_order(client: FlaskClient) -> None:
    page = get(client, "/boards")
    for title in (
        *("地区榜", "部门榜", "大厅榜", "窗口榜", "事项榜", "光荣榜"),
        *("好评榜", "差评榜", "逾期榜"),
    ):
        assert title in page
    assert page.count("按差评率排列") == 6


def test_units_are_listed_by_praise_and_by_blame(client: FlaskClient) -> None:
    praised, criticized = (
        names(get(client, f"/boards/{one}")) for one in ("praised", "criticized")
    )
    assert praised
    assert criticized[0] == praised[-1] != praised[0]
    assert sorted(criticized) == sorted(praised)


def test_late_replies_have_a_board(client: FlaskClient) -> None:
    page = get(client, "/boards/late")
    assert "按期答复率" in page
    assert "市场监督管理局" in page
    assert len(client.get("/boards/late").data) < 100_000


def test_an_unknown_board_lists_those_there_are(client: FlaskClient) -> None:
    answer = client.get("/boards/nothing")
    assert answer.status_code == 404
    assert "没有榜单“nothing”" in text(answer)
    assert 'href="/boards/windows"' in text(answer)


def test_a_machine_is_told_of_an_unknown_board_in_a_document(client: FlaskClient) -> None:
    answer = client.get("/boards/nothing", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["code"] == "HCP-UNKNOWN-BOARD"
    assert "windows" in answer.json["detail"]


def test_ties_share_their_rank_and_say_so(client: FlaskClient) -> None:
    page = get(client, "/boards/windows")
    assert ranks(page)[:5] == [1, 1, 1, 1, 5]
    assert ranked(page)[0].count("并列") == 1
    assert "并列" not in ranked(page)[4]


def test_every_rate_has_its_interval_and_n(client: FlaskClient) -> None:
    line = ranked(get(client, "/boards/windows"))[4]
    assert re.search(r'class="label">评价数 n</span><span class="value">\d+<', line)
    assert len(re.findall(r"95% 区间 </span>\d+\.\d+–\d+\.\d+%", line)) >= 4
    assert "n\u202f=\u202f" in line


def test_the_ordered_column_is_drawn_on_one_scale(client: FlaskClient) -> None:
    lines = ranked(get(client, "/boards/windows"))
    assert all(line.count('class="band"') == 1 for line in lines)
    starts = [float(re.findall(r'class="reach" x="([\d.]+)"', line)[0]) for line in lines]
    assert min(starts) == 0
    assert max(starts) <= 100


def test_too_few_ratings_are_listed_apart_with_the_reason(client: FlaskClient) -> None:
    page = get(client, "/boards/windows")
    apart = page.partition('class="unranked"')[2]
    assert "评价少于 30 条，只列出、不排名。" in apart
    assert "北山街道便民服务点" in apart
    assert "名次" not in apart.partition("</table>")[0]


def test_without_cases_the_order_by_cases_names_its_own_reason(client: FlaskClient) -> None:
    page = get(client, "/boards/organizations?order=on_time_rate&period=2026-09")
    assert "本期没有可计算的整改工单" in page


def test_shielded_lines_say_that_they_move_in_batches(client: FlaskClient) -> None:
    page = get(client, "/boards/windows")
    assert all("分批更新" in line for line in ranked(page))
    assert "数据攒满 5 条新评价或当日结束才更新" in page
    assert "分批更新" not in get(client, "/boards/regions")


def test_a_window_is_named_with_its_hall(client: FlaskClient) -> None:
    assert '<span class="under">滨江区政务服务中心</span>' in get(client, "/boards/windows")


def test_a_board_can_be_turned_and_ordered_by_another_column(client: FlaskClient) -> None:
    best = names(get(client, "/boards/organizations?order=satisfaction&direction=desc"))
    worst = names(get(client, "/boards/organizations?order=satisfaction&direction=asc"))
    assert best == worst[::-1]


def test_the_ordered_column_says_so_and_its_head_turns_it(client: FlaskClient) -> None:
    page = get(client, "/boards/organizations?region=330100")
    head = re.search(r'aria-sort="ascending"><a href="([^"]+)">差评率', page)
    assert head
    assert "direction=desc" in head[1]
    assert "region=330100" in head[1]


def test_an_unknown_column_names_the_known_ones(client: FlaskClient) -> None:
    answer = client.get("/boards/halls?order=beauty")
    assert answer.status_code == 400
    assert "bad_rate" in text(answer)


def test_a_region_narrows_the_board(client: FlaskClient) -> None:
    page = get(client, f"/boards/halls?region={COUNTY}")
    assert names(page) == ["西湖区政务服务中心", "北山街道便民服务点"]
    assert "西湖区 · 2026年11月" in page


@pytest.mark.parametrize(
    ("period", "label"),
    [("2026-10", "2026年10月"), ("2026", "2026年"), ("2026-11-16", "2026年11月16日")],
)
def test_a_board_shows_a_month_a_year_or_a_day(
    client: FlaskClient, period: str, label: str
) -> None:
    page = get(client, f"/boards/regions?period={period}")
    assert f'<option value="{period}" selected>{label}</option>' in page


def test_a_day_of_units_is_withheld_and_says_why(client: FlaskClient) -> None:
    page = get(client, "/boards/organizations?period=2026-11-16")
    assert "单日数据只公布到地区" in page
    told = client.get("/api/v1/boards/organizations?period=2026-11-16").get_json()["rows"]
    assert told
    assert all(row["rated_withheld"] for row in told)
    assert "单日数据" not in get(client, "/boards/regions?period=2026-11-16")


def test_months_with_figures_are_offered_newest_first(client: FlaskClient) -> None:
    page = get(client, "/boards/halls")
    months = re.findall(r'<option value="(\d{4}-\d{2})"', page)
    assert months[0] == "2026-11"
    assert months == sorted(months, reverse=True)
    assert "2025-12" in months


def test_an_unreadable_period_says_how_to_write_one(client: FlaskClient) -> None:
    answer = client.get("/boards/halls?period=yesterday")
    assert answer.status_code == 400
    assert "2026-11" in text(answer)


def test_a_period_without_ratings_says_what_to_do(client: FlaskClient) -> None:
    assert "可以换一个时期看看" in get(client, "/boards/halls?period=2020-01")


def test_a_closed_month_says_so(client: FlaskClient) -> None:
    assert "已结算" in get(client, "/boards/halls?period=2026-10")


def test_what_changed_after_closing_is_marked(province: Deployment, client: FlaskClient) -> None:
    row = rated(province.clock.now(), date(2026, 10, 12), 5, -1, region="330203", hall_id=13)
    with province.store.write() as conn:
        entries.record(conn, [row])
    page = get(client, "/boards/regions?period=2026-10")
    assert page.count('<span class="tag warn">有更正</span>') == 1
    assert "“有更正”：结算以后" in page


def test_the_permalink_names_period_and_order(client: FlaskClient) -> None:
    page = get(client, f"/boards/halls?region={COUNTY}")
    link = re.search(r'href="http://localhost(/boards/halls\?[^"]+)"', page)
    assert link
    address = link[1].replace("&amp;", "&")
    assert address.startswith(f"/boards/halls?period=2026-11&region={COUNTY}&order=bad_rate")
    assert names(get(client, address)) == names(page)


def test_the_same_board_can_be_had_as_json_and_csv(client: FlaskClient) -> None:
    page = get(client, "/boards/halls?period=2026-10")
    found = [one.replace("&amp;", "&") for one in re.findall(r'href="(/api/[^"]+)"', page)]
    assert [client.get(one).mimetype for one in found] == ["text/csv", "application/json"]


def test_every_column_is_defined_and_the_rules_have_a_version(client: FlaskClient) -> None:
    page = get(client, "/boards/halls")
    assert "<dt>满意率</dt><dd>（非常满意 + 满意 + 基本满意） ÷ 有效评价</dd>" in page
    assert re.search(r"规则版本 <code>[0-9a-f]{12}</code>", page)


def test_a_sensitive_item_has_its_public_name_and_no_address(client: FlaskClient) -> None:
    page = get(client, "/boards/items")
    assert "治安管理事项" in page
    assert "戒毒" not in page
    assert "I-26" not in page


def test_a_long_board_is_cut_into_pages(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "ROWS", 10)
    first, second = get(client, "/boards/windows"), get(client, "/boards/windows?page=2")
    assert "第 1–10 行，共 19 行" in first
    assert "第 11–19 行，共 19 行" in second
    assert ranks(second)[0] == 11
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "٣", "99999999999"])
def test_a_made_up_page_number_breaks_nothing(client: FlaskClient, page: str) -> None:
    assert client.get(f"/boards/windows?page={page}").status_code == 200


def test_a_few_ratings_are_not_counted_out(site: Site) -> None:
    row = {"region": "330106", "hall_id": 2, "window_id": 3, "item_id": 5}
    with site.deployment.store.write() as conn:
        entries.record(conn, [rated(site.clock.now(), date(2026, 11, 16), 2, 3, **row)])
    page = get(site.client(), "/boards/regions")
    assert '<span class="value">&lt;5</span>' in page
    assert "100.0%" not in page
    assert "n\u202f=\u202f3" not in page
