"""The import kind `facts`: a line is one figure from elsewhere that an indicator may take in.

Efficiency, the catalogue, inspections of other bodies, engagement events: whatever has a name,
a subject and a period. The same subject, period and name replaces what was said before, until
the period is closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from haochaping.catalog import codes, fields
from haochaping.catalog.fields import FieldFault, Fields
from haochaping.catalog.importing.kinds import Column, ImportContext, Kind
from haochaping.catalog.outcomes import CREATED, Outcome, Status, refused
from haochaping.grading import given_facts, periods
from haochaping.grading.given_facts import Fact, PeriodClosed
from haochaping.grading.periods import UnknownPeriod
from haochaping.hooks.values import Words

LONGEST_SOURCE: Final = 60
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}(?:\.[a-z][a-z0-9_]{0,30})?", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)

Find = Callable[[Connection, Collection[str]], dict[str, int]]
"""Finds the ids of subjects by their codes."""


@dataclass(frozen=True, slots=True)
class FactDraft:
    """One line, read; the subject is still a code."""

    period: str
    kind: str
    code: str
    name: str
    over: int
    under: int
    source: str


def draft(row: Fields) -> FactDraft:
    """Return a line as a draft. Raises FieldFault."""
    kind, name = fields.needed(row, "subject_kind"), fields.needed(row, "name")
    if kind not in SUBJECTS:
        known = "、".join(SUBJECTS)
        raise FieldFault("subject_kind", Words(f"应为 {known} 之一", f"write one of {known}"))
    if not _NAME.fullmatch(name):
        raise FieldFault(
            "name",
            Words(
                "应为小写字母、数字和下划线，如 on_time_supply",
                "write small letters, digits and underscores, such as on_time_supply",
            ),
        )
    under = _number(row, "under")
    if under == 0:
        raise FieldFault("under", Words("分母不能是 0", "the denominator cannot be 0"))
    return FactDraft(
        period=_period(fields.needed(row, "period")),
        kind=kind,
        code=fields.needed(row, "subject_code"),
        name=name,
        over=_number(row, "over"),
        under=under,
        source=fields.needed(row, "source", LONGEST_SOURCE),
    )


def save(
    conn: Connection, context: ImportContext, drafts: Sequence[FactDraft], last: bool
) -> list[Outcome]:
    """Store facts; those of closed periods and unknown subjects are refused in words."""
    known = {
        kind: find(conn, {each.code for each in drafts if each.kind == kind})
        for kind, find in SUBJECTS.items()
    }
    return [_saved(conn, context, each, known[each.kind]) for each in drafts]


def _saved(
    conn: Connection, context: ImportContext, each: FactDraft, known: Mapping[str, int]
) -> Outcome:
    subject = known.get(each.code)
    if subject is None:
        return refused(f"没有代码为 {each.code} 的对象", f"There is no subject of code {each.code}")
    fact = Fact(each.period, each.kind, subject, each.name, each.over, each.under)
    try:
        given_facts.record(conn, [fact], each.source, context.clock.now())
    except PeriodClosed as refusal:
        return Outcome(Status.REFUSED, refusal.detail)
    return CREATED


def _period(text: str) -> str:
    try:
        found = periods.parse(text)
    except UnknownPeriod as refusal:
        raise FieldFault("period", refusal.detail) from None
    if periods.kind(found) == "day":
        raise FieldFault(
            "period", Words("应为月、季度或年，如 2026-11", "write a month, quarter or year")
        )
    return found.name


def _number(row: Fields, name: str) -> int:
    text = fields.needed(row, name)
    if not _NUMBER.fullmatch(text):
        raise FieldFault(name, Words("应为不带小数的数", "write a whole number"))
    return int(text)


def _organizations(conn: Connection, known: Collection[str]) -> dict[str, int]:
    return {code: each.id for code, each in codes.organizations(conn, known).items()}


def _halls(conn: Connection, known: Collection[str]) -> dict[str, int]:
    return {code: each.id for code, each in codes.halls(conn, known).items()}


def _staff(conn: Connection, known: Collection[str]) -> dict[str, int]:
    return {code: each.id for code, each in codes.staff_members(conn, known).items()}


SUBJECTS: Final[Mapping[str, Find]] = MappingProxyType(
    {"organization": _organizations, "hall": _halls, "staff": _staff, "item": codes.items}
)
"""Kinds of subjects that facts are imported of, by their codes (of staff: their numbers)."""

FACTS: Final = Kind(
    name="facts",
    title=Words("指标数据", "Facts for indicators"),
    columns=(
        Column("period", Words("时期", "Period"), required=True, example="2026-11"),
        Column(
            "subject_kind",
            Words("对象类别", "Kind of subject"),
            required=True,
            example="organization",
            note=Words("可填：" + "、".join(SUBJECTS), "one of: " + ", ".join(SUBJECTS)),
        ),
        Column("subject_code", Words("对象代码", "Code of the subject"), required=True),
        Column(
            "name",
            Words("数据名称", "Name of the fact"),
            required=True,
            example="on_time_supply",
            note=Words("与指标的 measure 相同", "as the indicator's measure"),
        ),
        Column("over", Words("分子", "Numerator"), required=True, example="96"),
        Column("under", Words("分母", "Denominator"), required=True, example="100"),
        Column(
            "source",
            Words("来源", "Source"),
            required=True,
            example="第三方评估",
            note=Words("数据从哪里来", "where the figure is from"),
        ),
    ),
    parse=draft,
    save=save,
)
"""Made known by `import_kinds.register`."""
