"""A deployment with the registry, on both databases in turn, and people who decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from haochaping.hooks.values import Identity, OccurrenceKey
from haochaping.testing import towns as testing
from haochaping.testing.towns import OTHER, UNIT, FakeClock, Person, Place, Receipt
from haochaping_inner_mongolia.registry import Proposal, Registry

__all__ = ["EVIDENCE", "OTHER", "RATER", "REGION", "UNIT", "Town", "make_town", "town"]

REGION = "150102"
RATER = Person("natural", "张某", "111", "990000199001010017", "13800001234")
EVIDENCE = "三次以差评要挟窗口人员，有录音为证。"
PROFILE = """\
extends: inner_mongolia
plugins:
  inner_mongolia:
    registry: {{enabled: {enabled}, legal_basis: "{basis}", max_term_days: 90}}
"""


class Town(testing.Town):
    """A deployment, its registry, and raters to be proposed."""

    place: ClassVar[Place] = Place(REGION, "新城区", {UNIT: "区税务局", OTHER: "区监察局"})

    mobile: str = RATER.mobile

    @property
    def plugin(self) -> Any:
        return self.plugin_called("inner_mongolia")

    @property
    def registry(self) -> Registry:
        registry: Registry = self.plugin_called("inner_mongolia").registry
        return registry

    @property
    def rater(self) -> Person:
        return replace(RATER, mobile=self.mobile)

    def rated(self, identity: Identity = Identity.VERIFIED) -> str:
        """Rate a service badly and return its case number."""
        key = self.serve(self.rater)
        self.rate(key, identity=identity)
        return f"C{key.id}"

    def rate(self, service: OccurrenceKey | None = None, grade: int = 1, **changes: Any) -> Receipt:
        """Rate a service as the rater of this town."""
        values = {"identity": Identity.VERIFIED, **changes}
        return super().rate(service or self.serve(self.rater), grade, **values)

    def proposed(self, *, by: int | None = None, days: int = 30) -> int:
        """Propose the rater of a bad rating; return the entry's number."""
        proposal = Proposal(self.rated(), 1, EVIDENCE, days)
        return self.registry.propose(proposal, by or self.account())

    def listed(self, days: int = 30) -> int:
        """List the rater by two people."""
        number = self.proposed(days=days)
        self.registry.second(number, self.account(), "证据充分")
        self.registry.confirm(number, self.account(), "同意")
        return number

    def void_as_malicious(self) -> None:
        """Have all bad ratings end void by an upheld appeal."""
        for case in self.seen.cases():
            self.handling.appeal_upheld("malicious", case.public_id)
            assert case.evaluation_id is not None
            key = OccurrenceKey(case.region, case.served_month, case.evaluation_id)
            self.void(key, "malicious")


def make_town(home: Path, database: str, clock: FakeClock, **registry: str) -> Town:
    settings = {"enabled": "true", "basis": "〔2022〕12号", **registry}
    return testing.settle(Town, home, database, clock, PROFILE.format(**settings))


@pytest.fixture
def town(store_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Town]:
    """A county with an enabled registry, on both databases in turn."""
    found = make_town(tmp_path / "home", store_url, clock)
    yield found
    found.deployment.close()
