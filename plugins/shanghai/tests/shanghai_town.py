"""A district with the plugin, on both databases in turn, and people who were served there."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from haochaping.testing import towns as testing
from haochaping.testing.towns import OTHER, UNIT, Place, Role
from haochaping_shanghai.plugin import Shanghai
from haochaping_shanghai.reviews import HALL, ITEM, Given

__all__ = ["MATTER", "OTHER", "PLACE", "REGION", "UNIT", "Town", "profile_snippet", "town_class"]

REGION, PLACE, MATTER = "310101", 5, 7
PROFILE = "extends: shanghai\nplugins: {shanghai: {prior_reviews: 2, votes_per_network: 3}}\n"


class Town(testing.Town):
    """A deployment, its reviews, and services to be reviewed."""

    place: ClassVar[Place] = Place(
        REGION,
        "黄浦区",
        {UNIT: "区政务办", OTHER: "区税务局"},
        halls={PLACE: "区行政服务中心"},
        items={MATTER: "居住证办理"},
    )

    @property
    def plugin(self) -> Shanghai:
        found = self.plugin_called("shanghai")
        assert isinstance(found, Shanghai)
        return found

    def account(self, role: Role = Role.PUBLISHER, **place: Any) -> int:
        """Make an account with one role; of the district unless told."""
        return super().account(role, **place)

    def receipt(self, grade: int = 5) -> str:
        """Serve and rate; return the receipt's code."""
        return self.rate(grade=grade).code

    def given(self, stars: int | dict[str, int] = 5, text: str = "", **changes: Any) -> Given:
        """Return what a rater writes of a fresh service; one number for hall and item alike."""
        values: dict[str, Any] = {
            "receipt": self.receipt(),
            "stars": stars if isinstance(stars, dict) else {HALL: stars, ITEM: stars},
            "tags": {HALL: ("short_wait",)},
            "text": text,
            "visitor": f"visitor{next(self.numbers)}",
            "network": "network",
        }
        return Given(**{**values, **changes})


@pytest.fixture
def profile_snippet() -> str:
    return PROFILE


@pytest.fixture
def town_class() -> type[Town]:
    return Town
