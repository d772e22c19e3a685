"""Checks of the background: the worker, what waits and for how long, plugins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from haochaping.deployment import Deployment
from haochaping.examining.findings import Check, Found, fault, warning
from haochaping.hooks.values import Words
from haochaping.operating import beats, gauges
from haochaping.plugins import PluginManager

_LATE: Final = 300.0
_HOUR: Final = 3600.0


def _gauges(deployment: Deployment, conn: Connection) -> dict[str, float]:
    return gauges.by_name(gauges.measure(conn, deployment.clock.now()))


def _worker(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    found = _gauges(deployment, conn)
    age, waiting = found["oldest_job_seconds"], int(found["jobs_due"])
    if age > _LATE:
        yield fault(
            f"{waiting} 项后台任务逾时未处理",
            f"{waiting} background jobs are late, by {int(age)} s",
        )


def _alive(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    at, known = deployment.clock.now(), beats.processes(conn)
    kinds = {each.kind for each in known if each.alive(at)}
    for kind in sorted({each.kind for each in known} - kinds):
        yield fault(f"没有 {kind} 进程在运行", f"no {kind} process is running")


def _deadlines(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    lag = _gauges(deployment, conn)["deadline_lag_seconds"]
    if lag > _LATE:
        yield fault(f"期限已过 {int(lag)} 秒未触发", f"a deadline has not fired for {int(lag)} s")


def _readers(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for each in gauges.measure(conn, deployment.clock.now()):
        if each.name == "reader_lag_seconds" and each.value > _LATE:
            yield warning(
                f"{each.label} 落后 {int(each.value)} 秒",
                f"{each.label} is {int(each.value)} s behind",
            )


def _parked(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    found = _gauges(deployment, conn)
    nouns = {
        "jobs_parked": Words("后台任务", "jobs"),
        "events_parked": Words("插件事件", "plugin events"),
        "messages_parked": Words("消息", "messages"),
    }
    for name, noun in nouns.items():
        if found[name]:
            n = int(found[name])
            yield warning(f"{n} 项{noun.zh}多次失败后搁置", f"{n} {noun.en} were given up")


def _messages(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    age = _gauges(deployment, conn)["oldest_message_seconds"]
    if age > _HOUR:
        minutes = int(age // 60)
        yield warning(
            f"有消息 {minutes} 分钟未送达",
            f"a message has not been delivered for {minutes} minutes",
        )


def _held(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    found = _gauges(deployment, conn)
    waiting, days = int(found["held"]), int(found["oldest_held_seconds"] // 86400)
    if waiting:
        yield warning(
            f"{waiting} 条评价待裁定，最久 {days} 天",
            f"{waiting} ratings are on hold, the oldest for {days} days",
        )


def _allowed(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    enabled = set(deployment.profile.plugins)
    running = {loaded.name for loaded in deployment.hooks.plugins}
    for name in sorted(enabled - running):
        yield fault(
            f"插件 {name} 已启用但没有运行", f"the plugin {name} is enabled and not running"
        )
    known = set(PluginManager().discover())
    for name in sorted(running - known):
        yield warning(f"插件 {name} 不是安装的包", f"the plugin {name} is not an installed package")


def _failing(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    at, failures = deployment.clock.now(), dict[str, int]()
    for process in beats.processes(conn):
        if process.alive(at):
            for plugin, n in process.failures.items():
                failures[plugin] = failures.get(plugin, 0) + n
    for plugin, n in sorted(failures.items()):
        yield warning(f"插件 {plugin} 失败 {n} 次", f"the plugin {plugin} failed {n} times")
    for process in beats.processes(conn):
        if process.alive(at):
            yield from _paused(process)


def _paused(process: beats.Process) -> Iterator[Found]:
    for plugin, hooks in sorted(process.paused.items()):
        listed = ", ".join(hooks)
        yield warning(
            f"{process.name} 因多次失败暂停调用插件 {plugin} 的 {listed}，事件和任务待恢复后处理",
            f"{process.name} leaves {listed} of plugin {plugin} out after many failures; events"
            " and jobs wait until it is tried again",
        )


_WORKER: Final = Words(
    "检查后台进程：haochaping worker", "is the worker running? haochaping worker"
)
_CONSOLE: Final = Words("在控制台“运行状态”中查看并重试", "see and retry them in the console")

CHECKS: Final = (
    Check(
        "worker",
        Words("催办、消息和公开都靠后台", "warnings, messages and publishing wait for it"),
        _WORKER,
        _worker,
    ),
    Check(
        "processes",
        Words("停了的进程不会自己说", "a process that has stopped does not say so"),
        Words("systemctl status 'haochaping-*'", "systemctl status 'haochaping-*'"),
        _alive,
    ),
    Check(
        "deadlines",
        Words("期限没有触发，差评没有人催", "nobody is warned of cases that fall due"),
        _WORKER,
        _deadlines,
    ),
    Check(
        "readers",
        Words("落后的读者不知道新发生的事", "a reader that is behind has not heard the news"),
        _WORKER,
        _readers,
    ),
    Check(
        "parked",
        Words("搁置的事不会再自己重试", "what was given up is not tried again by itself"),
        _CONSOLE,
        _parked,
    ),
    Check(
        "messages",
        Words("经办人不知道有差评待办", "handlers do not know of their cases"),
        Words("检查网关与 outgoing.allow_hosts", "look at gateways and outgoing.allow_hosts"),
        _messages,
    ),
    Check(
        "held",
        Words("待裁定的评价不计入统计", "ratings on hold are not counted"),
        Words("由监督人员在控制台裁定", "a supervisor decides in the console"),
        _held,
    ),
    Check(
        "plugins",
        Words("只有配置档选用的插件才可运行", "only plugins that the profile names may run"),
        Words("安装它，或从配置档删去", "install it, or take it out of the profile"),
        _allowed,
    ),
    Check(
        "plugin_failures",
        Words("失败的插件不作答，评价可能被挂起", "a plugin that fails does not answer"),
        Words("haochaping plugin check，查看日志", "haochaping plugin check; look at the log"),
        _failing,
    ),
)
