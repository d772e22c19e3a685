"""Replaying a past period with other plugins, storing nothing: what would have been."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.deployment import Deployment
from haochaping.evaluation import readmission
from haochaping.evaluation.admission import ask
from haochaping.evaluation.tables import evaluation
from haochaping.grading.appraisal import Appraisal
from haochaping.hooks.values import OccurrenceKey, Period, Words
from haochaping.kit.asking import EmptyTables, Enabled, Impure
from haochaping.plugins import Hooks, PluginManager
from haochaping.plugins.tracing import masked
from haochaping.rectification import deadlines, planning
from haochaping.rectification.records import Case, from_row, selection
from haochaping.rectification.rounds import timers_of
from haochaping.rectification.tables import rectification_case


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that comes out otherwise: what kind, of whom, and both answers in short."""

    kind: str
    """verdict | due | warning | route | score | board | failure"""
    about: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was replayed and what changes."""

    evaluations: int
    cases: int
    changes: tuple[Change, ...]

    def counts(self) -> Mapping[str, int]:
        """Return the number of changes by kind."""
        kinds = [change.kind for change in self.changes]
        return {kind: kinds.count(kind) for kind in KINDS}


KINDS: Final[Mapping[str, Words]] = {
    "verdict": Words("评价是否采纳", "Verdicts on ratings"),
    "due": Words("到期时刻", "Due moments"),
    "warning": Words("预警", "Warnings"),
    "route": Words("承办单位", "Who handles"),
    "score": Words("加减分与荣誉", "Points and honours"),
    "board": Words("榜单", "Boards"),
    "failure": Words("出错", "Failures"),
}
"""Kinds of changes, in the order in which they are told."""


def with_plugins(
    deployment: Deployment, plugins: Mapping[str, Mapping[str, Any]], manager: PluginManager
) -> Hooks:
    """Return the hooks of other plugins over the deployment's data; they may look up only.

    Raises DeploymentRefused.
    """
    return manager.assemble(Enabled(plugins), lambda name: _Reading(deployment, name))


def rehearse(deployment: Deployment, period: Period, before: Hooks, after: Hooks) -> Rehearsal:
    """Ask both sets of plugins about everything that came in or was opened in a period.

    Nothing is stored: hooks that observe are not called, and those that decide may look up only.
    """
    verdicts, evaluations = _verdicts(deployment, period, (before, after))
    cases, count = _cases(deployment, period, (before, after))
    scores = _scores(deployment, period, (before, after))
    boards = _boards(before, after)
    return Rehearsal(evaluations, count, (*verdicts, *cases, *scores, *boards))


class _Reading:
    """The services of a plugin that is rehearsed: look-ups where it has tables, nothing else."""

    def __init__(self, deployment: Deployment, plugin: str) -> None:
        running = [name for name, _ in deployment.hooks.contributions("database_tables")]
        found: Any = EmptyTables()
        if plugin in running:
            own: Any = deployment.hooks.plugin(plugin).plugin.services
            found = own.lookup
        self.lookup = found

    def __getattr__(self, service: str) -> Any:
        """Refuse every other service."""
        raise Impure(f"services.{service}")


Both = tuple[Hooks, Hooks]


def _verdicts(deployment: Deployment, period: Period, both: Both) -> tuple[list[Change], int]:
    found: list[Change] = []
    keys = _evaluations(deployment, period)
    if not any(hooks.asked("evaluation_admit") for hooks in both):
        return found, len(keys)
    for key in keys:
        with deployment.store.read() as conn:
            asked = readmission.submission_of(conn, deployment.desk, key)
        if asked is not None:
            rulings = [ask(hooks, asked) for hooks in both]
            said = [f"{one.status} {one.reason}".strip() for one in rulings]
            found += _changed("verdict", f"{key.region}-{key.served_month}-{key.id}", said)
    return found, len(keys)


def _evaluations(deployment: Deployment, period: Period) -> list[OccurrenceKey]:
    rows = evaluation.c
    query = (
        select(rows.region, rows.served_month, rows.id)
        .where(rows.counted_on >= period.first, rows.counted_on <= period.last)
        .order_by(rows.id)
    )
    with deployment.store.read() as conn:
        return [OccurrenceKey(*row) for row in conn.execute(query)]


def _cases(deployment: Deployment, period: Period, both: Both) -> tuple[list[Change], int]:
    found: list[Change] = []
    with deployment.store.read() as conn:
        cases = list(_opened(conn, deployment, period))
        for case in cases:
            said = [_asked(deployment, conn, case, hooks) for hooks in both]
            for kind in ("due", "warning", "route", "failure"):
                found += _changed(kind, case.public_id, [one[kind] for one in said])
    return found, len(cases)


def _opened(conn: Connection, deployment: Deployment, period: Period) -> Iterator[Case]:
    for row in conn.execute(selection().order_by(rectification_case.c.id)).mappings():
        case = from_row(row)
        if period.first <= deployment.calendar.local_day(case.opened_at) <= period.last:
            yield case


def _asked(deployment: Deployment, conn: Connection, case: Case, hooks: Hooks) -> dict[str, str]:
    context = replace(deployment.rectification, questions=hooks)
    answers = planning.answers(context, conn, case, case.opened_at)
    start = deadlines.start_of(conn, case)
    timers = timers_of(context, conn, case, answers.plan, start)
    zone = deployment.zone
    due = [
        f"{one.kind} {one.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
        for one in timers
        if not one.level
    ]
    warned = [
        f"{one.kind} {one.level} {one.to} {one.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
        f" {'+'.join(one.gateways)}"
        for one in timers
        if one.level
    ]
    return {
        "due": "; ".join(due),
        "warning": "; ".join(warned),
        "route": "" if answers.route is None else masked(answers.route),
        "failure": "; ".join(f"{one.plugin} {one.hook}: {one.message}" for one in answers.failures),
    }


def _scores(deployment: Deployment, period: Period, both: Both) -> Iterator[Change]:
    appraiser = deployment.disclosing.appraiser
    judged = [replace(appraiser, hooks=hooks).judge(deployment.store, period) for hooks in both]
    said = [_by_subject(one) for one in judged]
    for about in sorted({*said[0], *said[1]}):
        yield from _changed("score", about, [one.get(about, "") for one in said])
    yield from _changed("failure", period.name, ["; ".join(one.failures) for one in judged])


def _by_subject(found: Appraisal) -> dict[str, str]:
    told: dict[str, list[str]] = {}
    for one in found.awards:
        points = f"{one.award.points / 100:+g}" if one.award.points else ""
        words = f"{one.award.kind} {one.award.name.zh} {points}".strip()
        told.setdefault(f"{one.subject_kind} {one.subject_id}", []).append(words)
    return {about: "; ".join(sorted(words)) for about, words in told.items()}


def _boards(before: Hooks, after: Hooks) -> Iterator[Change]:
    said = [
        {one.name: masked(one) for one in hooks.contribute("disclosure_boards")}
        for hooks in (before, after)
    ]
    for name in sorted({*said[0], *said[1]}):
        yield from _changed("board", name, [one.get(name, "") for one in said])


def _changed(kind: str, about: str, said: Sequence[str]) -> Iterator[Change]:
    if said[0] != said[1]:
        yield Change(kind, about, said[0], said[1])


__all__ = ["KINDS", "Change", "Rehearsal", "rehearse", "with_plugins"]
