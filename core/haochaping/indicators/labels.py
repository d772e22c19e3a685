"""What channels, provenances and states of ratings are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from haochaping.hooks.values import ACTIVE_PROVENANCES, Channel, EvaluationStatus, Provenance, Words
from haochaping.indicators.options import option_list

CHANNELS: Final[Mapping[str, Words]] = {
    Channel.WINDOW_DEVICE: Words("窗口评价器", "Window device"),
    Channel.QR: Words("扫码", "QR code"),
    Channel.WEB: Words("网站", "Website"),
    Channel.MOBILE: Words("移动端", "Mobile app"),
    Channel.SMS: Words("短信", "SMS"),
    Channel.HOTLINE: Words("热线", "Hotline"),
    Channel.KIOSK: Words("自助机", "Kiosk"),
    Channel.PAPER: Words("纸质表", "Paper form"),
    Channel.COMPREHENSIVE: Words("综合点评", "General opinion"),
    Channel.INSPECTION: Words("监督查评", "Inspection"),
}

PROVENANCES: Final[Mapping[str, Words]] = {
    Provenance.CITIZEN: Words("办事人评价", "Rated by the visitor"),
    Provenance.PAPER_CLERK: Words("纸质表录入", "Entered from paper"),
    Provenance.HOTLINE_OPERATOR: Words("话务员代录", "Entered by an operator"),
    Provenance.SYSTEM_DEFAULT: Words("系统默认（不算主动评价）", "Default (not active)"),
    Provenance.BACKFILL: Words("补录（不算主动评价）", "Back-filled (not active)"),
}
"""Where a rating came from; default and back-filled ones say that they do not count as active."""

STATUSES: Final[Mapping[str, Words]] = {
    EvaluationStatus.EFFECTIVE: Words("有效", "Effective"),
    EvaluationStatus.HELD: Words("待定", "On hold"),
    EvaluationStatus.EXCLUDED: Words("不予计入", "Excluded"),
    EvaluationStatus.VOID: Words("无效", "Void"),
    EvaluationStatus.WITHDRAWN: Words("已撤回", "Withdrawn"),
    EvaluationStatus.SUPERSEDED: Words("已修改", "Changed"),
}


def channel(name: str) -> Words:
    """Return what a channel is called; one that a plugin brought along by its own name."""
    return CHANNELS.get(name, Words(name))


def reason(code: str) -> Words:
    """Return the words of a code of the national option list, the code itself when unknown."""
    return option_list("national").label(code)


def is_active(provenance: str) -> bool:
    """Say whether a rating of this provenance counts as active."""
    return provenance in {str(one) for one in ACTIVE_PROVENANCES}
