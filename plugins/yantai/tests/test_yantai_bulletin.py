"""The bulletin tells the gatherings of its period with the figures of the year's statistics."""

from __future__ import annotations

from datetime import timedelta

from haochaping.testing.contract import assert_hook_contract
from haochaping_yantai import statistics
from haochaping_yantai.diary import OPEN_DAY
from haochaping_yantai.opinions import Said
from haochaping_yantai.plugin import Yantai

from .yantai_town import UNIT, Town, caller

HEADING = "企业座谈会与政务开放日"


def said(topic: str, as_case: bool = False) -> Said:
    return Said(UNIT, topic, "希望一次办完", None, as_case)


def held(town: Town, who: int) -> int:
    """Hold a symposium: two have registered, one of them came."""
    number = town.opened(who)
    occasion = town.plugin.diary.find(number, who)
    first, _ = (town.plugin.guests.register(occasion, caller(n)) for n in (1, 2))
    town.clock.advance(timedelta(days=1, hours=1))
    town.plugin.guests.check_in(number, first.code, who)
    town.plugin.diary.hold(number, who, "纪要")
    return number


def test_a_period_without_a_gathering_says_so_and_the_strict_rate_stands_there(site: Town) -> None:
    site.months.count("2026-10", {5: 90, 4: 8, 1: 2})
    found = site.seen.bulletin("2026-10", "public")
    assert found[HEADING].paragraphs[0].zh == "本期没有举办座谈会或开放日。"
    (row,) = site.seen.board("strict", "2026-10").rows
    strict, usual = (row.cells[name].told for name in ("strict_satisfaction", "satisfaction"))
    assert found["非常满意度"].paragraphs[0].zh == f"非常满意度{strict}，满意度{usual}。"


def test_the_gatherings_of_a_year_are_those_of_its_statistics(site: Town) -> None:
    who = site.account()
    first = held(site, who)
    for topic, case in (("process", True), ("process", False), ("policy", False)):
        site.plugin.opinions.record(first, said(topic, case), who)
    own = site.plugin.opinions.record(first, said("other"), who)
    site.plugin.opinions.answer(own, "已采纳", who)
    site.plugin.diary.plan(site.plan(kind=OPEN_DAY), who)  # not held: not told
    site.plugin.diary.publish(first, who, "四条意见都有答复")
    zone = site.deployment.zone
    year = statistics.of_year(site.plugin.services, 2026, zone)
    site.clock.advance(timedelta(days=60))
    for period in ("2026-11", "2026-Q4", "2026"):
        found = site.seen.bulletin(period)[HEADING]
        events, opinions = (words.zh for words in found.paragraphs)
        assert events == (
            f"举办企业座谈会{year.held}场，报名{year.registered}人，到场{year.came}人。"
        )
        assert opinions == (
            f"收到意见{year.opinions}条，其中转为工单{year.cases}条，"
            f"当场或会后答复{year.answered}条。"
        )
        assert found.rows == (("办事流程", "2"), ("其他", "1"), ("政策咨询", "1"))
    assert site.seen.bulletin("2026-12")[HEADING].rows == ()


def test_the_hooks_keep_the_contract() -> None:
    assert_hook_contract(Yantai)
