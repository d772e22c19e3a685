"""How the deployment is doing: worker, jobs, messages, plugins, profile; with retry buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
)
from sqlalchemy import Connection

from haochaping import jobs
from haochaping.access.principals import allowed
from haochaping.delivery import messages
from haochaping.delivery.messages import Stored
from haochaping.grading import tallies
from haochaping.jobs import looking as job_looking
from haochaping.jobs.looking import Load, ParkedJob
from haochaping.journal import Event, looking, observing, sealing
from haochaping.journal import reading as journal_reading
from haochaping.journal.looking import ParkedEvent
from haochaping.observers import observers_of
from haochaping.operating import beats
from haochaping.plugins import HookHealth
from haochaping.profile.profile import Layer
from haochaping.web import formats
from haochaping.web.console import ops_rows, reach
from haochaping.web.console.ops_rows import AgeRow, ProcessRow
from haochaping.web.console.wording import Tag
from haochaping.web.errors import NotFound
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("system", "haochaping.web")
HERE: Final = "/console/system"
READ: Final = "system.read"
RETRY: Final = "message.manage"
LATE_SECONDS: Final = 300
"""A worker that leaves due work lying this long is not running."""


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """A reader of the journal or the ledger: how far behind it is, and since when."""

    name: str
    behind: str
    moved: str


@dataclass(frozen=True, slots=True)
class PluginRow:
    """A plugin in use: its hooks, and how its calls have gone in this process."""

    name: str
    title: str
    version: str
    hooks: tuple[str, ...]
    calls: int
    failures: int
    milliseconds: str
    longest: str
    last_error: str

    @property
    def tag(self) -> Tag:
        """Whether its calls fail, in colour and words."""
        if self.failures:
            return Tag(_("%(n)s 次失败", n=self.failures), "bad")
        return Tag(_("正常"), "good")


@dataclass(frozen=True, slots=True)
class SystemPage:
    """Everything about the system's state."""

    worker: Tag
    load: Load
    readers: tuple[ReaderRow, ...]
    sealed: str
    jobs: tuple[ParkedJob, ...]
    messages: tuple[Stored, ...]
    waiting: Mapping[str, int]
    events: tuple[ParkedEvent, ...]
    ages: tuple[AgeRow, ...]
    processes: tuple[ProcessRow, ...]
    plugins: tuple[PluginRow, ...]
    profile: str
    digest: str
    layers: tuple[Layer, ...]
    may_retry: bool
    done: str


@route(pages, HERE)
def show() -> str:
    """Show the system's state."""
    deployment, now, whole = site(), site().clock.now(), reach.everywhere(READ)
    with deployment.store.read() as conn:
        load = job_looking.load(conn, now)
        seal = sealing.latest(conn)
        page = SystemPage(
            worker=_worker(load, now),
            load=load,
            readers=_readers(conn),
            sealed=formats.moment(seal.at) if seal else "",
            jobs=_parked(conn),
            messages=messages.parked(conn) if whole else (),
            waiting=messages.waiting(conn) if whole else dict.fromkeys(messages.waiting(conn), 0),
            events=looking.parked(conn) if whole else (),
            ages=ops_rows.ages(conn, now),
            processes=ops_rows.processes(conn, now),
            plugins=_plugins(),
            profile=deployment.profile.name,
            digest=deployment.profile.digest,
            layers=deployment.profile.layers,
            may_retry=reach.everywhere(RETRY),
            done=_("已安排重试。") if request.args.get("done") else "",
        )
    return render_template("console/system.html", page=page)


@route(pages, f"{HERE}/retry/<kind>/<int:number>", methods=("POST",))
def retry(kind: str, number: int) -> Response:
    """Give a job, message or event that was given up another round of attempts."""
    reach.require_everywhere(RETRY)
    again = _AGAIN.get(kind)
    if again is None:
        raise NotFound()
    deployment, at = site(), site().clock.now()
    with deployment.store.write() as conn:
        if again(conn, number, at):
            told = {"by": principal().account_id}
            deployment.journal.emit(conn, Event("job.retried", f"{kind}:{number}", told), at)
    return make_response(redirect(f"{HERE}?done=1", 303))


_AGAIN: Final[Mapping[str, Callable[[Connection, int, datetime], bool]]] = MappingProxyType(
    {"job": jobs.retry, "message": messages.requeue, "event": observing.unpark}
)


