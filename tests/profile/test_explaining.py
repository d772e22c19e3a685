"""Rules in plain sentences, and what differs between profiles."""

from __future__ import annotations

import pytest
from tests.regions import REGIONS

from haochaping.profile import load
from haochaping.profile.comparing import compare
from haochaping.profile.explaining import explain
from haochaping.profile.vocabulary import say_source

from .conftest import Loaded


def sentences(name: str, language: str) -> dict[str, str]:
    return {
        sentence.key: sentence.words.into(language)
        for section in explain(load(name))
        for sentence in section.sentences
    }


def test_a_deadline_is_told_in_one_sentence() -> None:
    said = sentences("zhejiang", "zh")["rectification.deadlines.contact"]
    assert said.startswith("联系评价人：收到差评后 1 个自然日内，起算当日不计，末日 24:00 截止")
    english = sentences("zhejiang", "en")["rectification.deadlines.reply.simple"]
    assert english.startswith("Reply, simple: within 15 calendar days after the case was opened")


def test_warnings_formulas_indicators_and_visits_are_told_in_sentences() -> None:
    said = sentences("inner_mongolia", "zh")
    assert said["rectification.warnings.0"] == "第 1 级预警：整改答复到期前 2 个工作日，提醒承办人"
    assert said["rectification.warnings.1"] == "第 2 级预警：整改答复到期 当日，提醒承办人"
    assert said["formulas.bad_rate"] == "差评率 = 差评数 ÷ 有效评价数，保留 4 位小数，四舍五入"
    assert said["formulas.mean_score"].startswith("平均得分 = 各等级分值（5 至 1 级为 10/8/6/4/2）")
    assert said["indicators.tree.speed"] == "指标“办理速度”权重 0.25；问法：办得快不快？"
    assert said["rectification.visits.0"] == "答复后 5 个工作日内以电话回访"
    assert said["disclosure.withheld.0"] == "不公开：评价人（保护评价人个人信息）"


def test_every_sentence_names_its_source_and_its_place() -> None:
    for section in explain(load("shenzhen")):
        for sentence in section.sentences:
            assert sentence.source is not None, sentence.key
            assert sentence.origin.startswith("profiles/")


def test_a_source_is_told_with_document_number_date_level_and_status() -> None:
    said = say_source(load("base").source("scale.version"))
    assert said.zh.endswith("国办发〔2019〕51号，2019-12-03，国家，现行")
    assert said.en.endswith("国办发〔2019〕51号, 2019-12-03, national, in force")
    assert say_source(None).en == "no source stated"


def test_every_value_is_told_by_some_sentence() -> None:
    profile = load("zhejiang")
    keys = [sentence.key for section in explain(profile) for sentence in section.sentences]
    untold = [
        path
        for path, _ in profile.leaves()
        if not any(path == key or path.startswith(f"{key}.") for key in keys)
    ]
    assert untold == []


def test_an_indicator_tells_its_children(loaded: Loaded) -> None:
    children = "{a: {name: 甲, weight: '0.5'}, b: {name: 乙, weight: '0.5'}}"
    profile = loaded(f"indicators: {{tree: {{speed: {{children: {children}}}}}}}\n")
    said = {s.key: s.words for section in explain(profile) for s in section.sentences}
    assert "指标“甲”权重 0.5" in said["indicators.tree.speed"].zh


def test_differences_are_listed_key_by_key_with_their_places(loaded: Loaded) -> None:
    (found,) = compare(load("base"), loaded("disclosure: {k: 9}\n"))
    assert (found.key, found.before, found.after) == ("disclosure.k", 5, 9)
    assert found.origin_before.startswith("profiles/base.yaml:")


def test_a_key_that_only_one_profile_has_is_a_difference() -> None:
    keys = {each.key: each for each in compare(load("guangdong"), load("shenzhen"))}
    paper = keys["plugins.shenzhen.receipt.paper"]
    assert (paper.origin_before, paper.after) == ("", "80")


def test_a_profile_does_not_differ_from_itself() -> None:
    assert compare(load("zhejiang"), load("zhejiang")) == ()


def test_decimals_are_compared_as_numbers_and_written_as_text() -> None:
    found = {each.key: each.document() for each in compare(load("base"), load("guangdong"))}
    assert found["plugins.guangdong.window_stars.min_active_rate"]["after"] == "0.3"


def test_the_exchange_is_told_in_sentences(loaded: Loaded) -> None:
    profile = loaded(
        """\
        uplink:
          intake: both
          platform: {zh: 省好差评平台, en: The province's platform}
          dialect: national
          crypto: lake-sm2
          send: [evaluation, case]
          words: false
          channels: {"4": window_device, "6": sms}
        channels: {hotline: {recording_required: true}}
        bulletins:
          latest: 0
          staff: none
          receivers: [{to: supervisor, gateway: inbox, organizations: [11330106MB2000004B]}]
        """
    )
    said = {s.key: s.words for section in explain(profile) for s in section.sentences}
    assert said["uplink.intake"].zh.endswith("同一次服务在两处都评的，只计一次")
    assert said["uplink.intake"].en.endswith("a service that was rated in both places counts once")
    assert said["uplink.platform"].en == "The next platform is: The province's platform"
    assert said["uplink.dialect"].zh == "向上级平台上报时使用国家平台的字段名"
    assert said["uplink.crypto"].zh == "上报的内容用插件提供的 lake-sm2 签名或加密"
    assert said["uplink.send"].en == "Once its address is set, sent up: ratings, cases"
    assert said["uplink.words"].zh == "评价人写的文字不上报"
    assert said["uplink.channels"].zh == "上级平台的渠道代码：4 为窗口评价器、6 为短信"
    assert said["channels.hotline"].zh == "热线话务员代录评价，须登记通话录音编号"
    assert said["bulletins.latest"].en == "No latest day is set for bulletins"
    assert said["bulletins.staff"].zh == "通报内部版不列工作人员"
    assert said["bulletins.receivers"].zh == (
        "通报批准后发送：11330106MB2000004B 的监督人员（站内消息）"
    )


@pytest.mark.parametrize("name", ["base", *REGIONS])
def test_bulletins_timetable_and_intake_are_told_of_every_shipped_profile(name: str) -> None:
    for language in ("zh", "en"):
        said = sentences(name, language)
        assert {"uplink.intake", "channels.hotline", "bulletins.latest"} <= said.keys()
        told = [text for key, text in said.items() if key.startswith(_EXCHANGED)]
        assert all(text and not text.startswith(("：", ": ")) for text in told)
        if language == "en":
            assert not [text for text in told if any("一" <= each <= "鿿" for each in text)]


def test_the_timetable_says_the_month_after_the_period(loaded: Loaded) -> None:
    said = sentences("base", "zh")
    assert said["disclosure.timetable.0"] == "公开时间表：榜单每月公开一次，最迟次月 5 日，在本网站"
    profile = loaded(
        "disclosure: {timetable: [{what: honours, outlet: 日报, every: year, day: 31, month: 3}]}\n"
    )
    (told,) = (
        s.words
        for section in explain(profile)
        for s in section.sentences
        if s.key == "disclosure.timetable.0"
    )
    assert told.zh == "公开时间表：光荣榜每年公开一次，最迟期满后第 3 个月 31 日，在日报"


_EXCHANGED = ("uplink.", "channels.hotline", "bulletins.", "disclosure.timetable.")
