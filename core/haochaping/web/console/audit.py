"""The auditor's pages: who looked at identities, who changed accounts, whether seals hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flask import Blueprint, render_template, request
from sqlalchemy import Connection, select

from haochaping.access import accounts, reveals
from haochaping.access.reveals import Looked
from haochaping.access.roles import ROLE_NAMES, Role
from haochaping.journal import Entry, looking, sealing
from haochaping.messages import N_
from haochaping.rectification.tables import rectification_case
from haochaping.web import formats
from haochaping.web.console import audit_reach
from haochaping.web.errors import NotFound
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("audit", "haochaping.web")
HERE: Final = "/console/audit"

EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account.created": N_("建立账号"),
        "account.disabled": N_("停用账号"),
        "account.enabled": N_("恢复账号"),
        "account.password_set": N_("设置密码"),
        "account.factor_removed": N_("解除两步验证"),
        "account.factor_set": N_("启用两步验证"),
        "account.signed_in": N_("登录"),
        "account.identity_bound": N_("绑定身份"),
        "account.identity_unbound": N_("解除身份绑定"),
        "account.identity_refused": N_("未绑定的身份尝试登录"),
        "account.sessions_ended": N_("强制下线"),
        "grant.given": N_("授予角色"),
        "grant.revoked": N_("收回角色"),
        "key.added": N_("新建接口密钥"),
        "key.revoked": N_("收回接口密钥"),
        "device.added": N_("登记设备"),
        "device.renewed": N_("更换设备密钥"),
        "device.revoked": N_("收回设备密钥"),
        "catalog.imported": N_("导入基础数据"),
        "calendar.stored": N_("启用工作日历"),
        "calendar.applied": N_("按新日历重新计算期限"),
        "profile.proposed": N_("提出规则变更"),
        "profile.approved": N_("批准规则变更"),
        "profile.refused": N_("退回规则变更"),
        "profile.dropped": N_("取消规则变更"),
        "profile.applied": N_("规则变更生效"),
        "rating.entered": N_("代录评价"),
        "rating.looked_up": N_("按电话查询服务"),
        "evaluation.void_proposed": N_("提出认定评价无效"),
        "evaluation.void_dropped": N_("撤销无效提议"),
        "evaluation.voided": N_("认定评价无效"),
        "evaluation.excluded": N_("评价不予计入"),
        "evaluation.released": N_("评价计入"),
        "pressure.decided": N_("处理受压反映"),
        "person.exported": N_("导出个人信息副本"),
        "person.erased": N_("销毁评价人身份"),
        "job.retried": N_("重试任务"),
        "message.resent": N_("重新发送消息"),
        "account.addresses": N_("登记接收地址"),
    }
)
"""Kinds of events that are listed, in words."""

PLUGIN: Final = "plugin."
"""Kinds that plugins tell begin with this."""
_ONLY_ASKED: Final = frozenset({"account.signed_in"})
"""Kinds so frequent that they are listed only when asked for."""

FINDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "the leaves do not give the sealed root": N_("封存内容与封存根不符"),
        "the chain of heads is broken here": N_("封存链在这里断开"),
        "signed with another key": N_("签名不是本部署的密钥"),
        "the signature does not fit the head": N_("签名与封存头不符"),
        "this row was changed after it was sealed": N_("这一行在封存后被改动"),
    }
)
"""What a check of a seal may find, in words."""


@dataclass(frozen=True, slots=True)
class LookRow:
    """A look at an unmasked identity."""

    at: str
    who: str
    case: str
    purpose: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of the journal."""

    at: str
    what: str
    who: str
    about: str
    details: str


