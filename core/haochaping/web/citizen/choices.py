"""From the form of an occurrence to what pages show: service, choices, reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from werkzeug.datastructures import MultiDict

from haochaping.evaluation.forms import Choice, Form
from haochaping.evaluation.problems import InvalidEvaluation
from haochaping.hooks.evaluation import PromptField, Question
from haochaping.hooks.values import Grade, Occurrence, UnitRef
from haochaping.indicators import scale
from haochaping.web import formats
from haochaping.web.citizen.contexts import (
    Fact,
    GradeChoice,
    Reason,
    ReasonForm,
    ReasonGroup,
    ServiceSlip,
)
from haochaping.web.forms import FieldFault
from haochaping.web.i18n import _, words
from haochaping.web.site import site

ITEM: Final = "item"
OPTIONS: Final = "options"
QUESTION: Final = "q-"
_FIELDS: Final = frozenset({"grade", OPTIONS, "text"})


def slip(form: Form) -> ServiceSlip:
    """Return the service of a form as the pages show it."""
    facts = facts_of(form)
    item = next((fact for fact in facts if fact[0] == ITEM), None)
    title = item[1].value if item else words(form.occurrence.organization.name)
    return ServiceSlip(title, tuple(fact for name, fact in facts if name != ITEM))


def facts_of(form: Form) -> tuple[tuple[str, Fact], ...]:
    """Return the prompt of a form, by field name, in the reader's language."""
    return tuple(
        (field.name, Fact(words(field.label), _value(field, form.occurrence)))
        for field in form.prompt
    )


def grade_choices(form: Form) -> tuple[GradeChoice, ...]:
    """Return the five choices in their fixed order."""
    return tuple(GradeChoice(int(choice.grade), words(choice.label)) for choice in form.choices)


def is_bad(grade: int) -> bool:
    """Say whether a grade is a bad review, whose reasons are asked for."""
    return grade in site().intake.desk.rules.bad_grades


def plain_choices() -> tuple[GradeChoice, ...]:
    """Return the five choices, whatever the service."""
    return tuple(GradeChoice(int(grade), words(scale.label(grade))) for grade in scale.GRADES)


def plain_reasons(grade: Grade) -> ReasonForm:
    """Return the reasons of a grade, whatever the service, with nothing ticked."""
    rules = site().intake.desk.rules
    needed = rules.require_reason_for_bad and is_bad(grade)
    reasons = rules.options.reasons(grade, rules.reasons_shown)
    choice = Choice(grade, scale.label(grade), reasons, needed)
    return _reason_form(choice, (_reasons(choice, ()),), "", rules.text_max)


def choice_of(form: Form, grade: str) -> Choice | None:
    """Return the choice that was posted, None when there is none or it is no grade."""
    return next((one for one in form.choices if str(int(one.grade)) == grade), None)


def reason_form(
    form: Form, choice: Choice, posted: MultiDict[str, str], faults: Iterable[FieldFault] = ()
) -> ReasonForm:
    """Return the reasons page of a grade, with what was ticked and written before."""
    chosen = frozenset(posted_options(posted))
    groups = (_reasons(choice, chosen), *(asked(one, chosen) for one in form.questions))
    shown = _reason_form(choice, groups, posted.get("text", ""), form.text_max)
    return replace(shown, faults=tuple(faults))


def posted_options(posted: MultiDict[str, str]) -> list[str]:
    """Return all options that were ticked: reasons and answers to further questions."""
    names = [OPTIONS, *(name for name in posted if name.startswith(QUESTION))]
    return [code for name in names for code in posted.getlist(name) if code]


def faults_of(problem: InvalidEvaluation) -> tuple[FieldFault, ...]:
    """Return what is wrong with a submission, each fault at the field it belongs to."""
    return tuple(
        FieldFault(fault.field if fault.field in _FIELDS else OPTIONS, words(fault.detail))
        for fault in problem.faults
    )


def _reason_form(
    choice: Choice, groups: tuple[ReasonGroup, ...], text: str, text_max: int
) -> ReasonForm:
    asked = _("请至少选一个原因，或写几句话，方便单位改进。")
    return ReasonForm(
        grade=int(choice.grade),
        grade_label=words(choice.label),
        question=_("哪里不满意？") if is_bad(choice.grade) else _("说说原因"),
        hint=asked if choice.needs_reason else "",
        groups=groups,
        text=text,
        text_max=text_max,
    )


def _reasons(choice: Choice, chosen: Collection[str]) -> ReasonGroup:
    reasons = tuple(
        Reason(option.code, words(option.label), option.code in chosen) for option in choice.reasons
    )
    return ReasonGroup(OPTIONS, _("原因（可多选）"), reasons)


def asked(question: Question, chosen: Collection[str] = ()) -> ReasonGroup:
    """Return a further question of a plugin."""
    reasons = tuple(
        Reason(code, words(label), code in chosen) for code, label in question.options.items()
    )
    title = words(question.text)
    kind = "checkbox" if question.multiple else "radio"
    return ReasonGroup(QUESTION + question.code, title, reasons, kind)


def _value(field: PromptField, occurrence: Occurrence) -> str:
    """Return a field's value; the core's own names and dates in the reader's language."""
    units: dict[str, UnitRef | None] = {
        ITEM: occurrence.item,
        "hall": occurrence.hall,
        "window": occurrence.window,
    }
    unit = units.get(field.name)
    if unit is not None and field.value == unit.name.zh:
        return words(unit.name)
    if field.name == "date" and occurrence.served_at is not None:
        return formats.day(occurrence.served_at)
    return field.value
