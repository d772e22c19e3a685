"""A city with the plugin, on both databases in turn, and people who organize and supervise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from haochaping.testing import towns as testing
from haochaping.testing.towns import OTHER, UNIT, Place
from haochaping_yantai.diary import SYMPOSIUM, Plan
from haochaping_yantai.guests import Caller
from haochaping_yantai.plugin import Yantai

__all__ = ["OTHER", "REGION", "UNIT", "Town", "caller", "profile_snippet", "town_class"]

REGION = "370602"
PROFILE = "extends: yantai\nplugins: {yantai: {contact_days: 30}}\n"


class Town(testing.Town):
    """A deployment and its events."""

    place: ClassVar[Place] = Place(REGION, "芝罘区")

    @property
    def plugin(self) -> Yantai:
        found = self.plugin_called("yantai")
        assert isinstance(found, Yantai)
        return found

    def plan(self, capacity: int = 2, **changes: Any) -> Plan:
        """Return a symposium tomorrow afternoon."""
        start: datetime = self.clock.now() + timedelta(days=1)
        values: dict[str, Any] = {
            "kind": SYMPOSIUM,
            "title": "企业座谈会",
            "about": "听取意见",
            "place": "301 会议室",
            "organization_id": UNIT,
            "starts_at": start,
            "ends_at": start + timedelta(hours=2),
            "capacity": capacity,
        }
        return Plan(**{**values, **changes})

    def opened(self, who: int, capacity: int = 2) -> int:
        """Plan an event and open it for registration."""
        number = self.plugin.diary.plan(self.plan(capacity), who)
        self.plugin.diary.open(number, who)
        return number

    def held(self, who: int) -> int:
        """Hold an event: the clock stands one hour after its beginning."""
        number = self.opened(who)
        self.clock.advance(timedelta(days=1, hours=1))
        self.plugin.diary.hold(number, who, "纪要")
        return number


def caller(n: int = 1) -> Caller:
    """Return somebody who registers."""
    return Caller("张某", f"1380000000{n}", "甲公司")


@pytest.fixture
def profile_snippet() -> str:
    return PROFILE


@pytest.fixture
def town_class() -> type[Town]:
    return Town
