"""The ladder of the profile becomes the ladder of a case."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from haochaping.hooks.rectification import CaseState, CaseView
from haochaping.hooks.values import Duration, Grade, Identity, OccurrenceKey, Unit
from haochaping_zhejiang.plugin import Zhejiang

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
SETTINGS = {
    "warnings": [
        {
            "level": 3,
            "deadline": "reply",
            "after": {"count": 1, "unit": "calendar_day"},
            "to": "unit_head",
            "gateways": ["inbox", "zhezhengding"],
        },
        {
            "level": 1,
            "deadline": "reply",
            "before": {"count": 5, "unit": "calendar_day"},
            "to": "handler",
        },
    ],
}


def case() -> CaseView:
    return CaseView(
        key=OccurrenceKey("330106", 202611, 1),
        public_id="7K2M9QX4TZ",
        origin_kind="evaluation",
        grade=Grade.DISSATISFIED,
        options=("214",),
        identity=Identity.PRESUMED,
        occurrence=None,
        organization_id=1,
        state=CaseState.OPENED,
        complexity="simple",
        opened_at=AT,
        due_at=AT,
        provisional=False,
        at=AT,
    )


def plugin(**settings) -> Zhejiang:
    return Zhejiang({**SETTINGS, **settings}, SimpleNamespace())


def test_rungs_come_in_order_of_level_with_their_gateways() -> None:
    first, second = plugin().rectification_warnings(case=case())
    assert (first.level, first.before, first.to, first.gateways) == (1, True, "handler", ("inbox",))
    assert (second.level, second.before, second.to) == (3, False, "unit_head")
    assert second.gateways == ("inbox", "zhezhengding")
    assert first.offset == Duration(5, Unit.CALENDAR_DAY)


def test_a_warning_says_what_and_who_and_nothing_about_the_rater() -> None:
    first, second = plugin().rectification_warnings(case=case())
    assert first.text is not None
    assert second.text is not None
    assert first.text.zh == "差评工单 7K2M9QX4TZ 即将到期，请承办人督促办理"
    assert second.text.en == "Case 7K2M9QX4TZ is overdue; the head of the unit is asked to step in"


def test_without_settings_the_profiles_own_ladder_stays() -> None:
    assert plugin(warnings=[]).rectification_warnings(case=case()) == ()


def test_each_board_can_be_switched_off() -> None:
    assert [board.name for board in plugin().disclosure_boards()] == ["overdue", "item_scores"]
    assert [board.name for board in plugin(overdue_board=False).disclosure_boards()] == [
        "item_scores"
    ]
    assert plugin(overdue_board=False, item_board=False).disclosure_boards() == []


def test_items_are_shown_by_bad_rate_with_their_score() -> None:
    (board,) = plugin(overdue_board=False).disclosure_boards()
    assert (board.subject_kind, board.measure, board.columns) == (
        "item",
        "bad_rate",
        ("mean_score",),
    )


def test_the_board_orders_by_the_measure_the_plugin_adds() -> None:
    (measure,) = plugin().grading_measures()
    board = next(iter(plugin().disclosure_boards()))
    assert board.measure == measure.name
