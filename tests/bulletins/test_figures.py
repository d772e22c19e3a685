"""A bulletin's figures are those of the public pages, and its editions show what they may."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from haochaping.bulletins import content as contents
from haochaping.bulletins import gathering, tags
from haochaping.bulletins.content import named, text
from haochaping.bulletins.gathering import Wanted
from haochaping.bulletins.rules import Edition
from haochaping.catalog import subjects
from haochaping.deployment import Deployment
from haochaping.disclosure import home
from haochaping.disclosure.boards import Ask
from haochaping.disclosure.sight import Audience
from haochaping.grading import periods
from haochaping.hooks.disclosure import Section
from haochaping.hooks.values import Grade, Words
from haochaping.indicators import scale
from tests.bulletins.conftest import OCTOBER, gathered

ZH = "zh_Hans_CN"


def cells(part: contents.Part | None) -> list[list[str]]:
    """A part's table as texts."""
    assert part is not None
    return [[text(cell, ZH) for cell in row] for row in part.rows]


def test_every_figure_is_the_public_pages_own(place: Deployment) -> None:
    found = gathered(place)
    with place.store.read() as conn:
        now = place.clock.now()
        shown = place.disclosing.homes.home(conn, "", OCTOBER.last, now)
        boards = {
            spec.name: place.disclosing.boards.board(conn, Ask(spec.name, OCTOBER), now)
            for spec in place.disclosing.boards.listed(Audience.PUBLIC)
        }
    assert found.figures["rated"] == shown.totals.month.rated == 16_297
    for name, cell in shown.cells.items():
        assert found.figures[name] == (None if cell.withheld else cell.told or None)
    assert cells(named(found.parts, "grades")) == [
        [scale.label(Grade(one.grade)).zh, one.count.text, one.share or "—"] for one in shown.grades
    ]
    told = dict(cells(named(found.parts, "origins")))
    assert told == {one.label.zh: one.count.text for one in shown.origins}
    states = {f"其中{home.STATES[name].zh}": one.text for name, one in shown.cases.items()}
    assert states.items() <= dict(cells(named(found.parts, "cases"))).items()
    assert {one.key for one in found.annexes} == {n for n, one in boards.items() if one.rows}
    for annex in found.annexes:
        board = boards[annex.key]
        assert cells(annex) == [
            [
                "—" if row.rank is None else str(row.rank),
                row.subject.code,
                row.subject.name.zh,
                row.count.text,
                *(row.cells[column.name].told or "—" for column in board.columns),
            ]
            for row in board.rows
        ]
        if leading := named(found.parts, annex.key):
            assert [row[1] for row in cells(leading)] == [r[2] for r in cells(annex)][:10]


def test_the_period_before_stands_beside_it_with_the_change(province: Deployment) -> None:
    found = gathered(province)
    rows = {row[0]: row[1:] for row in cells(named(found.parts, "rates"))}
    assert rows["有效评价"] == ["16,297", "14,524", "+1,773"]
    now, then, change = rows["差评率"]
    assert f"{float(now[:-1]) - float(then[:-1]):+.2f}" == change
    overview = named(found.parts, "overview")
    assert overview is not None
    assert "2026年10月，浙江省共收到有效评价" in overview.paragraphs[0].zh
    assert "比上期" in overview.paragraphs[0].zh


def test_staff_are_in_the_internal_edition_only_and_rare_reasons_in_none(
    place: Deployment,
) -> None:
    with place.store.read() as conn:
        assert tags.counts(conn, OCTOBER) == {"510": 12, "511": 2}
    inside, outside = gathered(place, "internal"), gathered(place)
    table = named(inside.annexes, "staff")
    assert [row[1:4] for row in cells(table)] == [["A0031", "A0031", "40"]]
    assert named(outside.annexes, "staff") is None
    assert named(outside.parts, "overdue") is None
    assert "A0031" not in str(contents.as_json(outside))
    assert cells(named(outside.parts, "reasons")) == [["一窗受理一次办结", "12"]]


