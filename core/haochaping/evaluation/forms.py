"""What a rater is shown: five equal choices, reasons, further questions, the service."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from haochaping.evaluation.local_questions import local_questions
from haochaping.evaluation.rules import IntakeRules
from haochaping.hooks.evaluation import PromptField, Question, ReceiptBlock
from haochaping.hooks.values import Channel, Grade, Occurrence, UnitRef, Words
from haochaping.indicators import scale
from haochaping.indicators.options import Option
from haochaping.plugins.calls import Hooks
from haochaping.store.types import canonical_json


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the five choices; none is ever selected beforehand."""

    grade: Grade
    label: Words
    reasons: tuple[Option, ...]
    needs_reason: bool


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one occurrence; `version` is a digest of everything that can be chosen."""

    occurrence: Occurrence
    channel: Channel
    choices: tuple[Choice, ...]
    questions: tuple[Question, ...]
    prompt: tuple[PromptField, ...]
    text_max: int
    version: str
    rated: bool = False
    """True when the service has been rated already: show how to change it instead."""


def form_for(hooks: Hooks, rules: IntakeRules, occurrence: Occurrence, channel: Channel) -> Form:
    """Return the form; a plugin that fails leaves out its questions, nothing else."""
    asked = hooks.decide("evaluation_questions", occurrence=occurrence, channel=channel)
    questions: tuple[Question, ...] = (*local_questions(rules, occurrence), *asked.combined)
    return Form(
        occurrence=occurrence,
        channel=channel,
        choices=tuple(_choice(grade, rules) for grade in scale.GRADES),
        questions=questions,
        prompt=prompt_for(hooks, rules, occurrence, channel),
        text_max=rules.text_max,
        version=_version(rules, questions),
    )


def prompt_for(
    hooks: Hooks, rules: IntakeRules, occurrence: Occurrence, channel: Channel
) -> tuple[PromptField, ...]:
    """Return what the screen says about the service, in order, without empty fields."""
    fields = {field.name: field for field in own_prompt(rules, occurrence, channel)}
    for field in hooks.decide("evaluation_prompt", occurrence=occurrence).combined:
        fields[field.name] = field
    shown = (field for field in fields.values() if field.value)
    return tuple(sorted(shown, key=lambda field: field.order))


def own_prompt(
    rules: IntakeRules, occurrence: Occurrence, channel: Channel
) -> tuple[PromptField, ...]:
    """Return the core's own fields: item, date, hall, window, staff number.

    A window device also shows the serial number, which the rater sees on the ticket.
    """
    serial = occurrence.case_no if channel is Channel.WINDOW_DEVICE else ""
    return (
        PromptField("item", _ITEM, _name(occurrence.item), 10),
        PromptField("serial", _SERIAL, serial, 20),
        PromptField("date", _DATE, _day(rules, occurrence.served_at), 30),
        PromptField("hall", _HALL, _name(occurrence.hall), 40),
        PromptField("window", _WINDOW, _name(occurrence.window), 50),
        PromptField("staff", _STAFF, occurrence.staff.code if occurrence.staff else "", 60),
    )


def question_codes(
    hooks: Hooks, rules: IntakeRules, occurrence: Occurrence, channel: Channel
) -> Collection[str] | None:
    """Return the option codes of all further questions; None when a plugin failed to tell."""
    asked = hooks.decide("evaluation_questions", occurrence=occurrence, channel=channel)
    if asked.failures:
        return None
    questions = (*local_questions(rules, occurrence), *asked.combined)
    return {code for question in questions for code in question.options}


def version_for(rules: IntakeRules, occurrence: Occurrence, plugins: Hooks, by: Channel) -> str:
    """Return the version of an occurrence's form, as it is stored with a rating."""
    local = local_questions(rules, occurrence)
    if not plugins.asked("evaluation_questions"):
        return _version(rules, local)
    asked = plugins.decide("evaluation_questions", occurrence=occurrence, channel=by)
    return _version(rules, (*local, *asked.combined))


def receipt_for(
    hooks: Hooks, rules: IntakeRules, occurrence: Occurrence, links: Links
) -> tuple[ReceiptBlock, ...]:
    """Return the blocks of the paper receipt, with link and short code filled in."""
    asked: tuple[ReceiptBlock, ...] = hooks.decide(
        "evaluation_receipt", occurrence=occurrence
    ).combined
    blocks = asked or _plain_receipt(own_prompt(rules, occurrence, Channel.QR))
    return tuple(_filled(block, links) for block in sorted(blocks, key=lambda one: one.order))


@dataclass(frozen=True, slots=True)
class Links:
    """What a paper receipt leads to: the rating link and the short code to be read aloud."""

    url: str
    short_code: str


def _choice(grade: Grade, rules: IntakeRules) -> Choice:
    bad = grade in rules.bad_grades
    reasons = rules.options.reasons(grade, rules.reasons_shown)
    return Choice(grade, scale.label(grade), reasons, bad and rules.require_reason_for_bad)


def _version(rules: IntakeRules, questions: tuple[Question, ...]) -> str:
    if not questions:
        return rules.form_version
    asked = [[question.code, sorted(question.options), question.multiple] for question in questions]
    digest = hashlib.sha256(canonical_json([rules.form_version, asked]).encode()).hexdigest()
    return f"{rules.form_version}+{digest[:12]}"


def _plain_receipt(fields: tuple[PromptField, ...]) -> tuple[ReceiptBlock, ...]:
    lines = (
        ReceiptBlock("field", field.value, field.label, field.order)
        for field in fields
        if field.value
    )
    return (
        ReceiptBlock("heading", "政务服务“好差评”", order=0),
        *lines,
        ReceiptBlock("rule", order=100),
        ReceiptBlock("text", "请扫码评价本次服务，评价自愿", order=110),
        ReceiptBlock("qr", order=120),
        ReceiptBlock("code", label=_SHORT_CODE, order=130),
    )


def _filled(block: ReceiptBlock, links: Links) -> ReceiptBlock:
    if block.value or block.kind not in {"qr", "code"}:
        return block
    value = links.url if block.kind == "qr" else links.short_code
    return ReceiptBlock(block.kind, value, block.label, block.order)


def _name(unit: UnitRef | None) -> str:
    return "" if unit is None else unit.name.zh


def _day(rules: IntakeRules, moment: datetime | None) -> str:
    return "" if moment is None else rules.local_day(moment).isoformat()


_ITEM: Final = Words("办理事项", "Item")
_SERIAL: Final = Words("流水号", "Serial number")
_DATE: Final = Words("办理日期", "Date")
_HALL: Final = Words("办事大厅", "Hall")
_WINDOW: Final = Words("窗口", "Window")
_STAFF: Final = Words("工号", "Staff number")
_SHORT_CODE: Final = Words("评价码（电话评价时报此码）", "Code for rating by phone")
