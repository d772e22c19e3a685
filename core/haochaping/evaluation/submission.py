"""From what came in (a draft) to what may be stored: checked field by field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from haochaping.evaluation.problems import FieldFault, InvalidEvaluation
from haochaping.evaluation.rules import ACCEPTED_PROVENANCES, IntakeRules
from haochaping.evaluation.texts import clean
from haochaping.evaluation.traces import Trace
from haochaping.hooks.values import (
    Channel,
    Grade,
    Identity,
    OccurrenceKey,
    Provenance,
    RaterRole,
    Words,
)
from haochaping.indicators import choice

MAX_OPTIONS: Final = 20
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class CaseRef:
    """An occurrence as business systems name it: case number and number within the case."""

    case_no: str
    no: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rating as it comes in, nothing checked yet.

    `occurrence` is a key, a case reference, or the signed code of a link.
    `client` scopes the idempotency key: `citizen`, `device:12`, `api:7`, `account:3`.
    `submitted_at` is the rater's or device's own time, kept beside ours, never instead.
    `person_id` is the vault's person when the rater proved who they are.
    `trace` tells ratings of one device or network apart for a few days, by keyed hashes.
    """

    occurrence: OccurrenceKey | CaseRef | str
    grade: Any
    idempotency_key: str
    client: str
    channel: str
    options: Sequence[Any] = ()
    text: Any = field(default="", repr=False)
    provenance: str = Provenance.CITIZEN
    identity: str = Identity.ANONYMOUS
    rater_role: str = RaterRole.APPLICANT
    submitted_at: datetime | None = None
    person_id: int | None = None
    trace: Trace | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a draft says, once every field has been checked."""

    grade: Grade
    options: tuple[str, ...]
    text: str = field(repr=False)
    channel: Channel
    provenance: Provenance
    identity: Identity
    rater_role: RaterRole


Further = Callable[[], Collection[str] | None]
"""Codes of the form's further questions; None when they cannot be told just now."""


def check(draft: Draft, rules: IntakeRules, further: Further) -> Checked:
    """Return the checked content of a draft. Raises InvalidEvaluation with all faults.

    `further` is asked only when a code is not in the option list.
    """
    faults: list[FieldFault] = []
    grade = _grade(draft.grade, faults)
    text = _text(draft.text, rules, faults)
    options = _options(draft.options, faults)
    _check_options(options, grade, rules, further, faults)
    _check_reason(grade, options, text, rules, faults)
    channel = _channel(draft.channel, rules, faults)
    provenance = _word(Provenance, "provenance", draft.provenance, ACCEPTED_PROVENANCES, faults)
    identity = _word(Identity, "identity", draft.identity, rules.identities, faults)
    role = _word(RaterRole, "rater_role", draft.rater_role, rules.roles, faults)
    _check_moment(draft.submitted_at, faults)
    if faults or not (grade and channel and provenance and identity and role):
        raise InvalidEvaluation(faults)
    return Checked(grade, options, text, channel, provenance, identity, role)


def _grade(value: Any, faults: list[FieldFault]) -> Grade | None:
    if value is None or value == "":
        faults.append(_MISSING_GRADE)
        return None
    if type(value) is int and 1 <= value <= 5:
        return Grade(value)
    if type(value) is str and value in {"1", "2", "3", "4", "5"}:
        return Grade(int(value))
    if isinstance(value, Grade):
        return value
    faults.append(_BAD_GRADE)
    return None


def _text(value: Any, rules: IntakeRules, faults: list[FieldFault]) -> str:
    if not value:
        return ""
    if not isinstance(value, str):
        faults.append(FieldFault("text", "HCP-TEXT-INVALID", Words("意见应为文字", "text: words")))
        return ""
    text = clean(value)
    if len(text) > rules.text_max:
        faults.append(_too_long(len(text), rules.text_max))
    return text


def _options(value: Any, faults: list[FieldFault]) -> tuple[str, ...]:
    if not value:
        return ()
    codes: list[Any] = list(value) if isinstance(value, list | tuple) else [None]
    if len(codes) > MAX_OPTIONS or not all(isinstance(code, str) for code in codes):
        faults.append(_BAD_OPTIONS)
        return ()
    return tuple(dict.fromkeys(codes))


