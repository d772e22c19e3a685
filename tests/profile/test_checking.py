"""All faults of form and meaning at once, in words."""

from __future__ import annotations

from time import process_time

import pytest

from haochaping.profile import Known

from .conftest import FaultsOf, Loaded

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"overdue_board": {"type": "boolean", "description": "Publish the board."}},
}
PLUGINS = Known(plugins={"zhejiang": SCHEMA, "guangdong": None})


def test_all_faults_are_reported_at_once_with_file_line_and_key(faults_of: FaultsOf) -> None:
    faults = faults_of(
        """\
        extends: base
        disclosur: {}
        disclosure: {k: 1, minn: 4}
        channels: {enabled: [qr, webb], link_valid_days: 010}
        rectification:
          warnings: [{level: 1, deadline: repli, before: {count: 1, unit: workday}, to: handler}]
        formulas: {bad_rate: {over: badd}}
        """
    )
    assert [(fault.line, fault.key) for fault in faults] == [
        (2, "disclosur"),
        (3, "disclosure.minn"),
        (3, "disclosure.k"),
        (4, "channels.link_valid_days"),
        (4, "channels.enabled.1"),
        (6, "rectification.warnings.0.deadline"),
        (7, "formulas.bad_rate.over"),
    ]
    assert all(fault.file.endswith("place.yaml") for fault in faults)