def _parked(conn: Connection) -> tuple[ParkedJob, ...]:
    """Return jobs that were given up, those of one's own counties only when bound to some."""
    found = job_looking.parked(conn)
    if reach.everywhere(READ):
        return found
    who = principal()
    return tuple(
        one
        for one in found
        if one.region and allowed(who, READ, reach.region_scope(conn, one.region))
    )


def _worker(load: Load, now: datetime) -> Tag:
    late = load.oldest is not None and (now - load.oldest).total_seconds() > LATE_SECONDS
    if late:
        return Tag(_("后台没有在处理，请检查 worker 进程"), "bad")
    return Tag(_("后台正常"), "good")


def _readers(conn: Connection) -> tuple[ReaderRow, ...]:
    deployment = site()
    known = {one.name: one.at for one in looking.readers(conn)}
    for observer in observers_of(deployment.hooks, deployment.store):
        known.setdefault(observer.name, None)
    rows = [
        ReaderRow(name, formats.number(journal_reading.lag(conn, name)), formats.moment(at))
        for name, at in sorted(known.items())
    ]
    ledger = _("有待并入") if tallies.waiting(conn) else "0"
    return (ReaderRow(_("评价流水并入统计"), ledger, ""), *rows)


def _plugins() -> tuple[PluginRow, ...]:
    health = site().hooks.health()
    rows = []
    for loaded in site().hooks.plugins:
        mine = [one for one in health if one.plugin == loaded.name]
        rows.append(
            PluginRow(
                name=loaded.name,
                title=words(loaded.title),
                version=loaded.version,
                hooks=loaded.hooks,
                calls=sum(one.calls for one in mine),
                failures=sum(one.failures for one in mine),
                milliseconds=_milliseconds(sum(one.seconds for one in mine)),
                longest=_milliseconds(max((one.longest for one in mine), default=0.0)),
                last_error=next((one.last_error for one in mine if one.last_error), ""),
            )
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class HookRow:
    """One hook of a plugin: how its calls went; times in milliseconds."""

    hook: str
    calls: int
    median: str
    slowest: str
    """The time within which 99 of 100 calls were done."""
    failures: int
    last_error: str
    paused: str
    """How long it is still left out after many failures, empty when it is not."""


@dataclass(frozen=True, slots=True)
class PausedRow:
    """A process that leaves hooks of a plugin out for a while."""

    process: str
    hooks: str


@route(pages, f"{HERE}/plugins/<name>")
def plugin(name: str) -> str:
    """Show one plugin: version, hooks with calls and times, the events it has not taken."""
    deployment, whole = site(), reach.everywhere(READ)
    row = next((one for one in _plugins() if one.name == name), None)
    if row is None:
        raise NotFound()
    with deployment.store.read() as conn:
        parked = looking.parked(conn) if whole else ()
        paused = _paused(conn, name)
    events = tuple(one for one in parked if one.reader == f"plugin:{name}")
    health = [one for one in deployment.hooks.health() if one.plugin == name]
    called = {one.hook.partition(" ")[0] for one in health}
    return render_template(
        "console/system_plugin.html",
        plugin=row,
        api_version=deployment.hooks.plugin(name).api_version,
        rows=[_hook_row(one) for one in health],
        quiet=[hook for hook in row.hooks if hook not in called],
        events=events,
        paused=paused,
        guards=_guards(name),
        may_retry=reach.everywhere(RETRY),
    )


def _hook_row(one: HookHealth) -> HookRow:
    median, slowest = (_milliseconds(one.quantile(share)) for share in (0.5, 0.99))
    paused = _("暂停调用，%(n)s 秒后再试", n=int(one.paused) + 1) if one.paused else ""
    return HookRow(one.hook, one.calls, median, slowest, one.failures, one.last_error, paused)


def _paused(conn: Connection, plugin: str) -> tuple[PausedRow, ...]:
    """Return the processes that leave hooks of a plugin out, as they last told."""
    at = site().clock.now()
    return tuple(
        PausedRow(f"{one.kind} {one.name}", ", ".join(one.paused[plugin]))
        for one in beats.processes(conn)
        if one.alive(at) and plugin in one.paused
    )


def _guards(plugin: str) -> str:
    """Say whether a plugin runs in a process of its own, and how well that is guarded."""
    for name, host in site().hooks.isolated():
        if name == plugin:
            missing = sum(bool(one.missing) for one in host.guards)
            if missing:
                return _("独立进程，缺少 %(n)s 项防护", n=missing)
            return _("独立进程，防护齐全")
    return _("与系统同一进程")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.{1 if seconds >= 0.001 else 3}f}"
