"""The method page: definitions and rules, each with its source said openly."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from haochaping.deployment import Deployment
from tests.web.conftest import text


def get(client: FlaskClient, address: str = "/method") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return text(answer)


def test_every_formula_stands_in_words_with_its_rounding(
    province: Deployment, client: FlaskClient
) -> None:
    page = get(client)
    for name in province.disclosing.formulas:
        assert f'<li id="{name}">' in page
    assert "差评 ÷ 有效评价" in page
    assert "百分数最多 4 位小数，评价少的少保留几位，四舍五入" in page


def test_sources_have_document_number_date_level_and_status(client: FlaskClient) -> None:
    page = get(client)
    assert "国办发〔2019〕51号 · 2019-12-03 · 国家" in page
    assert '<span class="tag good">现行</span>' in page
    assert '<span class="tag warn">假定，待确认</span>' in page


def test_which_grades_are_bad_is_said(client: FlaskClient) -> None:
    grades = re.findall(r"</svg><span>(\S+?)</span>(<span[^>]+>差评)?", get(client))
    assert [label for label, bad in grades if bad] == ["不满意", "非常不满意"]


def test_batches_thresholds_and_what_is_withheld_are_said(client: FlaskClient) -> None:
    page = get(client)
    assert "攒满 5 条新评价" in page
    assert "评价少于 30 条的只列出、不排名" in page
    assert "少于 5 的数不显示" in page
    withheld = page.partition('id="withheld"')[2].partition("</section>")[0]
    assert "<h3>评价人</h3><p>保护评价人个人信息</p>" in withheld
    assert "国办发〔2019〕51号" in withheld


def test_deadlines_are_told_and_inner_warnings_are_not(client: FlaskClient) -> None:
    page = get(client)
    assert "15 个工作日内" in page
    assert "预警" not in page


def test_the_calendar_names_its_years_and_version(
    province: Deployment, client: FlaskClient
) -> None:
    page = get(client)
    assert "2026 年放假和调休安排" in page
    assert province.calendar.version in page


def test_the_rules_have_a_version_and_layers(province: Deployment, client: FlaskClient) -> None:
    page = get(client)
    assert province.profile.digest in page
    assert "base → guangdong" in page


def test_the_page_is_in_english_too(client: FlaskClient) -> None:
    page = get(client, "/method?lang=en")
    assert "How figures are computed" in page
    assert "assumption, to be confirmed" in page
