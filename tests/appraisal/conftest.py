"""A console whose profile draws consequences, with an October that is over."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from haochaping.grading import entries
from tests.web.conftest import REGION, WINDOW, site
from tests.web.console.conftest import (
    STAFF,
    UNIT,
    Browser,
    Office,
    _cheap_passwords,
    deployment,
    office,
)

__all__ = [
    "REGION",
    "STAFF",
    "UNIT",
    "WINDOW",
    "Browser",
    "Office",
    "_cheap_passwords",
    "deployment",
    "month",
    "office",
    "profile",
    "site",
]

OCTOBER = date(2026, 10, 15)
RULES = """\
extends: base
indicators:
  tree:
    materials: {measure: satisfaction}
    speed: {measure: satisfaction, zero_at: "0.8"}
appraisal:
  rules:
    - name: {zh: 优质服务窗口, en: Window of good service}
      kind: honour
      subjects: [window]
      level: 5
      when: [{value: satisfaction, at_least: "0.9"}, {value: rated, at_least: 30}]
    - name: {zh: 差评扣分, en: Deduction for bad reviews}
      kind: points
      points: "-1.5"
      subjects: [organization, staff]
      periods: [month, quarter]
      when: [{value: bad, at_least: 2}]
"""


@pytest.fixture
def profile() -> str:
    """Rules with consequences."""
    return RULES


def month(conn: Connection, clock: Any, *, good: int = 38, bad: int = 2, **other: Any) -> None:
    """Record ratings of one day in October at the window of the site."""
    place = {"organization_id": UNIT, "hall_id": 2, "window_id": WINDOW, "staff_id": STAFF}
    row = {
        "day": OCTOBER, "region": REGION, **place, "item_id": 5, "channel": "qr",
        "provenance": "citizen", "round": 1, "sign": 1, "first_bad": 0, "at": clock.now(),
    } | other  # fmt: skip
    graded = [{**row, "grade": 5}] * good + [{**row, "grade": 1, "first_bad": 1}] * bad
    entries.record(conn, graded + [{**row, "grade": 0, "channel": "", "provenance": ""}] * 50)


@pytest.fixture
def october(office: Office) -> Office:
    """An office with an October of forty ratings, two of them bad."""
    with office.deployment.store.write() as conn:
        month(conn, office.site.clock)
    return office
