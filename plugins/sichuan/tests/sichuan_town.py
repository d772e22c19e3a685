"""A county of Sichuan with three units, people who act in it, and months that were closed."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from haochaping.testing import towns as testing
from haochaping.testing.towns import Place

__all__ = ["CLERK", "LAND", "POLICE", "REGION", "TAX", "Town", "profile_snippet", "town_class"]

REGION = "510104"
TAX, LAND, POLICE = 1, 2, 3
CLERK = 7


class Town(testing.Town):
    """A deployment with its plugin; `month` closes one with the figures given by unit."""

    place: ClassVar[Place] = Place(
        REGION,
        "锦江区",
        {TAX: "区税务局", LAND: "不动产登记中心", POLICE: "区公安局"},
        staff={CLERK: "0007"},
    )

    @property
    def plugin(self) -> Any:
        return self.plugin_called("sichuan")

    def month(self, name: str, bad: dict[int, int], *, rated: int = 60) -> None:
        """Close and appraise a month in which units got so many bad reviews."""
        figures = {("organization", unit): (n, 0, 0, 0, rated - n) for unit, n in bad.items()}
        figures["staff", CLERK] = (0, 0, 0, 0, rated)
        self.months.close_with(name, figures)


@pytest.fixture
def profile_snippet() -> str:
    return "extends: sichuan\n"


@pytest.fixture
def town_class() -> type[Town]:
    return Town
