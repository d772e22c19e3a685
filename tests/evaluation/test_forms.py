"""What a rater is shown, on the screen and on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.evaluation.conftest import Town, hooks_of, rows

from haochaping import Plugin, hookimpl
from haochaping.evaluation import targets
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.forms import (
    Form,
    Links,
    form_for,
    prompt_for,
    question_codes,
    receipt_for,
)
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.submission import Draft
from haochaping.hooks.evaluation import PromptField, Question, ReceiptBlock
from haochaping.hooks.values import Channel, Occurrence, Words
from haochaping.store import Store

LINKS = Links("https://pj.example.gov.cn/r/ABC", "1234567890")


class Local(Plugin):
    """A plugin that adds a question, a line on the screen and a receipt of its own."""

    name = "local"

    def __init__(self) -> None:
        self.broken = False

    @hookimpl
    def evaluation_questions(self, occurrence: Any, channel: Any) -> Any:
        if self.broken:
            raise RuntimeError("out of order")
        return [Question("local.seats", Words("座位够吗"), {"local.yes": Words("够")})]

    @hookimpl
    def evaluation_prompt(self, occurrence: Any) -> Any:
        if self.broken:
            raise RuntimeError("out of order")
        return [
            PromptField("serial", Words("流水号"), occurrence.case_no, 5),
            PromptField("hall", Words("大厅"), ""),
        ]

    @hookimpl
    def evaluation_receipt(self, occurrence: Any) -> Any:
        if self.broken:
            raise RuntimeError("out of order")
        return [ReceiptBlock("qr", order=20), ReceiptBlock("heading", "回执", order=10)]


@pytest.fixture
def local() -> Local:
    return Local()


@pytest.fixture
def occurrence(desk: Desk, town: Town, store: Store) -> Occurrence:
    with store.read() as conn:
        target = targets.find(conn, town.occurrence)
    assert target is not None
    return target.occurrence


def form(desk: Desk, occurrence: Occurrence, *plugins: Plugin) -> Form:
    return form_for(hooks_of(*plugins), desk.rules, occurrence, Channel.QR)


def test_five_choices_stand_in_order_and_only_bad_ones_need_a_reason(
    desk: Desk, occurrence: Occurrence
) -> None:
    choices = form(desk, occurrence).choices
    assert [choice.grade.value for choice in choices] == [5, 4, 3, 2, 1]
    assert [choice.needs_reason for choice in choices] == [False, False, False, True, True]
    assert all(len(choice.reasons) == 8 for choice in choices)


def test_the_screen_names_the_service(desk: Desk, occurrence: Occurrence) -> None:
    shown = {field.name: field.value for field in form(desk, occurrence).prompt}
    assert shown == {
        "item": "社保登记",
        "date": "2026-11-16",
        "hall": "区政务服务中心",
        "window": "8号窗口",
        "staff": "A0017",
    }


def test_a_window_device_shows_the_serial_number(desk: Desk, occurrence: Occurrence) -> None:
    shown = prompt_for(hooks_of(), desk.rules, occurrence, Channel.WINDOW_DEVICE)
    assert [field.name for field in shown][:2] == ["item", "serial"]


def test_a_sensitive_item_is_shown_by_its_general_name(desk: Desk, occurrence: Occurrence) -> None:
    assert occurrence.item is not None
    hidden = replace(occurrence, item=replace(occurrence.item, name=Words("政务服务事项")))
    assert form(desk, hidden).prompt[0].value == "政务服务事项"


def test_a_plugin_adds_replaces_and_hides(desk: Desk, occurrence: Occurrence, local: Local) -> None:
    shown = form(desk, occurrence, local)
    assert [field.name for field in shown.prompt] == ["serial", "item", "date", "window", "staff"]
    assert [question.code for question in shown.questions] == ["local.seats"]


def test_the_version_tells_one_form_from_another(
    desk: Desk, occurrence: Occurrence, local: Local
) -> None:
    plain, more = form(desk, occurrence), form(desk, occurrence, local)
    assert plain.version == desk.rules.form_version
    assert more.version.startswith(plain.version + "+")


def test_a_broken_plugin_takes_nothing_away(
    desk: Desk, occurrence: Occurrence, local: Local
) -> None:
    local.broken = True
    plain = form(desk, occurrence)
    assert form(desk, occurrence, local) == plain
    blocks = receipt_for(hooks_of(local), desk.rules, occurrence, LINKS)
    assert blocks == receipt_for(hooks_of(), desk.rules, occurrence, LINKS)


def test_answers_to_further_questions_are_stored_with_the_rating(
    desk: Desk, good: Draft, local: Local, store: Store
) -> None:
    intake = Intake(replace(desk, hooks=hooks_of(local)))
    intake.submit(replace(good, options=["510", "local.yes"]))
    assert rows(store)[0].options == ["510", "local.yes"]


def test_codes_of_further_questions_are_unknown_when_a_plugin_fails(
    desk: Desk, occurrence: Occurrence, local: Local
) -> None:
    assert question_codes(hooks_of(local), desk.rules, occurrence, Channel.QR) == {"local.yes"}
    local.broken = True
    assert question_codes(hooks_of(local), desk.rules, occurrence, Channel.QR) is None


def test_the_plain_receipt_has_the_service_the_link_and_the_short_code(
    desk: Desk, occurrence: Occurrence
) -> None:
    blocks = receipt_for(hooks_of(), desk.rules, occurrence, LINKS)
    by_kind = {block.kind: block.value for block in blocks}
    assert (by_kind["qr"], by_kind["code"]) == (LINKS.url, LINKS.short_code)
    assert "A0017" in [block.value for block in blocks if block.kind == "field"]


def test_a_plugins_receipt_replaces_the_plain_one(
    desk: Desk, occurrence: Occurrence, local: Local
) -> None:
    blocks = receipt_for(hooks_of(local), desk.rules, occurrence, LINKS)
    assert [(block.kind, block.value) for block in blocks] == [
        ("heading", "回执"),
        ("qr", LINKS.url),
    ]
