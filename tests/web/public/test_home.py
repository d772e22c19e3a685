"""The public home: totals, grades, figures, cases, trend, comments and the way to everything."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from haochaping.deployment import Deployment
from haochaping.disclosure.sight import Audience
from tests.web.conftest import Site, text
from tests.web.public.town import COUNTY


def get(client: FlaskClient, address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return text(answer)


def test_an_empty_site_says_what_comes_next(site: Site) -> None:
    page = get(site.client())
    assert "还没有数据" in page
    assert "第一条评价计入后，这里几秒内就会显示" in page
    assert "还没有公开的评价" in page
    assert "数据还没有封存" in page


def test_totals_of_today_the_month_and_all_are_shown(client: FlaskClient) -> None:
    found = re.findall(r"<dt>([^<]+)</dt><dd>([\d,]+)</dd>", get(client))
    assert [name for name, _ in found] == ["今日评价", "本月评价", "累计评价"]
    today, month, everything = (int(value.replace(",", "")) for _, value in found)
    assert today == 843
    assert today < month < everything


def test_every_grade_has_its_count_and_share(client: FlaskClient) -> None:
    rows = re.findall(
        r'<th scope="row">([^<]*满意)</th>.*?</td><td>([\d,]+)</td><td>(.+?)</td>', get(client)
    )
    assert [row[0] for row in rows] == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    assert all(row[2].endswith("%") for row in rows)


def test_a_small_count_is_withheld_together_with_one_that_would_give_it_away(
    client: FlaskClient,
) -> None:
    page = get(client, f"/?region={COUNTY}")
    rows = dict(re.findall(r'<tr><th scope="row">(\S+满意)</th>.*?</td><td>(.+?)</td>', page))
    assert rows["非常不满意"] == "&lt;5"
    assert rows["不满意"] == "…"


def test_every_figure_has_its_n_and_leads_to_its_definition(client: FlaskClient) -> None:
    page = get(client)
    cards = re.findall(r'<li><h3><a href="/method#(\w+)">.*?</li>', page, re.S)
    assert {"bad_rate", "satisfaction", "active_rate", "on_time_rate", "mean_score"} <= set(cards)
    method = get(client, "/method")
    assert all(f'id="{name}"' in method for name in cards)
    grid = page.partition('class="figures-grid"')[2].partition("</ul>")[0]
    known = grid.count("<li>") - grid.count('class="value none"')
    assert grid.count('class="n"') == known > 5


def test_cases_are_counted_in_plain_words(client: FlaskClient) -> None:
    found = dict(re.findall(r"<span>(\S+)</span><strong>(\d+)</strong>", get(client)))
    assert set(found) == {"正在核实", "正在整改", "已答复", "已办结"}
    assert found["已办结"] == "1"


def test_the_trend_is_a_table_of_twelve_months_with_n(client: FlaskClient) -> None:
    table = get(client).partition('id="trend-table"')[2].partition("</table>")[0]
    months = re.findall(r'<th scope="row"><data value="(\d{4}-\d{2})">', table)
    assert months == sorted(months)
    assert (months[0], months[-1], len(months)) == ("2025-12", "2026-11", 12)
    assert table.count('class="n"') >= 24


def test_the_table_of_the_trend_stands_open_without_a_script(client: FlaskClient) -> None:
    assert '<details class="table" open>' in get(client)


def test_the_latest_comments_stand_there_with_the_official_reply(client: FlaskClient) -> None:
    page = get(client)
    assert page.count('<article class="slip opinion"') == 4
    assert "官方答复" in page
    assert "窗口已更正材料清单并致歉" in page


def test_every_board_is_one_click_away(province: Deployment, client: FlaskClient) -> None:
    page = get(client)
    listed = {one.name for one in province.disclosing.boards.listed(Audience.PUBLIC)}
    assert listed >= {"organizations", "halls", "windows", "items", "praised", "criticized", "late"}
    for name in listed:
        assert f'href="/boards/{name}"' in page
    assert 'href="/honours"' in page


def test_the_seal_is_told_with_its_number_moment_and_whole_head(client: FlaskClient) -> None:
    page = get(client)
    assert "数据已封存到第 1 批，2026年11月16日 10:00" in page
    assert re.search(r"<code>[0-9a-f]{64}</code>", page)


def test_a_region_shows_its_own_figures_and_the_way_back(client: FlaskClient) -> None:
    page = get(client, f"/?region={COUNTY}")
    assert "<h1>西湖区政务服务评价</h1>" in page
    assert 'href="/?region=330100"' in page
    assert f'href="/boards/halls?region={COUNTY}"' in page


def test_regions_below_are_offered_as_far_as_figures_tell_them_apart(client: FlaskClient) -> None:
    assert '<option value="330100">杭州市</option>' in get(client)
    assert "北山街道" not in get(client, f"/?region={COUNTY}")


def test_a_town_leads_to_its_county_whose_figures_it_has(client: FlaskClient) -> None:
    answer = client.get("/?region=330106001")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/?region={COUNTY}"


def test_an_unknown_region_is_told_in_words(client: FlaskClient) -> None:
    answer = client.get("/?region=999999")
    assert answer.status_code == 404
    assert "没有代码为“999999”的地区" in text(answer)


def test_the_page_can_be_read_in_english_and_in_large_print(client: FlaskClient) -> None:
    page = get(client, "/?lang=en&mode=elder")
    assert '<html lang="en" data-mode="elder">' in page
    assert "Ratings this month" in page
    ours = re.sub(
        r'<p class="words" lang="zh-CN">.*?</p>|lang="zh-CN"[^>]*>[^<]*<', "", page, flags=re.S
    )
    assert set(re.findall(r"[\u4e00-\u9fff]+", ours)) <= {
        "评",
        "数据由系统自动统计",
        "任何人不能修改",
    }
