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
"""The core's own boards: lowest bad rate first."""
