"""What a case page shows of the work itself: the finding, partners' tasks, extensions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Connection

from haochaping.messages import N_
from haochaping.rectification import extension_rows, findings, tasks
from haochaping.rectification.findings import REPEATED
from haochaping.rectification.records import Case
from haochaping.web import formats
from haochaping.web.console.case_forms import Form, extra
from haochaping.web.console.sight import Sight
from haochaping.web.console.wording import Tag, last_day
from haochaping.web.i18n import _, words

_TASKS: Final = {tasks.OPEN: N_("办理中"), tasks.DONE: N_("已办结"), tasks.DROPPED: N_("已撤销")}
_EXTENSIONS: Final = {
    extension_rows.ASKED: (N_("待审批"), "warn"),
    extension_rows.GRANTED: (N_("已批准"), "good"),
    extension_rows.REFUSED: (N_("未批准"), ""),
}


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was written: by whom, when, and what."""

    who: str
    when: str
    text: str
    tag: Tag | None = None
    result: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """The work on a case, with the forms that fit now."""

    finding: tuple[tuple[str, str], ...]
    tasks: tuple[Said, ...]
    extensions: tuple[Said, ...]
    forms: tuple[Form, ...]


class Names(Protocol):
    """Names of units and accounts."""

    def of(self, kind: str, subject_id: int | None) -> str:
        """Return the name of a unit or item, empty when there is none."""
        ...

    def account(self, account_id: int | None) -> str:
        """Return the name of an account, empty for nobody."""
        ...


def build(conn: Connection, seen: Sight, names: Names, at: datetime) -> Work:
    """Return the work on a case as whoever is signed in may see it."""
    joined = tasks.tasks_of(conn, seen.case)
    asked = extension_rows.of_case(conn, seen.case)
    waiting = extension_rows.waiting(conn, seen.case) is not None
    is_open = any(one.state == tasks.OPEN for one in joined)
    return Work(
        finding=tuple(_finding(conn, seen.case, names, at)),
        tasks=tuple(_task(one, names) for one in joined if one.state in _TASKS),
        extensions=tuple(_extension(one, names) for one in asked),
        forms=extra(seen, asked=waiting, joined=is_open),
    )


def _finding(conn: Connection, case: Case, names: Names, at: datetime) -> Iterator[tuple[str, str]]:
    found = findings.newest(conn, case)
    if found is None:
        return
    yield _("是否属实"), words(findings.TRUTHS[found.truth])
    yield _("诉求是否合理"), _("是") if found.reasonable else _("否")
    if found.malicious:
        yield _("是否疑似恶意"), _("是")
    yield _("处理方式"), words(findings.HANDLINGS[found.handling])
    yield _("责任认定"), _responsible(found, names)
    yield _("原因"), _cause(conn, case, found.cause, at)
    if found.process:
        yield _("检查的流程环节"), found.process
    if found.improvement:
        yield _("长效改进"), found.improvement


def _responsible(found: findings.Finding, names: Names) -> str:
    said = words(findings.RESPONSIBLE[found.responsible])
    if not found.units:
        return said
    named = [_bearer(names.of("organization", one.organization_id), one) for one in found.units]
    if len(named) > 1:
        named[0] = _("%(unit)s（牵头）", unit=named[0])
    return f"{said} · {'、'.join(named)}"


def _bearer(name: str, one: findings.Share) -> str:
    return name if one.percent is None else f"{name} {one.percent}%"


def _cause(conn: Connection, case: Case, cause: str, at: datetime) -> str:
    """Return the cause, flagged when it has come up often enough with the item."""
    said, others = words(findings.CAUSES[cause]), findings.repeated(conn, case, cause, at)
    if others + 1 < REPEATED:
        return said
    return _("%(cause)s（同一事项一年内第 %(n)s 次，请从制度上整改）", cause=said, n=others + 1)


def _task(one: tasks.Task, names: Names) -> Said:
    tone = {tasks.OPEN: "warn", tasks.DONE: "good"}.get(one.state, "")
    due = "" if one.due_at is None else _("最晚 %(day)s", day=last_day(one.due_at))
    unit = names.of("organization", one.organization_id)
    return Said(unit, due, one.task or "", Tag(_(_TASKS[one.state]), tone), one.result or "")


def _extension(one: extension_rows.Extension, names: Names) -> Said:
    word, tone = _EXTENSIONS[one.state]
    text = _("延期 %(n)s 天：%(reason)s", n=one.count, reason=one.reason)
    who, when = names.account(one.asked_by), formats.moment(one.asked_at)
    return Said(who, when, text, Tag(_(word), tone))
