"""A county of Sichuan with three units, people who act in it, and months that were closed."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from sqlalchemy import insert

from haochaping.grading import periods
from haochaping.grading.tables import frozen_figure, period_closing
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
        period = periods.parse(name)
        closing = {"closed_at": self.clock.now(), "profile_digest": "x", "appraised": False}
        with self.deployment.store.write() as conn:
            conn.execute(insert(period_closing), [{"period": name, "failures": [], **closing}])
            rows = [_frozen(name, "organization", unit, n, rated) for unit, n in bad.items()]
            rows.append(_frozen(name, "staff", CLERK, 0, rated))
            conn.execute(insert(frozen_figure), rows)
        self.deployment.disclosing.appraiser.appraise(self.deployment.store, period)


def _frozen(period: str, kind: str, subject: int, bad: int, rated: int) -> dict[str, Any]:
    counts = {"g1": bad, "g2": 0, "g3": 0, "g4": 0, "g5": rated - bad}
    return {
        "period": period, "subject_kind": kind, "subject_id": subject, **counts,
        "served": rated, "first_bad": bad, "active": rated, "cases": {},
    }  # fmt: skip


@pytest.fixture
def profile_snippet() -> str:
    return "extends: sichuan\n"


@pytest.fixture
def town_class() -> type[Town]:
    return Town
