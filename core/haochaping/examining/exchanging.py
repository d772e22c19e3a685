"""Checks of the exchange with other platforms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Connection

from haochaping.deployment import Deployment
from haochaping.examining.findings import Check, Found, fault, warning
from haochaping.hooks.values import Words
from haochaping.uplink import overview

_HOURS: Final = 6
_DAY: Final = 86_400.0


def _unsent(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    found = overview.status(conn, deployment.clock.now())
    hours = int(found.oldest_seconds // 3600)
    if deployment.exchange.targets and hours >= _HOURS:
        seen = fault if found.oldest_seconds > _DAY else warning
        yield seen(
            f"最早一条待发内容已等 {hours} 小时（共 {found.waiting} 条）",
            f"the oldest of {found.waiting} items has been waiting for {hours} hours",
        )
    if found.faulty or found.refused:
        yield warning(
            f"{found.faulty} 条未通过质量检查，{found.refused} 条被退回",
            f"{found.faulty} items kept by the gate, {found.refused} refused there",
        )
    for source, error in found.fetching.items():
        if error:
            yield warning(f"取 {source} 的工单失败：{error}", f"fetching from {source}: {error}")


def _settings(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    exchange, settings = deployment.exchange, deployment.settings
    named = [("upper", settings.upper_url)] if exchange.sends else []
    named += [(name, str(one.get("url", ""))) for name, one in settings.sources.items()]
    for name, url in named:
        host = urlsplit(url)
        listed = {host.hostname, f"{host.hostname}:{host.port}"} & set(settings.allow_hosts)
        if url and not listed:
            yield fault(
                f"{name} 的地址不在 outgoing.allow_hosts 中",
                f"the address of {name} is not in outgoing.allow_hosts",
            )
    if exchange.sends and not exchange.secret("uplink-key"):
        yield fault("缺少 secrets/uplink-key.secret", "secrets/uplink-key.secret is missing")
    if deployment.profile.rules.uplink.intake != "local" and not settings.sources:
        yield warning(
            "配置档从上级或热线收评价，但没有登记来源",
            "the profile takes ratings from elsewhere, but no source is named",
        )


CHECKS: Final = (
    Check(
        "uplink",
        Words("上级平台和热线看不到最新情况", "other platforms do not see how things stand"),
        Words(
            "在工作台“平台对接”查看原因，或运行 haochaping uplink status",
            "see the console's page on the exchange, or haochaping uplink status",
        ),
        _unsent,
    ),
    Check(
        "exchange",
        Words("设置不全时什么也发不出去", "without these settings nothing goes out"),
        Words("按 docs/exchange.md 补全设置和密钥", "complete them as docs/exchange.md says"),
        _settings,
    ),
)
