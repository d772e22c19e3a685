"""`haochaping plugin uninstall`: the tables and jobs of a plugin that no profile enables go."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.hooks.values import Words
from haochaping.problems import Problem

if TYPE_CHECKING:
    from haochaping.kit.uninstall import Planned


class StillEnabled(Problem):
    """A plugin that the deployment's profile enables cannot be uninstalled."""

    code = "HCP-PLUGIN-ENABLED"
    exit_code: ClassVar[int] = 3
    title = Words("插件仍在使用，不能卸载", "The plugin is in use and cannot be uninstalled")


@click.command(
    "uninstall", help="删除停用插件的表和任务 / drop a disabled plugin's tables and jobs"
)
@click.argument("name")
@click.option("--yes", is_flag=True, help="不再询问 / do not ask")
@pass_invocation
def uninstall(invocation: Invocation, name: str, *, yes: bool) -> None:
    """Say what a plugin leaves behind in the database, and drop it when that is wanted.

    The journal is never touched: what it says of the plugin remains, and so does that it was
    uninstalled. The package itself is taken out with pip afterwards.
    """
    from haochaping.deployment import open_deployment
    from haochaping.kit.target import NoSuchPlugin
    from haochaping.kit.uninstall import carry_out, migrations_of, plan
    from haochaping.plugins.assembly import load_class
    from haochaping.plugins.faults import PluginFault
    from haochaping.settings import plugin_manager

    home = invocation.deployment_home()
    candidate = plugin_manager(home).discover().get(name)
    found = None if candidate is None else load_class(candidate)
    with open_deployment(home, checked=False) as deployment:
        if name in deployment.profile.plugins:
            raise StillEnabled(_enabled(name, deployment.profile.name))
        if found is None or isinstance(found, PluginFault):
            raise NoSuchPlugin(_unknown(name, found))
        planned = plan(deployment.store, name, migrations_of(found))
        _tell(invocation, planned)
        if planned.nothing:
            return
        if not yes and not click.confirm(Words("删除？", "Drop it?").into(invocation.language)):
            return
        carry_out(deployment, planned)
    invocation.say(
        Words(
            f"已卸载 {name}。日志中的记录保留；软件包可用 pip uninstall 删除",
            f"{name} is uninstalled. What the journal says of it remains; the package itself goes"
            " with pip uninstall",
        )
    )


def _tell(invocation: Invocation, planned: Planned) -> None:
    language = invocation.language
    for table in planned.tables:
        words = Words(f"表 {table.name}：{table.rows} 行", f"table {table.name}: {table.rows} rows")
        click.echo(words.into(language))
    if planned.jobs:
        click.echo(Words(f"任务：{planned.jobs} 个", f"jobs: {planned.jobs}").into(language))
    if planned.nothing:
        invocation.say(
            Words("数据库中没有它的表或任务", "it has no tables or jobs in the database")
        )


def _enabled(name: str, profile: str) -> Words:
    return Words(
        f"配置档 {profile} 启用了 {name}。请先从 plugins 中删去它，重启各进程，再卸载",
        f"profile {profile} enables {name}; take it out of `plugins`, restart the processes, and"
        " uninstall it then",
    )


def _unknown(name: str, fault: object) -> Words:
    why = getattr(fault, "message", Words("", ""))
    return Words(
        f"{name}：{why.zh or '未安装'}。请先装回同一版本：哪些表属于它，只有它自己知道",
        f"{name}: {why.en or 'not installed'}; install the same version again: which tables are"
        " its own, only it knows",
    )
