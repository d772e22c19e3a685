"""Commands of the ops team: init, migrate, run, web, worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.deployment import Deployment
    from haochaping.operating.upgrading import Upgraded
    from haochaping.store.migrating import State

_SURFACE: Final = click.Choice(["public", "citizen", "device", "console", "api"])
DEFAULT_HOME: Final = Path("haochaping-home")


@click.command(help="新建一个部署目录 / create a deployment folder")
@click.option(
    "--profile", "-p", required=True, help="配置档名称或路径 / name or path of the profile"
)
@click.option("--database", default=None, help="数据库地址 / database address")
@click.option("--base-url", default=None, help="公众访问地址 / address raters use")
@click.option("--yes", is_flag=True, help="不再询问 / ask nothing")
@pass_invocation
def init(
    invocation: Invocation, profile: str, database: str | None, base_url: str | None, *, yes: bool
) -> None:
    """Write the folder, its keys, the tables and the first administrator."""
    from haochaping.installing import Wish, install

    home = invocation.home or DEFAULT_HOME
    if not yes:
        question = Words(f"在 {home} 新建部署？", f"Create a deployment in {home}?")
        click.confirm(question.into(invocation.language), abort=True, err=True)
    done = install(Wish(home, profile, database, base_url))
    for words in done.lines:
        invocation.say(words)
    for login, password in done.accounts:
        click.echo(f"{login}\t{password}")


@click.command(help="升级数据库表 / bring the tables up to date")
@click.option("--plan", is_flag=True, help="只显示将要做什么 / only show what would be done")
@click.option(
    "--expand", is_flag=True, help="只做旧版本进程能承受的步骤 / only add, take nothing away"
)
@click.option(
    "--distribute", is_flag=True, help="按地区分布到 Citus 各节点 / spread over Citus nodes"
)
@click.option("--to", "url", help="从 SQLite 迁到这个 PostgreSQL 数据库 / move to PostgreSQL")
@pass_invocation
def migrate(
    invocation: Invocation, url: str | None, *, plan: bool, expand: bool, distribute: bool
) -> None:
    """Bring the tables of core and plugins to the version of the code, or move to PostgreSQL."""
    from haochaping.deployment import open_deployment
    from haochaping.operating import upgrading
    from haochaping.store import migrating

    with open_deployment(invocation.deployment_home(), checked=False) as deployment:
        if url is not None:
            _move(invocation, deployment, url)
            return
        if distribute:
            _distribute(deployment, plan=plan)
            return
        lines = deployment.migration_lines()
        if plan:
            _print_states(migrating.states(deployment.store, lines), plan=True)
            return
        at = deployment.clock.now()
        done = upgrading.upgrade(deployment.store, lines, at, expand_only=expand)
    _print_states(done.before, plan=False)
    if done.waiting_for:
        _say_waiting(invocation, done)


def _distribute(deployment: Deployment, *, plan: bool) -> None:
    from haochaping.operating import distributing

    if plan:
        for statement in distributing.plan():
            click.echo(f"{statement.as_string()};")
        return
    with deployment.store.write() as conn:
        click.echo(f"{distributing.distribute(conn)}")


def _print_states(states: Iterable[State], *, plan: bool) -> None:
    for state in states:
        verb = ("→" if plan else "⇒") if state.pending else "="
        click.echo(f"{state.line.name}\t{state.current or '-'} {verb} {state.wanted or '-'}")
        for step in state.steps if plan else ():
            click.echo(f"\t{step.revision}\t{'contract' if step.contracts else 'expand'}")


def _say_waiting(invocation: Invocation, done: Upgraded) -> None:
    names = ", ".join(done.waiting_for)
    invocation.say(
        Words(
            f"还有旧版本的进程在运行（{names}）。旧列暂不移除；"
            "停止它们后再运行一次 haochaping migrate",
            f"processes of another version run ({names}); what they use stays. Stop them, then"
            " run haochaping migrate once more",
        )
    )
    if done.required:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _move(invocation: Invocation, deployment: Deployment, url: str) -> None:
    from haochaping.copying import moving

    done = moving.move(deployment, url)
    for name, number in done.rows.items():
        click.echo(f"{name}\t{number}")
    total = sum(done.rows.values())
    invocation.say(
        Words(
            f"已迁移 {total} 行，评价 {done.received} 条守恒，"
            f"用时 {done.seconds:.1f} 秒；deployment.yaml 已指向新库",
            f"moved {total} rows, {done.received} ratings conserved, in"
            f" {done.seconds:.1f} s; deployment.yaml names the new database",
        )
    )


@click.command(help="运行网站、设备连接和后台 / run pages, device line and worker")
@pass_invocation
def run(invocation: Invocation) -> None:
    """Run everything until Ctrl-C."""
    from haochaping import logs
    from haochaping.settings import HOME_VARIABLE, read_settings
    from haochaping.supervising import Supervisor

    logs.configure_process("run")
    settings = read_settings(invocation.deployment_home())
    _refuse_early(invocation)
    environment = {**os.environ, HOME_VARIABLE: str(settings.home)}
    commands = {"web": ["web"], "line": ["web", "--line"], "worker": ["worker"]}
    supervisor = Supervisor(commands, environment)
    invocation.say(
        Words(f"网站 {settings.base_url}，按 Ctrl-C 停止", f"{settings.base_url}, Ctrl-C stops")
    )
    raise click.exceptions.Exit(supervisor.run())


@click.command(help="只运行网站 / run the pages only")
@click.option("--line", is_flag=True, help="改为运行设备连接 / run the device line instead")
@click.option(
    "--surface", multiple=True, help="只提供这些页面 / serve these pages only", type=_SURFACE
)
@click.option("--port", type=click.IntRange(1, 65535), help="另用端口 / another port")
@click.option("--pure", is_flag=True, help="纯 Python 服务 / without compiled servers")
@pass_invocation
def web(
    invocation: Invocation, port: int | None, *, surface: tuple[str, ...], line: bool, pure: bool
) -> None:
    """Serve the pages, some surfaces of them, or the device line."""
    from haochaping import logs
    from haochaping.serving import Wish, serve_line, serve_pages
    from haochaping.settings import read_settings

    logs.configure_process("line" if line else "web")
    settings = read_settings(invocation.deployment_home())
    if line:
        serve_line(settings)
    else:
        serve_pages(settings, Wish(port, ",".join(surface), pure))


@click.command(help="只运行后台 / run the worker only")
@click.option("--once", is_flag=True, help="处理完就结束 / work off what is waiting, then end")
@pass_invocation
def worker(invocation: Invocation, *, once: bool) -> None:
    """Do the background work."""
    from haochaping import logs
    from haochaping.deployment import open_deployment
    from haochaping.worker import Worker

    logs.configure_process("worker")
    with open_deployment(invocation.deployment_home()) as deployment:
        each = Worker(deployment)
        if once:
            each.drain()
            return
        _stop_on_signals(each)
        each.run()


def _refuse_early(invocation: Invocation) -> None:
    """Raise in the foreground what would otherwise make every child die."""
    from haochaping.deployment import open_deployment
    from haochaping.serving import require_free

    with open_deployment(invocation.deployment_home()) as deployment:
        for address in (deployment.settings.web, deployment.settings.line):
            require_free(address)


def _stop_on_signals(each: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: each.stopping.set())


def opened(invocation: Invocation) -> Deployment:
    """Return the deployment of a command. Raises what keeps it from being opened."""
    from haochaping.deployment import Deployment

    return Deployment.open(invocation.deployment_home())
