"""A small town to publish figures of: one large hall, one small one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from haochaping.catalog.tables import hall, item, organization, region, window
from haochaping.grading import entries, formulas
from haochaping.hooks.values import Words
from haochaping.profile.rules import (
    DisclosureRules,
    FormulaRules,
    OpenDataRules,
    RatioFormula,
    ScoreFormula,
)

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 16)
LARGE, SMALL = 10, 20
"""Halls with six windows and with one; each belongs to an organization of its own (1, 2)."""

RULES = DisclosureRules(
    k=5, min_n=4, small_hall_windows=5, text_review="before_publication", trend_months=12,
    suppress_below=3, withheld=(), open_data=OpenDataRules(Words("CC BY"), "https://x.cn/", 1000),
    footer=Words(""),
)  # fmt: skip
FORMULAS = formulas.compile_formulas(
    FormulaRules(
        {
            "bad_rate": RatioFormula("bad_rate", ("bad",), ("rated",), "half_up", 2),
            "satisfaction": RatioFormula(
                "satisfaction", ("grade5", "grade4", "grade3"), ("rated",), "half_up", 2
            ),
            "on_time_rate": RatioFormula(
                "on_time_rate", ("cases_on_time",), ("cases_due",), "half_up", 2
            ),
        },
        {"mean_score": ScoreFormula("mean_score", {5: 10, 4: 8, 3: 6, 2: 4, 1: 2}, "truncate", 3)},
    )
)


def build(conn: Connection) -> None:
    """Store regions, organizations, halls, windows and an item."""
    conn.execute(
        region.insert(),
        [
            _region("330000", "province", None, "/330000/"),
            _region("330106", "county", "330000", "/330000/330106/"),
            _region("330108", "county", "330000", "/330000/330108/"),
        ],
    )
    conn.execute(
        organization.insert(), [organization_row(1, "330106"), organization_row(2, "330108")]
    )
    conn.execute(hall.insert(), [_hall(LARGE, 1, "330106"), _hall(SMALL, 2, "330108")])
    windows = [_window(LARGE, 100 + n, 1) for n in range(6)] + [_window(SMALL, 200, 2)]
    conn.execute(window.insert(), windows)
    conn.execute(item.insert(), [{"id": 5, "code": "item", "name": "身份证", "organization_id": 1}])


def at_large(grade: int = 5, count: int = 1, **other: Any) -> list[dict[str, Any]]:
    """Return ratings of the large hall."""
    return [_rating(grade, 1, LARGE, 100, "330106") | other for _ in range(count)]


def at_small(grade: int = 5, count: int = 1, **other: Any) -> list[dict[str, Any]]:
    """Return ratings of the small hall."""
    return [_rating(grade, 2, SMALL, 200, "330108") | other for _ in range(count)]


def rate(store: Any, *groups: list[dict[str, Any]]) -> None:
    """Store ratings in the ledger."""
    with store.write() as conn:
        entries.record(conn, [row for group in groups for row in group])


def _rating(grade: int, owner: int, place: int, desk: int, county: str) -> dict[str, Any]:
    return {
        "day": DAY, "region": county, "organization_id": owner, "hall_id": place,
        "window_id": desk, "staff_id": desk + 1000, "item_id": 5, "channel": "qr",
        "provenance": "citizen", "round": 1, "grade": grade, "sign": 1,
        "first_bad": int(grade < 3), "at": AT,
    }  # fmt: skip


def _region(code: str, level: str, parent: str | None, path: str) -> dict[str, Any]:
    county = code if level == "county" else ""
    return {
        "code": code, "name": code, "level": level, "parent": parent, "path": path,
        "county": county,
    }  # fmt: skip


def organization_row(number: int, county: str) -> dict[str, Any]:
    """Return the row of an organization."""
    return {
        "id": number, "code": f"O{number}", "uscc": "", "name": f"部门{number}", "region": county,
        "place": county, "path": f"/{number}/",
    }  # fmt: skip


def _hall(number: int, owner: int, county: str) -> dict[str, Any]:
    return {
        "id": number, "code": f"H{number}", "name": f"大厅{number}", "region": county,
        "place": county, "organization_id": owner,
    }  # fmt: skip


def _window(place: int, number: int, owner: int) -> dict[str, Any]:
    return {
        "id": number, "hall_id": place, "code": f"W{number}", "name": f"窗口{number}",
        "organization_id": owner,
    }  # fmt: skip