def _check_options(
    options: tuple[str, ...],
    grade: Grade | None,
    rules: IntakeRules,
    further: Further,
    faults: list[FieldFault],
) -> None:
    if not options or grade is None:
        return
    found = choice.check(rules.options, grade, options)
    if any(fault.fault is choice.Fault.UNKNOWN for fault in found):
        added = further()
        # a plugin that cannot be asked must not stop a rating: its own codes pass unchecked
        known = added if added is not None else {code for code in options if "." in code}
        found = choice.check(rules.options, grade, options, known)
    faults.extend(_option_fault(fault) for fault in found)


def _check_reason(
    grade: Grade | None,
    options: tuple[str, ...],
    text: str,
    rules: IntakeRules,
    faults: list[FieldFault],
) -> None:
    needed = rules.require_reason_for_bad and grade in rules.bad_grades
    if needed and not options and not text and not faults:
        faults.append(_REASON_NEEDED)


def _channel(value: str, rules: IntakeRules, faults: list[FieldFault]) -> Channel | None:
    channel = rules.channels.get(value)
    if channel is None:
        faults.append(_not_one_of("channel", value, rules.channels))
    return channel


def _word(
    kind: type[Word], field: str, value: str, accepted: Collection[Word], faults: list[FieldFault]
) -> Word | None:
    if value in accepted:
        return kind(value)
    faults.append(_not_one_of(field, value, accepted))
    return None


def _check_moment(value: datetime | None, faults: list[FieldFault]) -> None:
    if value is not None and value.tzinfo is None:
        faults.append(_NAIVE_MOMENT)


def _not_one_of(field: str, value: Any, accepted: Collection[str]) -> FieldFault:
    names = "、".join(sorted(accepted))
    code = f"HCP-{field.upper().replace('_', '-')}-NOT-ACCEPTED"
    zh = f"{field}：这里不接受“{str(value)[:40]}”，可用的值：{names}"
    return FieldFault(field, code, Words(zh, f"{field}: “{str(value)[:40]}”; accepted: {names}"))


def _too_long(length: int, limit: int) -> FieldFault:
    zh = f"意见最多 {limit} 个字，现在是 {length} 个字，请缩短后再提交"
    en = f"At most {limit} characters, there are {length}; please shorten the text"
    return FieldFault("text", "HCP-TEXT-TOO-LONG", Words(zh, en))


def _option_fault(fault: choice.OptionFault) -> FieldFault:
    zh, en = _OPTION_WORDS[fault.fault]
    code = fault.code[:40]
    return FieldFault("options", "HCP-OPTION-INVALID", Words(f"选项 {code} {zh}", f"{code} {en}"))


_OPTION_WORDS: Final = {
    choice.Fault.UNKNOWN: ("不在选项表中，请重新选择", "is not in the option list; choose again"),
    choice.Fault.RETIRED: ("属于已停用的旧版选项，请使用现行选项", "belongs to an older list"),
    choice.Fault.OTHER_GRADE: ("不属于所选的评价等级，请重新选择", "belongs to another grade"),
}
_MISSING_GRADE: Final = FieldFault(
    "grade",
    "HCP-GRADE-MISSING",
    Words("请选择一个评价等级", "Please choose one of the five grades"),
)
_BAD_GRADE: Final = FieldFault(
    "grade",
    "HCP-GRADE-INVALID",
    Words("评价等级应为 1 至 5 的整数", "The grade is a whole number from 1 to 5"),
)
_BAD_OPTIONS: Final = FieldFault(
    "options",
    "HCP-OPTIONS-INVALID",
    Words(
        f"选项应为代码列表，最多 {MAX_OPTIONS} 个",
        f"Options are a list of codes, at most {MAX_OPTIONS}",
    ),
)
_REASON_NEEDED: Final = FieldFault(
    "options",
    "HCP-REASON-REQUIRED",
    Words(
        "请至少选择一个原因，或写下您的意见",
        "Please choose at least one reason or write a few words",
    ),
)
_NAIVE_MOMENT: Final = FieldFault(
    "submitted_at",
    "HCP-MOMENT-INVALID",
    Words("提交时间需要带时区", "The time of submission needs a time zone"),
)
