"""Results of a period for personnel systems: one row a subject, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from haochaping.appraisal import outcomes
from haochaping.appraisal.measures import NAMES, Target
from haochaping.appraisal.objections import page_of
from haochaping.appraisal.outcomes import Outcome
from haochaping.appraisal.stages import State
from haochaping.catalog import subjects
from haochaping.catalog.tables import organization
from haochaping.grading.tables import frozen_figure
from haochaping.hooks.values import Period, Subject
from haochaping.messages import N_
from haochaping.web.console.appraisal_reach import unit_of
from haochaping.web.console.appraisal_wording import KINDS, exact_points
from haochaping.web.console.scores import score_text
from haochaping.web.i18n import _
from haochaping.web.sheets import Cell
from haochaping.web.site import site

SCHEMA: Final = "haochaping.appraisal/1"
_CHUNK: Final = 500
HEADS: Final = (
    N_("时期"),
    N_("对象"),
    N_("编号"),
    N_("名称"),
    N_("部门编号"),
    N_("得分"),
    N_("核心得分"),
    N_("加减分"),
    N_("表彰"),
    N_("其他结果"),
    N_("异议"),
    N_("有效评价"),
    N_("差评"),
    N_("配置档版本"),
    N_("程序版本"),
    N_("依据页面"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One subject of the file with its unit's code."""

    subject: Subject
    unit: str
    outcome: Outcome


def entries(conn: Connection, period: Period, kind: str, within: Select[Any]) -> Iterator[Entry]:
    """Yield the results of the subjects of a kind that `within` selects, by code."""
    row = frozen_figure.c
    statement = select(row.subject_id).where(
        row.period == period.name, row.subject_kind == kind, row.subject_id.in_(within)
    )
    ids = sorted(conn.execute(statement).scalars())
    found: list[Entry] = []
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        names = subjects.names(conn, kind, chunk)
        units = {each: _unit_code(conn, kind, each) for each in chunk}
        found += [
            Entry(names[each.subject_id], units[each.subject_id], each)
            for each in outcomes.of(conn, period, kind, chunk)
            if each.subject_id in names
        ]
    yield from sorted(found, key=lambda each: (each.subject.code, each.subject.id))


def table(period: Period, found: Sequence[Entry]) -> list[tuple[Cell, ...]]:
    """Return the rows of the workbook, its header first."""
    return [tuple(_(head) for head in HEADS), *(_row(period, each) for each in found)]


def document(state: State, found: Sequence[Entry]) -> dict[str, Any]:
    """Return the results as plain data: decimal texts, names and reasons in both languages."""
    return {
        "schema": SCHEMA,
        "period": state.period.name,
        "stage": str(state.stage),
        "results": [_entry(state.period, each) for each in found],
    }


def _row(period: Period, each: Entry) -> tuple[Cell, ...]:
    found, score = each.outcome, each.outcome.score
    named = _named(found)
    return (
        period.name,
        _(KINDS[found.subject_kind]),
        each.subject.code,
        each.subject.name.zh,
        each.unit,
        score_text(score.total, score.places) if score else "",
        score_text(score.core, score.places) if score else "",
        exact_points(found.points),
        "；".join(name for kind, name in named if kind == "honour"),
        "；".join(name for kind, name in named if kind not in ("honour", "points")),
        "；".join(one.state for one in found.objections),
        found.then.rated,
        found.then.bad,
        score.profile_digest if score else "",
        score.code_version if score else "",
        _page(period, found),
    )


def _named(found: Outcome) -> list[tuple[str, str]]:
    awards = [(each.award.kind, each.award.name.zh) for each in found.standing_awards]
    taken = [(each.kind, NAMES[each.kind].zh) for each in found.standing_measures]
    return [*awards, *taken]


def _entry(period: Period, each: Entry) -> dict[str, Any]:
    found, score = each.outcome, each.outcome.score
    awards = found.standing_awards
    return {
        "kind": found.subject_kind,
        "code": each.subject.code,
        "name": each.subject.name.zh,
        "organization_code": each.unit,
        "score": _scaled(score.total, score.places) if score else None,
        "core": _scaled(score.core, score.places) if score else None,
        "points": exact_points(found.points),
        "awards": [
            {
                "kind": one.award.kind,
                "name": {"zh": one.award.name.zh, "en": one.award.name.en},
                "reason": {"zh": one.award.reason.zh, "en": one.award.reason.en},
                "points": exact_points(one.award.points),
                "stars": one.award.level,
                "by": one.plugin,
                "evidence": [link.link for link in one.award.evidence],
            }
            for one in awards
        ],
        "measures": [
            {
                "kind": one.kind,
                "reason": one.reason,
                "points": exact_points(one.points),
                "evidence": list(one.evidence),
            }
            for one in found.standing_measures
        ],
        "objections": [
            {
                "matter": one.matter,
                "state": one.state,
                "decision": one.decision,
                "points": exact_points(one.points),
            }
            for one in found.objections
        ],
        "inputs": score.inputs.document() if score else None,
        "profile_digest": score.profile_digest if score else None,
        "rules_digest": score.basis if score else None,
        "code_version": score.code_version if score else None,
        "explained_at": _page(period, found),
    }


def _scaled(scaled: int | None, places: int) -> str | None:
    return None if scaled is None else score_text(scaled, places)


def _page(period: Period, found: Outcome) -> str:
    path = page_of(Target(period, found.subject_kind, found.subject_id))
    return site().settings.base_url.rstrip("/") + path


def _unit_code(conn: Connection, kind: str, subject: int) -> str:
    unit = unit_of(conn, kind, subject)
    found = conn.execute(select(organization.c.code).where(organization.c.id == unit))
    return str(found.scalar_one_or_none() or "")
