"""Weights that a profile gives by judgements in pairs, and the shape of its indicators."""

from __future__ import annotations

from datetime import date

import pytest

from haochaping.profile import load
from haochaping.profile.explaining import explain

from .conftest import FaultsOf, Loaded

LEVEL = "{order: [a, b, c], experts: [{name: 甲, matrix: %s}]}"
SOUND = '[[1, 3, 5], ["1/3", 1, 3], ["1/5", "1/3", 1]]'
SPOILT = '[[1, 3, "1/5"], ["1/3", 1, 3], [5, "1/3", 1]]'
CHILDREN = "{a: {name: 甲}, b: {name: 乙}, c: {name: 丙}}"


def judged(matrix: str = SOUND, children: str = CHILDREN) -> str:
    speed = f"{{children: {children}, judgements: {LEVEL % matrix}}}"
    return f"indicators: {{tree: {{speed: {speed}}}}}\n"


def test_judgements_give_the_weights_of_a_level(loaded: Loaded) -> None:
    speed = next(each for each in loaded(judged()).rules.indicators if each.code == "speed")
    assert [str(each.weight) for each in speed.children] == ["0.636986", "0.258285", "0.104729"]
    assert speed.judged is not None
    assert f"{speed.judged.ratio:.3f}" == "0.033"


def test_judgements_of_several_experts_are_taken_together(loaded: Loaded) -> None:
    other = "{name: 乙, matrix: [[1, 1, 1], [1, 1, 1], [1, 1, 1]]}"
    level = LEVEL.replace("}]}", f"}}, {other}]}}") % SOUND
    profile = loaded(
        f"indicators: {{tree: {{speed: {{children: {CHILDREN}, judgements: {level}}}}}}}\n"
    )
    speed = next(each for each in profile.rules.indicators if each.code == "speed")
    assert speed.judged is not None
    assert speed.judged.experts == ("甲", "乙")
    assert speed.children[0].weight < 0.6


def test_inconsistent_judgements_are_refused_with_the_pair_and_its_value(
    faults_of: FaultsOf,
) -> None:
    (fault,) = faults_of("extends: base\n" + judged(SPOILT))
    assert fault.key == "indicators.tree.speed.judgements.experts.0.matrix"
    assert "the judgements of “甲” are inconsistent, CR = " in fault.message.en
    assert "change a against c from 1/5 to 9 (CR 0.0000)" in fault.message.en
    assert fault.example == "a / c = 9"


@pytest.mark.parametrize(
    ("matrix", "said"),
    [("[[1, 2], [2, 1]]", "the matrix must have 3 rows"), ("[[1, 3, x]]", "must have 3 rows")],
)
def test_what_is_no_matrix_is_refused(faults_of: FaultsOf, matrix: str, said: str) -> None:
    (fault,) = faults_of("extends: base\n" + judged(matrix))
    assert said in fault.message.en


def test_judgements_must_be_about_the_indicators_of_their_level(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\n" + judged(children="{a: {name: 甲}, b: {name: 乙}}"))
    assert fault.key == "indicators.tree.speed.judgements.order"


def test_a_level_without_judgements_needs_weights(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\nindicators: {tree: {extra: {name: 甲}}}\n")
    assert fault.key == "indicators.tree.extra.weight"


def test_the_explanation_prints_weights_and_where_they_came_from(loaded: Loaded) -> None:
    said = {s.key: s.words for section in explain(loaded(judged())) for s in section.sentences}
    words = said["indicators.tree.speed"]
    assert "本层权重 a 0.636986、b 0.258285、c 0.104729；层次分析法，甲的判断" in words.zh
    assert "CR = 0.0332" in words.zh
    assert "Saaty" in words.en


def test_jargon_in_a_name_or_question_is_refused(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\nindicators: {tree: {speed: {name: 政务公开}}}\n")
    assert fault.key == "indicators.tree.speed.name"
    assert "政务公开" in fault.message.zh


def test_what_is_measured_must_say_by_which_figure(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\nindicators: {tree: {speed: {fed_by: efficiency}}}\n")
    assert fault.key == "indicators.tree.speed.measure"
    (fault,) = faults_of("extends: base\nindicators: {tree: {speed: {measure: bad_rat}}}\n")
    assert fault.nearest == "bad_rate"


def test_differential_indicators_belong_to_halls_or_items(
    loaded: Loaded, faults_of: FaultsOf
) -> None:
    group = "{name: 不动产专厅, %schildren: {q: {name: 排队, question: 排队久不久？, weight: 1}}}"
    indicators = 'indicators: {differential_share: "0.2", differential: {property: %s}}\n'
    tree = loaded(indicators % (group % "halls: [H1], ")).rules.tree_on(date(2026, 1, 1))
    assert [node.code for node in tree.questions("H1")][-1] == "q"
    assert "q" not in [node.code for node in tree.questions("H2")]
    (fault,) = faults_of("extends: base\n" + indicators % (group % ""))
    assert fault.key == "indicators.differential.property"


def test_differential_indicators_need_a_share(faults_of: FaultsOf) -> None:
    group = "{name: 专厅, halls: [H1], children: {q: {name: 排队, weight: 1}}}"
    (fault,) = faults_of(f"extends: base\nindicators: {{differential: {{p: {group}}}}}\n")
    assert fault.key == "indicators.differential_share"


def test_editions_come_into_force_on_their_day(loaded: Loaded) -> None:
    edition = "{effective_from: '2027-01-01', tree: {speed: {name: 快慢, weight: '1'}}}"
    rules = loaded(f"indicators: {{editions: {{'2': {edition}}}}}\n").rules
    assert rules.tree_on(date(2026, 12, 31)).version == 1
    assert rules.tree_on(date(2027, 1, 1)).version == 2
    assert [node.code for node in rules.tree_on(date(2027, 1, 1)).core] == ["speed"]


def test_bonus_indicators_have_points_and_a_cap(loaded: Loaded) -> None:
    bonus = "{active: {name: 主动评价, measure: active_rate, points: '2'}}"
    tree = loaded(f"indicators: {{bonus: {bonus}, bonus_cap: '5'}}\n").rules.editions[0]
    assert (tree.bonus[0].measure, str(tree.bonus[0].points), str(tree.bonus_cap)) == (
        *("active_rate", "2", "5"),
    )


def test_the_shipped_indicators_ask_in_plain_words() -> None:
    asked = [leaf.question for leaf in load("base").rules.editions[0].questions() if leaf.question]
    assert asked
    assert all(len(each.zh) <= 20 for each in asked)
