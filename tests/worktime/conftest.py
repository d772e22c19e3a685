"""What the tests of working time share: the calendar that comes with haochaping."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from haochaping.worktime import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
At = Callable[[str], datetime]


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    return Calendar.load()


@pytest.fixture(scope="session")
def at() -> At:
    """Turn local text such as `2026-09-24 10:00` into an aware moment."""
    return lambda text: datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
