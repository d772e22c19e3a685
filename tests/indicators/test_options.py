"""The national option list: complete, verbatim, versioned."""

from __future__ import annotations

import pytest

from haochaping.hooks.values import Grade, Words
from haochaping.indicators import choice, scale
from haochaping.indicators.choice import Fault, OptionFault
from haochaping.indicators.options import UnknownOptionList, option_list

NATIONAL = option_list("national")


def test_every_grade_has_eight_options_three_of_them_core() -> None:
    for grade in Grade:
        options = NATIONAL.of_grade(grade)
        assert len(options) == 8
        assert [option.core for option in options] == [True] * 3 + [False] * 5


def test_the_first_digit_of_a_code_is_its_grade() -> None:
    everything = [*NATIONAL.options.values(), *NATIONAL.retired.values()]
    assert all(option.code[0] == str(option.grade.value) for option in everything)


def test_labels_are_the_national_wording_with_a_translation() -> None:
    assert NATIONAL.label("207") == Words(
        "没有提供材料样本", "No samples of the papers were provided"
    )
    assert all(option.label.zh and option.label.en for option in NATIONAL.options.values())


def test_retired_codes_are_read_back_with_their_grade_and_an_honest_label() -> None:
    found = NATIONAL.find("501")
    assert found is not None
    assert (found.label.zh, found.grade, found.retired) == ("旧版选项 501", Grade(5), True)
    assert len(NATIONAL.retired) == 9 + 5 + 6 + 6 + 7


def test_an_unknown_stored_code_is_read_back_as_it_stands() -> None:
    assert NATIONAL.label("zj.hall.01").zh == "zj.hall.01"


def test_core_reasons_are_always_shown() -> None:
    assert [option.code for option in NATIONAL.reasons(Grade(5), 2)] == ["510", "511", "512"]
    assert len(NATIONAL.reasons(Grade(5), 8)) == 8


@pytest.mark.parametrize(
    ("code", "fault"),
    [("207", None), ("206", Fault.RETIRED), ("406", Fault.OTHER_GRADE), ("2", Fault.UNKNOWN)],
)
def test_a_choice_is_checked_against_the_grade(code: str, fault: Fault | None) -> None:
    expected = () if fault is None else (OptionFault(code, fault),)
    assert choice.check(NATIONAL, Grade(2), [code]) == expected


def test_options_of_further_questions_belong_to_every_grade() -> None:
    assert choice.check(NATIONAL, Grade(2), ["zj.x"], {"zj.x"}) == ()


@pytest.mark.parametrize("name", ["local", "../secret", ""])
def test_an_unknown_list_is_refused(name: str) -> None:
    with pytest.raises(UnknownOptionList):
        option_list(name)


def test_the_five_choices_stand_in_a_fixed_order() -> None:
    assert [grade.value for grade in scale.GRADES] == [5, 4, 3, 2, 1]
    assert [scale.label(grade).zh for grade in scale.GRADES] == [
        "非常满意",
        "满意",
        "基本满意",
        "不满意",
        "非常不满意",
    ]


def test_one_and_two_are_bad() -> None:
    assert [grade for grade in range(1, 6) if scale.is_bad(grade)] == [1, 2]
