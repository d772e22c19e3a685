"""The boards that every deployment has, as data."""

from __future__ import annotations

from typing import Final

from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.values import Words

COLUMNS: Final = (
    "bad_rate",
    "satisfaction",
    "strict_satisfaction",
    "active_rate",
    "on_time_rate",
    "void_rate",
    "mean_score",
)
"""What every board shows, as far as the profile has the formula."""


def _spec(name: str, kind: str, zh: str, en: str) -> BoardSpec:
    return BoardSpec(name, Words(zh, en), kind, "bad_rate", columns=COLUMNS)


BASE: Final = (
    _spec("regions", "region", "地区榜", "Regions"),
    _spec("organizations", "organization", "部门榜", "Organizations"),
    _spec("halls", "hall", "大厅榜", "Halls"),
    _spec("windows", "window", "窗口榜", "Windows"),
    _spec("items", "item", "事项榜", "Items"),
    BoardSpec(
        "praised",
        Words("好评榜", "Best rated"),
        "organization",
        "satisfaction",
        descending=True,
        columns=COLUMNS,
        note=Words("按满意率排列，高的在前。", "The highest rate of satisfaction first."),
    ),
    BoardSpec(
        "criticized",
        Words("差评榜", "Worst rated"),
        "organization",
        "bad_rate",
        descending=True,
        columns=COLUMNS,
        note=Words("按差评率排列，高的在前。", "The highest rate of bad reviews first."),
    ),
    BoardSpec(
        "late",
        Words("逾期榜", "Late replies"),
        "organization",
        "on_time_rate",
        columns=("bad_rate", "void_rate"),
        note=Words(
            "按差评的按期答复率排列，低的在前；本期应答复的差评才算。",
            "The lowest rate of replies in time first, of bad reviews whose reply was due.",
        ),
    ),
    BoardSpec(
        "coverage",
        Words("邀评覆盖榜", "Coverage"),
        "hall",
        "coverage_rate",
        descending=True,
        columns=("active_rate",),
        note=Words(
            "每次服务都应邀请办事人评价；覆盖率 = 已邀评服务 ÷ 应邀评服务。",
            "Every service is to be offered an evaluation; coverage is the share that was.",
        ),
    ),
)
"""The core's own boards; without a note, the lowest bad rate first."""
