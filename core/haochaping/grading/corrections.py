"""Corrections that are shown: what moved in published months, and what findings moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from haochaping.grading import closing, figures
from haochaping.grading.rollup import Change, Facts, count, keys_of
from haochaping.grading.tables import COUNTS, figure_correction, period_closing
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import ACTIVE_PROVENANCES, Period, Words
from haochaping.ids import new_id
from haochaping.messages import N_

FINDING, APPEAL, VOID = "finding", "appeal", "void"
AMENDED, WITHDRAWN, LATE, DECIDED = "amended", "withdrawn", "late", "decided"

REASONS: Final[Mapping[str, Words]] = {
    FINDING: Words(N_("责任认定"), "who is responsible was found"),
    APPEAL: Words(N_("申诉成立，评价作废"), "an appeal was upheld, the rating is void"),
    VOID: Words(N_("评价认定无效"), "a rating was declared void"),
    AMENDED: Words(N_("评价人修改评价"), "a rater changed the rating"),
    WITHDRAWN: Words(N_("评价人撤回评价"), "a rater withdrew the rating"),
    LATE: Words(N_("补录"), "taken in late"),
    DECIDED: Words(N_("存疑评价已认定"), "a rating in doubt was decided"),
}
"""Why a figure was corrected, by word."""

_OF_EVENT: Final = {
    "evaluation.recorded": LATE,
    "evaluation.amended": AMENDED,
    "evaluation.withdrawn": WITHDRAWN,
    "evaluation.voided": VOID,
    "evaluation.released": DECIDED,
    "evaluation.excluded": DECIDED,
    "occurrence.served": LATE,
}
_FACTS: Final = Facts._fields


@dataclass(frozen=True, slots=True)
class Correction:
    """One change of one subject's figures of a month.

    `change` is what was added. `before` and `after` are the figures around it; None in a
    month that is not closed, whose figures move all the time.
    """

    at: datetime
    reason: str
    subject_id: int
    change: Tally
    before: Tally | None
    after: Tally | None


def reason_of(kind: str, payload: Mapping[str, Any]) -> str:
    """Return why an event changes figures, as a word of REASONS."""
    if kind == "evaluation.voided" and str(payload.get("reason", "")).startswith("appeal:"):
        return APPEAL
    return _OF_EVENT[kind]


def note(
    conn: Connection,
    rows: Sequence[Mapping[str, Any]],
    what: tuple[str, int | None],
    at: datetime,
    *,
    always: bool = False,
) -> None:
    """Note what ledger rows change: of closed months, of all when `always`.

    :param what: the reason and the case it comes from.
    """
    months = {str(row["day"])[:7] for row in rows}
    if not always:
        months &= _closed(conn, months)
    if not months:
        return
    changes = _changes(row for row in rows if str(row["day"])[:7] in months)
    reason, case_id = what
    told = [
        {
            "id": new_id(),
            "at": at,
            "reason": reason,
            "case_id": case_id,
            "period": period,
            "subject_kind": kind,
            "subject_id": subject,
            **dict(zip((*COUNTS, "active"), counts, strict=True)),
        }
        for (period, kind, subject), counts in changes.items()
        if any(counts)
    ]
    if told:
        conn.execute(insert(figure_correction), told)


def of(conn: Connection, kind: str, period: Period, ids: Sequence[int]) -> tuple[Correction, ...]:
    """Return the corrections of subjects in a month, oldest first."""
    rows = figure_correction.c
    counts = [rows[name] for name in (*COUNTS, "active")]
    statement = (
        select(rows.at, rows.reason, rows.subject_id, *counts)
        .where(rows.period == period.name, rows.subject_kind == kind, rows.subject_id.in_(ids))
        .order_by(rows.id)
    )
    found = conn.execute(statement).all() if ids else []
    if not found:
        return ()
    then: dict[int, Tally] | None = None
    if closing.is_closed(conn, period):
        kept = closing.frozen(conn, kind, period, [row.subject_id for row in found])
        then = {each: one.tally for each, one in kept.items()}
    return tuple(_correction(row, then) for row in found)


def _correction(row: Any, then: dict[int, Tally] | None) -> Correction:
    change = figures.tally_of(row[3:])
    if then is None:
        return Correction(row.at, row.reason, row.subject_id, change, None, None)
    before = then.get(row.subject_id, figures.NOTHING)
    then[row.subject_id] = after = figures.add_up((before, change))
    return Correction(row.at, row.reason, row.subject_id, change, before, after)


def _closed(conn: Connection, months: Iterable[str]) -> set[str]:
    rows = select(period_closing.c.period).where(period_closing.c.period.in_(sorted(months)))
    return set(conn.execute(rows).scalars())


def _changes(
    rows: Iterable[Mapping[str, Any]],
) -> dict[tuple[str, str, int], list[int]]:
    """Return what rows of the first round add by month and subject; the last count is active."""
    found: dict[tuple[str, str, int], list[int]] = {}
    for row in rows:
        if row["round"] != 1:
            continue
        facts = Facts(**{name: row[name] for name in _FACTS})
        change = Change(row["sign"], row["first_bad"])
        active = row["sign"] if row["grade"] and row["provenance"] in _ACTIVE else 0
        for key in keys_of(facts):
            if len(key.period) == len("2026-11"):
                name = (key.period, key.subject_kind, key.subject_id)
                counts = found.setdefault(name, [0] * (len(COUNTS) + 1))
                count(counts, facts.grade, change)
                counts[-1] += active
    return found


_ACTIVE: Final = frozenset(str(each) for each in ACTIVE_PROVENANCES)
