"""Where ratings come from: by provenance and by channel, so that nobody's own stand apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from haochaping.grading import figures
from haochaping.hooks.values import Channel, Provenance
from haochaping.indicators.labels import is_active
from haochaping.messages import N_
from haochaping.web.console.figure_rows import Question
from haochaping.web.i18n import _

PROVENANCES: Final[Mapping[str, str]] = {
    Provenance.CITIZEN: N_("本人提交"),
    Provenance.PAPER_CLERK: N_("录入员代录"),
    Provenance.HOTLINE_OPERATOR: N_("话务员代录"),
    Provenance.SYSTEM_DEFAULT: N_("系统默认"),
    Provenance.BACKFILL: N_("事后补录"),
}
CHANNELS: Final[Mapping[str, str]] = {
    Channel.WINDOW_DEVICE: N_("窗口评价器"),
    Channel.QR: N_("二维码"),
    Channel.WEB: N_("网页"),
    Channel.MOBILE: N_("移动端"),
    Channel.SMS: N_("短信"),
    Channel.HOTLINE: N_("热线电话"),
    Channel.KIOSK: N_("自助终端"),
    Channel.PAPER: N_("书面表格"),
    Channel.COMPREHENSIVE: N_("综合点评"),
    Channel.INSPECTION: N_("监督查评"),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """How many ratings came one way; `note` says that they do not count as active, or at all."""

    title: str
    count: int
    note: str = ""


def by_provenance(conn: Connection, question: Question) -> tuple[Origin, ...]:
    """Return the ratings of a scope and month by who brought them in."""
    found = _counts(conn, question, "provenance")
    return tuple(
        Origin(_(title), found[name], _note(name))
        for name, title in PROVENANCES.items()
        if found.get(name)
    )


def _note(provenance: str) -> str:
    if provenance == Provenance.SYSTEM_DEFAULT:
        return _("不计入任何指标")
    return "" if is_active(provenance) else _("不计入主动评价")


def by_channel(conn: Connection, question: Question) -> tuple[Origin, ...]:
    """Return the ratings of a scope and month by channel; plugins' channels by their name."""
    found = _counts(conn, question, "channel")
    return tuple(
        Origin(_(CHANNELS[name]) if name in CHANNELS else name, count)
        for name, count in sorted(found.items(), key=lambda one: -one[1])
        if count
    )


def _counts(conn: Connection, question: Question, by: str) -> Mapping[str, int]:
    scope = question.scope
    counts: dict[str, int] = {}
    for parts in figures.split(conn, scope.kind, scope.ids, question.month, by).values():
        for name, tally in parts.items():
            counts[name] = counts.get(name, 0) + tally.rated
    return counts
