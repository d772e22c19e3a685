"""`haochaping incident`: a report of what happened in a stretch of time, from the audit trail."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.journal.reading import Entry

SECTIONS: Final = (
    (Words("登录与账号", "Signing in and accounts"), ("account.",)),
    (Words("权限", "Rights"), ("grant.", "key.", "device.")),
    (
        Words("查看身份", "Identities that were looked at"),
        ("person.revealed", "person.erased", "rating.looked_up"),
    ),
    (
        Words("作废与裁定", "Ratings voided and decided"),
        ("evaluation.voided", "evaluation.excluded"),
    ),
    (Words("运行", "Operation"), ("job.", "journal.", "calendar.", "catalog.", "queue_key.")),
)
"""What a report looks at, by kinds of events."""
_SHOWN: Final = 200


@click.command(help="由审计记录生成安全事件报告 / an incident report from the audit trail")
@click.option("--from", "start", required=True, help="起，如 2026-11-22T08:00 / from, local time")
@click.option("--to", "end", required=True, help="止 / to, local time")
@click.option("--what", default="", help="事件概述 / what happened, in a sentence")
@pass_invocation
def incident(invocation: Invocation, start: str, end: str, what: str) -> None:
    """Print a report as Markdown: facts are filled in, what people must judge is left open."""
    from haochaping.deployment import open_deployment
    from haochaping.journal import sealing
    from haochaping.journal.looking import between

    with open_deployment(invocation.deployment_home()) as deployment:
        zone = deployment.zone
        first, last = (_moment(text).replace(tzinfo=zone) for text in (start, end))
        with deployment.store.read() as conn:
            entries = between(conn, first.astimezone(UTC), last.astimezone(UTC))
            seal = sealing.latest(conn)
            findings = sealing.verify_latest(conn)
        name = deployment.profile.jurisdiction.name.into(invocation.language)
        made = deployment.clock.now().astimezone(zone)
    language = invocation.language

    def say(zh: str, en: str) -> None:
        click.echo(Words(zh, en).into(language))

    say(f"# 网络安全事件报告：{name}", f"# Incident report: {name}")
    click.echo()
    say(f"- 概述：{what or '（填写）'}", f"- What happened: {what or '(to be filled in)'}")
    say(f"- 时段：{first:%Y-%m-%d %H:%M} 至 {last:%Y-%m-%d %H:%M}", f"- From {first} to {last}")
    say(f"- 生成：{made:%Y-%m-%d %H:%M}", f"- Made: {made:%Y-%m-%d %H:%M}")
    head = seal.head if seal else "-"
    sound = Words("未发现改动", "unchanged") if not findings else Words("发现改动", "CHANGED")
    say(f"- 日志封存 {head}：{sound.zh}", f"- Journal sealed as {head}: {sound.en}")
    for words, kinds in SECTIONS:
        click.echo(f"\n## {words.into(language)}\n")
        _section(tuple(one for one in entries if one.kind.startswith(kinds)), zone)
    click.echo()
    say(
        "## 由人填写\n\n- 影响范围：\n- 原因：\n- 处置与恢复：\n- 向谁报告、何时：\n- 防止再发生：",
        "## For people to fill in\n\n- Who and what is affected:\n- Cause:\n- What was done:\n"
        "- Reported to, when:\n- So that it does not happen again:",
    )


def _section(entries: tuple[Entry, ...], zone: object) -> None:
    if not entries:
        click.echo("-")
        return
    for kind, number in sorted(Counter(one.kind for one in entries).items()):
        click.echo(f"- {kind}: {number}")
    click.echo()
    for one in entries[:_SHOWN]:
        by = one.payload.get("by", one.payload.get("account_id", "-"))
        click.echo(f"    {one.at.isoformat()}  #{one.seq}  {one.kind}  {one.subject}  by {by}")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{text}: 2026-11-22T08:00") from error
