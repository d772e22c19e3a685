"""Integrity flags: evidence and decision; no rater, no grade of one person, no automatic void."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access import accounts
from haochaping.access.principals import own_matter
from haochaping.catalog import subjects
from haochaping.hooks.values import Words
from haochaping.indicators import labels
from haochaping.integrity import flags
from haochaping.integrity.flags import DECISIONS, OPEN, Flag, FlagRefused
from haochaping.integrity.signals import NAMES
from haochaping.messages import N_
from haochaping.web import formats
from haochaping.web.console import reach
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("integrity", "haochaping.web")
HERE: Final = "/console/integrity"
PERMISSION: Final = "evaluation.decide"

EVIDENCE: Final[Mapping[str, str]] = {
    "signed_in_there": N_("其中在该人员登录过工作台的设备上"),
    "slowest_seconds": N_("最慢间隔（秒）"),
    "span_seconds": N_("前后跨度（秒）"),
    "raters": N_("评价人数"),
    "one_staff_member": N_("其中评同一人员"),
    "ratings": N_("评价数"),
    "without": N_("没有办事人的"),
    "of": N_("被评服务"),
    "offset_seconds": N_("服务后（秒）"),
    "weight": N_("权重"),
}
"""Numbers of a flag that are shown; the rest stays in the record."""


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag in the list."""

    href: str
    title: str
    unit: str
    day: str
    ratings: int


@dataclass(frozen=True, slots=True)
class FlagList:
    """Flags of one state."""

    state: str
    states: tuple[tuple[str, str], ...]
    rows: tuple[FlagRow, ...]
    done: bool


@dataclass(frozen=True, slots=True)
class FlagPage:
    """A flag with its evidence and, when it is open, the decision to be made."""

    href: str
    title: str
    facts: tuple[tuple[str, str], ...]
    ratings: tuple[tuple[str, str, str, str], ...]
    more: int
    open: bool
    decisions: tuple[tuple[str, str], ...]
    reason: str
    chosen: str
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def listing() -> str:
    """Show the flags within reach, the open ones first of all."""
    state = request.args.get("state", OPEN)
    states = ((OPEN, _("待核查")), *((name, words(text)) for name, text in DECISIONS.items()))
    if state not in dict(states):
        raise NotFound()
    with site().store.read() as conn:
        found = [one for one in flags.listed(conn, state) if _may_see(conn, one)]
        units = subjects.names(conn, "organization", {one.organization_id for one in found})
    rows = tuple(
        FlagRow(
            f"{HERE}/{one.id}",
            _title(one),
            words(units[one.organization_id].name) if one.organization_id in units else "",
            formats.day(one.day),
            one.ratings,
        )
        for one in found
    )
    page = FlagList(state, states, rows, bool(request.args.get("done")))
    return render_template("console/integrity.html", page=page)


@route(pages, f"{HERE}/<int:flag_id>")
def show(flag_id: int) -> str:
    """Show one flag with its evidence."""
    return render_template("console/integrity_flag.html", page=_page(flag_id))


@route(pages, f"{HERE}/<int:flag_id>", methods=("POST",))
def decide(flag_id: int) -> Response:
    """Close a flag: substantiated, not, or forwarded; ratings stay as they are."""
    deployment, who = site(), principal()
    chosen, reason = request.form.get("decision", ""), request.form.get("reason", "")
    try:
        with deployment.store.write() as conn:
            _found(conn, flag_id)
            taken = (chosen, reason, who.account_id)
            flags.decide(conn, deployment.journal.emit, flag_id, taken, deployment.clock.now())
    except FlagRefused as refusal:
        fault = FieldFault("decision", words(refusal.detail))
        page = _page(flag_id, chosen, reason, fault)
        return make_response(render_template("console/integrity_flag.html", page=page), 422)
    return make_response(redirect(f"{HERE}?done=1", 303))


def _may_see(conn: Connection, flag: Flag) -> bool:
    """Say whether a flag is within reach, and no matter of the reader's own."""
    if own_matter(principal(), flag.staff_id):
        return False
    return reach.reaches_unit(conn, PERMISSION, "organization", flag.organization_id)


def _found(conn: Connection, flag_id: int) -> Flag:
    found = flags.one(conn, flag_id)
    if found is None or not _may_see(conn, found):
        raise NotFound()
    return found


def _page(flag_id: int, chosen: str = "", reason: str = "", *faults: FieldFault) -> FlagPage:
    with site().store.read() as conn:
        found = _found(conn, flag_id)
        rows = flags.ratings(conn, flag_id)
        facts = _facts(conn, found)
    return FlagPage(
        href=f"{HERE}/{flag_id}",
        title=_title(found),
        facts=facts,
        ratings=tuple(
            (
                formats.moment(one.received_at),
                words(labels.CHANNELS.get(one.channel, one.channel)),
                words(labels.PROVENANCES.get(one.provenance, one.provenance)),
                words(labels.STATUSES.get(one.status, one.status)),
            )
            for one in rows
        ),
        more=max(0, found.ratings - len(rows)),
        open=found.state == OPEN,
        decisions=tuple((name, words(text)) for name, text in DECISIONS.items()),
        reason=reason,
        chosen=chosen,
        faults=faults,
    )


def _facts(conn: Connection, found: Flag) -> tuple[tuple[str, str], ...]:
    unit = subjects.names(conn, "organization", [found.organization_id])
    member = subjects.names(conn, "staff", [found.staff_id] if found.staff_id else [])
    told: dict[str, Any] = dict(found.evidence)
    lines = [
        (_("日期"), formats.day(found.day)),
        (_("单位"), "、".join(words(one.name) for one in unit.values())),
        (_("工号"), "、".join(words(one.name) for one in member.values())),
        (_("涉及评价"), str(found.ratings)),
        *((_(label), str(told[name])) for name, label in EVIDENCE.items() if name in told),
    ]
    if found.origin != flags.CORE:
        lines.append((_("插件"), found.origin))
        lines.append((_("说明"), words(Words(str(told.get("zh", "")), str(told.get("en", ""))))))
    if found.decided_by is not None:
        lines.append((_("结论"), words(DECISIONS[found.state])))
        lines.append((_("决定人"), accounts.name(conn, found.decided_by)))
        lines.append((_("理由"), found.note))
    return tuple(line for line in lines if line[1])


def _title(flag: Flag) -> str:
    name = NAMES.get(flag.signal)
    return words(name) if name else flag.signal