def test_cases_answered_in_public_are_named_without_their_words(province: Deployment) -> None:
    november = periods.parse("2026-11")
    at = datetime(2026, 12, 6, 2, tzinfo=UTC)
    for edition in (Edition.PUBLIC, Edition.INTERNAL):
        found = province.bulletins.gatherer.gather(province.store, Wanted(november, edition), at)
        said = str(contents.as_json(found))
        assert ["C7QX4T9K2B", "市场监督管理局", "个体工商户设立登记", "已办结"] in cells(
            named(found.parts, "put_right")
        )
        assert "跑了两趟" not in said
        assert "当天办结" not in said
        late = named(found.parts, "overdue")
        assert (late is None) == (edition is Edition.PUBLIC)
    assert cells(late) == [["市场监督管理局", "1"]]


def test_quarters_and_years_are_collected_alike(province: Deployment) -> None:
    found = gathered(province, period=periods.parse("2026-Q3"))
    with province.store.read() as conn:
        shown = province.disclosing.homes.over(conn, "", periods.parse("2026-Q3"))
    assert found.figures["rated"] == shown.tally.rated
    assert found.title.zh == "关于2026年第3季度政务服务“好差评”情况的通报"
    assert gathering.before(periods.parse("2026-Q1")).name == "2025-Q4"
    assert gathering.before(periods.parse("2026")).name == "2025"


def test_a_period_that_runs_has_no_bulletin_yet(province: Deployment) -> None:
    with pytest.raises(gathering.PeriodRuns):
        gathered(province, period=periods.parse("2026-11"))


def test_the_same_figures_give_the_same_digest_and_come_back_as_kept(province: Deployment) -> None:
    first, again = gathered(province), gathered(province)
    assert first.digest == again.digest
    back = contents.from_json(contents.as_json(first))
    assert back.digest == first.digest
    assert back.parts == first.parts


def test_a_plugin_adds_its_section_and_one_that_fails_is_told(
    province: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = gathered(province)
    section = named(found.parts, "zhejiang.1")
    assert section is not None
    assert section.heading.zh == "超期晾晒"
    assert section.paragraphs[0].zh == "本期没有单位上榜。"
    assert found.parts[-1].key == "method"
    plugin = province.hooks.plugin("zhejiang").plugin

    def broken(self: object, first: object, last: object) -> None:
        raise ValueError("没有表")

    monkeypatch.setattr(type(plugin.shaming), "over", broken)  # type: ignore[attr-defined]
    found = gathered(province)
    assert named(found.parts, "zhejiang.1") is None
    assert "zhejiang" in found.missing[0]


def test_a_section_whose_rows_do_not_fit_its_head_is_made_to_fit() -> None:
    section = Section(Words("节"), (), (Words("甲"), Words("乙")), (("1",), ("1", "2", "3")))
    assert gathering._section("x", 1, section).rows == (("1", ""), ("1", "2"))


def test_a_section_that_gives_ids_is_given_names(province: Deployment) -> None:
    rows = (("1", "3"), ("999", "2"), ("一", "1"))
    section = Section(Words("节"), (), (Words("单位"), Words("次")), rows, subjects="organization")
    with province.store.read() as conn:
        ((name, times),) = gathering._named(conn, section).rows
    assert (name, times) == (names_of(province)[1], "3")


def names_of(deployment: Deployment) -> dict[int, str]:
    with deployment.store.read() as conn:
        return {
            one: found.name.zh for one, found in subjects.names(conn, "organization", {1}).items()
        }


def test_small_numbers_are_withheld_as_on_the_pages(province: Deployment) -> None:
    found = gathered(province, period=periods.parse("2026-11-13"))
    rows = {row[0]: row[1] for row in cells(named(found.parts, "grades"))}
    assert rows["非常不满意"] == "<5"
    assert found.figures["grade1"] is None


def test_names_stand_in_both_languages(province: Deployment) -> None:
    halls = named(gathered(province).annexes, "halls")
    assert halls is not None
    assert {text(row[2], "en") for row in halls.rows} >= {"Xihu Hall"}
