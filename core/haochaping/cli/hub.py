"""`haochaping hub`: a province's hub takes in its cities by logical replication."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words


@click.group(help="省级汇总：城市发布，省里订阅 / a province's hub: cities publish, it subscribes")
def hub() -> None:
    """Group the commands of a hub and its cities."""


@hub.command(help="在城市的库上运行：发布汇总所需的表 / in a city: publish what a hub needs")
@click.option("--plan", is_flag=True, help="只显示语句 / only print the statements")
@pass_invocation
def publish(invocation: Invocation, *, plan: bool) -> None:
    """Publish the city's tables without what is personal; again after every upgrade."""
    from haochaping.deployment import open_deployment
    from haochaping.operating import hub as work

    with open_deployment(invocation.deployment_home()) as deployment:
        city = deployment.profile.jurisdiction.code.rstrip("0")
        if plan:
            for statement in work.publish_plan(city):
                click.echo(f"{statement.as_string()};")
            return
        with deployment.store.write() as conn:
            work.publish(conn, city)
    invocation.say(
        Words(
            "已发布。请为省里建一个有 REPLICATION 权限、能读这些表的账号",
            "Published. Make the province an account with REPLICATION that may read these tables",
        )
    )


@hub.command(help="在省里的库上运行：订阅一个城市 / at the hub: take in a city")
@click.argument("name")
@click.option("--from", "city", required=True, help="城市库的连接 / connection to the city")
@pass_invocation
def subscribe(invocation: Invocation, name: str, city: str) -> None:
    """Take in a city under NAME, such as hangzhou: first what is there, then every change."""
    from haochaping.deployment import open_deployment
    from haochaping.operating import hub as work

    with open_deployment(invocation.deployment_home()) as deployment:
        with deployment.store.write() as conn:
            work.prepare(conn)
        work.subscribe(deployment.settings.database, name, city)
    click.echo(name)


@hub.command(help="停止订阅一个城市，已有的行保留 / stop taking in a city")
@click.argument("name")
@pass_invocation
def unsubscribe(invocation: Invocation, name: str) -> None:
    """End the subscription NAME; its rows stay."""
    from haochaping.operating import hub as work
    from haochaping.settings import read_settings

    work.unsubscribe(read_settings(invocation.deployment_home()).database, name)
    click.echo(name)


@hub.command(help="各城市的同步情况；在城市：汇总还没取走多少 / how the cities, or the hubs, do")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def status(invocation: Invocation, *, as_json: bool) -> None:
    """Print every city, in a city every hub; exit code 1 when one does not take in just now."""
    from haochaping.deployment import open_deployment
    from haochaping.operating import hub as work

    with open_deployment(invocation.deployment_home()) as deployment:
        with deployment.store.read() as conn:
            cities, slots = work.cities(conn), work.slots(conn)
    if as_json:
        told = {"cities": list(map(asdict, cities)), "hubs": list(map(asdict, slots))}
        click.echo(json.dumps(told, indent=2))
    else:
        for city in cities:
            click.echo(_line(city.name, city.running, city.copying, city.errors, city.behind_bytes))
        for slot in slots:
            click.echo(_line(slot.name, slot.active, slot.behind_bytes, slot.kept_bytes))
    if not all([*(one.running for one in cities), *(one.active for one in slots)]):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _line(name: str, running: bool, *numbers: int | None) -> str:
    """Return a line of the table: bytes that are not known while a city is away are a dash."""
    told = ("-" if one is None else str(one) for one in numbers)
    return "\t".join((name, "running" if running else "away", *told))