@dataclass(frozen=True, slots=True)
class SealState:
    """The newest seal and what a check of it found."""

    number: int
    at: str
    count: int
    head: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One of the three lists."""

    view: str
    looks: tuple[LookRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    seal: SealState | None = None
    more: str = ""


@route(pages, HERE)
def looks() -> str:
    """Show who looked at whose identity, when, for which case and what for."""
    before = request.args.get("before", type=int)
    with site().store.read() as conn:
        found = reveals.latest(conn, before=before)
        within = [one for one in found if audit_reach.shows_look(conn, one)]
        page = AuditPage("looks", looks=_looks(conn, within), more=_more(found))
    return render_template("console/audit.html", page=page)


@route(pages, f"{HERE}/events")
def events() -> str:
    """Show what was done to accounts, roles, keys, devices, plugins and ratings."""
    kind, before = request.args.get("kind", ""), request.args.get("before", type=int)
    if kind and kind not in {*EVENTS, PLUGIN}:
        raise NotFound()
    wanted = [kind] if kind else [*(EVENTS.keys() - _ONLY_ASKED), PLUGIN]
    with site().store.read() as conn:
        found = looking.events(conn, wanted, before)
        rows = _events(conn, [one for one in found.entries if audit_reach.shows(conn, one)])
    more = f"{HERE}/events?kind={kind}&before={found.before}" if found.before else ""
    page = AuditPage("events", events=rows, more=more)
    kinds = (*((name, _(text)) for name, text in EVENTS.items()), (PLUGIN, _("插件操作")))
    return render_template("console/audit.html", page=page, kinds=kinds, kind=kind)


@route(pages, f"{HERE}/seal")
def seal() -> str:
    """Check the newest seal of the journal and show what was found."""
    deployment = site()
    key = deployment.secrets.seal_key.public_key().public_bytes_raw()
    with deployment.store.read() as conn:
        newest = sealing.latest(conn)
        findings = sealing.verify_latest(conn, key)
    state = None
    if newest is not None:
        said = tuple(_finding(one) for one in findings)
        state = SealState(newest.number, formats.moment(newest.at), newest.count, newest.head, said)
    return render_template("console/audit.html", page=AuditPage("seal", seal=state))


def _looks(conn: Connection, found: Sequence[Looked]) -> tuple[LookRow, ...]:
    names = accounts.names(conn, [one.look.account_id for one in found])
    cases = _case_numbers(conn, [one.look.case_id for one in found if one.look.case_id])
    return tuple(
        LookRow(
            at=formats.moment(one.at),
            who=names.get(one.look.account_id, str(one.look.account_id)),
            case=cases.get(one.look.case_id or 0, ""),
            purpose=one.look.purpose,
        )
        for one in found
    )


def _case_numbers(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    cases = rectification_case.c
    statement = select(cases.id, cases.public_id).where(cases.id.in_(set(ids)))
    return {row.id: row.public_id for row in conn.execute(statement)}


def _more(found: Sequence[Looked]) -> str:
    return f"{HERE}?before={found[-1].id}" if len(found) == looking.SHOWN else ""


def _events(conn: Connection, entries: Sequence[Entry]) -> tuple[EventRow, ...]:
    actors = [_actor(one) for one in entries]
    about = [_account_of(one) for one in entries]
    names = accounts.names(conn, [one for one in (*actors, *about) if one is not None])
    return tuple(
        EventRow(
            at=formats.moment(entry.at),
            what=_what(entry),
            who=_("系统") if actor is None else names.get(actor, str(actor)),
            about=names.get(subject or 0, entry.subject),
            details=_details(entry),
        )
        for entry, actor, subject in zip(entries, actors, about, strict=True)
    )


def _what(entry: Entry) -> str:
    if entry.kind in EVENTS:
        return _(EVENTS[entry.kind])
    return _("插件：%(kind)s", kind=entry.kind.removeprefix(PLUGIN))


def _actor(entry: Entry) -> int | None:
    """Return the account that did it, None for the software or the command line."""
    found = entry.payload.get("by") or entry.payload.get("account_id")
    return found if isinstance(found, int) else None


def _account_of(entry: Entry) -> int | None:
    kind, _sign, number = entry.subject.partition(":")
    return int(number) if kind == "account" and number.isdigit() else None


def _details(entry: Entry) -> str:
    """Return what the event says beside who and whom: a role, a reason, counts, a recording."""
    told = entry.payload
    parts = [words(ROLE_NAMES[Role(told["role"])])] if told.get("role") in list(Role) else []
    parts += [str(told[name]) for name in ("reason", "recording") if told.get(name)]
    parts += [str(told["region"])] if told.get("region") else []
    counts = ("created", "updated", "refused", "found")
    parts += [f"{name} {told[name]}" for name in counts if isinstance(told.get(name), int)]
    return " · ".join(parts)


def _finding(one: sealing.Finding) -> str:
    said = _(FINDINGS[one.what]) if one.what in FINDINGS else one.what
    if one.seq is None:
        return said
    return _("第 %(n)s 行：%(what)s", n=one.seq, what=said)