def test_an_unknown_key_names_the_nearest_valid_one_with_an_example(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\ndisclosure: {minn: 4}\n")
    assert (fault.nearest, fault.example) == ("min_n", "min_n: 30")


def test_a_wrong_type_says_what_was_found_and_what_is_expected(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\nforms: {require_reason_for_bad: no}\n")
    assert fault.message.en == "found the text “no”, which does not fit"
    assert "true or false" in fault.expected.en
    assert fault.example == "true"


def test_a_fault_is_one_line_in_chinese_and_in_english(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\nforms: {text_max: 0}\n")
    assert fault.text("zh").endswith(
        "place.yaml:2:forms.text_max: 写的是 0 ，不合要求；"
        "应为：文字评价的最多字数，不小于 1；例如：500"
    )
    assert "found 0, which does not fit; expected: Characters of free text, at least 1" in (
        fault.text("en")
    )


def test_a_missing_key_gets_an_example(faults_of: FaultsOf) -> None:
    faults = faults_of("jurisdiction: {code: '330000', name: 浙江省}\n")
    missing = {fault.key: fault.example for fault in faults}
    assert missing["scale"] == "{version: 2, option_list: national, bad_grades: [1, 2]}"
    assert {"channels", "rectification", "formulas"} <= missing.keys()


def test_a_negative_deadline_is_refused(faults_of: FaultsOf) -> None:
    deadline = "{reply: {simple: {count: -3, unit: workday}}}"
    (fault,) = faults_of(f"extends: base\nrectification: {{deadlines: {deadline}}}\n")
    assert fault.key == "rectification.deadlines.reply.simple.count"
    assert fault.message.en == "found -3, which does not fit"


@pytest.mark.parametrize(("count", "unit"), [(0, "workday"), (0, "calendar_day"), (2, "same_day")])
def test_count_and_unit_must_fit_together(faults_of: FaultsOf, count: int, unit: str) -> None:
    deadline = f"{{contact: {{count: {count}, unit: {unit}}}}}"
    (fault,) = faults_of(f"extends: base\nrectification: {{deadlines: {deadline}}}\n")
    assert fault.key == "rectification.deadlines.contact.count"


@pytest.mark.parametrize(
    ("weight", "total"), [("'0.2500001'", ""), ("'0.251'", "1.001"), ("0.24", "0.99")]
)
def test_weights_of_a_level_sum_to_exactly_one(
    faults_of: FaultsOf, weight: str, total: str
) -> None:
    (fault,) = faults_of(f"extends: base\nindicators: {{tree: {{speed: {{weight: {weight}}}}}}}\n")
    if total:
        assert fault.message.en.startswith(f"the weights of this level sum to {total} (")
        assert "clarity 0.15 + attitude 0.20)" in fault.message.en
    else:
        assert fault.key == "indicators.tree.speed.weight"


def test_weights_of_tenths_sum_to_one_as_decimals(loaded: Loaded) -> None:
    tenths = "".join(f"t{each}: {{name: 指标, weight: 0.1}}, " for each in range(10))
    nothing = "materials: null, trips: null, speed: null, clarity: null, attitude: null, "
    profile = loaded(f"indicators: {{tree: {{{nothing}{tenths}}}}}\n")
    assert len(profile.rules.indicators) == 10


def test_weights_of_a_lower_level_are_checked_too(faults_of: FaultsOf) -> None:
    children = "{a: {name: 甲, weight: '0.5'}, b: {name: 乙, weight: '0.4'}}"
    content = f"extends: base\nindicators: {{tree: {{speed: {{children: {children}}}}}}}\n"
    (fault,) = faults_of(content)
    assert fault.key == "indicators.tree.speed.children"


def test_names_have_at_most_12_characters_and_questions_20(faults_of: FaultsOf) -> None:
    faults = faults_of(
        f"""\
        extends: base
        indicators:
          tree:
            speed: {{name: {"名" * 13}, question: {{zh: {"问" * 21}}}}}
        """
    )
    assert [fault.message.en for fault in faults] == ["has 13 characters", "has 21 characters"]


def test_a_formula_adds_up_known_counts_only(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\nformulas: {bad_rate: {over: bad + gradе1}}\n")
    assert fault.key == "formulas.bad_rate.over"
    assert fault.nearest == "grade1"


def test_a_hostile_formula_is_refused_at_once(faults_of: FaultsOf) -> None:
    plus = "+" * 200_000
    assert len(faults_of(f"extends: base\nformulas: {{bad_rate: {{over: '{plus}'}}}}\n")) == 2


def test_a_measure_is_the_name_of_a_formula(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\nindicators: {tree: {speed: {measure: bad_rat}}}\n")
    assert fault.nearest == "bad_rate"


@pytest.mark.parametrize(
    "sides", ["", "before: {count: 1, unit: workday}, after: {count: 1, unit: workday}, "]
)
def test_a_warning_counts_either_before_or_after(faults_of: FaultsOf, sides: str) -> None:
    rung = f"{{level: 1, deadline: reply, {sides}to: handler}}"
    (fault,) = faults_of(f"extends: base\nrectification: {{warnings: [{rung}]}}\n")
    assert fault.message.en == "write either before or after"


def test_a_level_of_a_deadline_stands_once(faults_of: FaultsOf) -> None:
    rung = "{level: 1, deadline: reply, after: {count: 1, unit: workday}, to: handler}"
    (fault,) = faults_of(f"extends: base\nrectification: {{warnings: [{rung}, {rung}]}}\n")
    assert fault.key == "rectification.warnings.1"


def test_a_channel_of_a_plugin_is_known_when_the_caller_says_so(
    loaded: Loaded, faults_of: FaultsOf
) -> None:
    content = "channels: {enabled: [qr, tv]}\n"
    (fault,) = faults_of(f"extends: base\n{content}")
    assert fault.message.en == "there is no channel “tv”"
    known = Known(channels=frozenset({"qr", "tv"}))
    assert loaded(content, known).rules.channels.enabled == ("qr", "tv")


def test_a_gateway_nobody_contributes_is_refused(faults_of: FaultsOf) -> None:
    after = "after: {count: 1, unit: workday}, to: handler, gateways: [inbox, pigeon]"
    rung = f"{{level: 1, deadline: reply, {after}}}"
    content = f"extends: base\nrectification: {{warnings: [{rung}]}}\n"
    (fault,) = faults_of(content, Known(gateways=frozenset({"webhook"})))
    assert fault.key == "rectification.warnings.0.gateways.1"


def test_a_plugin_that_is_not_installed_is_refused_with_the_nearest_name(
    faults_of: FaultsOf,
) -> None:
    (fault,) = faults_of("extends: base\nplugins: {zhejang: {}}\n", PLUGINS)
    assert (fault.key, fault.nearest) == ("plugins.zhejang", "zhejiang")


def test_settings_of_a_plugin_are_checked_by_its_own_schema(faults_of: FaultsOf) -> None:
    settings = "{overdue_bord: true, overdue_board: no}"
    faults = faults_of(f"extends: base\nplugins: {{zhejiang: {settings}}}\n", PLUGINS)
    assert {(fault.key, fault.nearest) for fault in faults} == {
        ("plugins.zhejiang.overdue_bord", "overdue_board"),
        ("plugins.zhejiang.overdue_board", ""),
    }


def test_a_plugin_without_a_readable_schema_takes_any_settings(loaded: Loaded) -> None:
    assert dict(loaded("plugins: {guangdong: {a: 1}}\n", PLUGINS).plugins["guangdong"]) == {"a": 1}


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("calendar: {time_zone: Asia/Beijing}", "calendar.time_zone"),
        ("calendar: {time_zone: ../../etc/passwd}", "calendar.time_zone"),
        ("calendar: {working_hours: [['12:00', '09:00']]}", "calendar.working_hours.0"),
        (
            "calendar: {working_hours: [['09:00', '12:00'], ['11:00', '17:00']]}",
            "calendar.working_hours.1",
        ),
        ("calendar: {working_hours: [['9:00', '12:00']]}", "calendar.working_hours.0.0"),
        ("channels: {case_number_pattern: '((('}", "channels.case_number_pattern"),
        ("channels: {case_number_pattern: '(a+)+$'}", "channels.case_number_pattern"),
        (f"channels: {{case_number_pattern: '{'a' * 201}'}}", "channels.case_number_pattern"),
        (
            "rectification: {release_delay: {max_minutes: 5}}",
            "rectification.release_delay.max_minutes",
        ),
        ("languages: {default: mn_MN}", "languages.default"),
        (
            "confirmed: [{keys: [disclosur.k], document: 通知, date: 2026-11-01}]",
            "confirmed.0.keys.0",
        ),
        ("jurisdiction: {code: 330000}", "jurisdiction.code"),
        ("jurisdiction: {code: '3300'}", "jurisdiction.code"),
        ("scale: {bad_grades: [1, 6]}", "scale.bad_grades.1"),
        ("formulas: {mean_score: {weights: {5: ten}}}", "formulas.mean_score.weights.5"),
        (
            "rectification: {deadlines: {reply: {simpel: {count: 1, unit: workday}}}}",
            "rectification.deadlines.reply.simpel",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused(faults_of: FaultsOf, content: str, key: str) -> None:
    assert [fault.key for fault in faults_of(f"extends: base\n{content}\n")] == [key]


def test_a_value_that_could_not_be_read_is_not_judged_as_well(faults_of: FaultsOf) -> None:
    faults = faults_of("extends: base\ndisclosure: {k: &a 8, min_n: *a}\n")
    assert [fault.key for fault in faults] == ["disclosure.k", "disclosure.min_n"]


def test_a_wrong_entry_of_a_list_has_an_example(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("extends: base\nscale: {bad_grades: [7]}\n")
    assert fault.example == "1"


ALIAS_BOMB = "\n".join(
    ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
)


def test_an_alias_bomb_is_refused(faults_of: FaultsOf) -> None:
    faults = faults_of(ALIAS_BOMB)
    assert [each.line for each in faults] == [1, 2, 2]
    assert all("&" in each.message.en or "*" in each.message.en for each in faults)


@pytest.mark.parametrize(
    "content",
    [
        ALIAS_BOMB,
        "extends: base\ndisclosure: {k: 5}\ndisclosure: {k: 6}\n",
        "extends: base\nplugins: {enabled: [nowhere]}\n",
        "extends: base\nindicators: {tree: {speed: {weight: 0.24}}}\n",
        "extends: base\nrectification: {deadlines: {contact: {count: -3, unit: workday}}}\n",
        "extends: base\ndisclosure: {k: many}\n",
    ],
    ids=["alias bomb", "key twice", "unknown plugin", "weights", "negative deadline", "type"],
)
def test_a_faulty_profile_is_refused_in_a_sentence_within_50_ms_of_work(
    faults_of: FaultsOf, content: str
) -> None:
    took = []
    for _ in range(3):  # the first also reads what every process reads once
        started = process_time()
        faults = faults_of(content, PLUGINS)
        took.append(process_time() - started)
        assert all(fault.message.zh and fault.message.en for fault in faults)
    assert min(took) < 0.05


def test_a_file_full_of_unknown_keys_is_answered_with_a_bounded_list(faults_of: FaultsOf) -> None:
    keys = "".join(f"disclosure{number}: 1\n" for number in range(2900))
    assert len(faults_of(f"extends: base\n{keys}")) == 60
