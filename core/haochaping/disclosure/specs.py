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
)
"""The core's own boards: lowest bad rate first."""
