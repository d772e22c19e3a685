"""A demonstration in small, made once: four months with a few services a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from haochaping.clock import FakeClock
from haochaping.demonstration.building import Wish, ready
from haochaping.demonstration.home import Demonstration
from haochaping.demonstration.services import Life
from haochaping.hooks.values import Words

NOW = datetime(2026, 11, 17, 6, 0, tzinfo=UTC)
"""Tuesday 14:00 in Shanghai."""
SMALL = Life(months=4, quiet=(1, 1), busy=(2, 3), busy_days=30)


@dataclass
class Small:
    """A demonstration, its folder and what was told while it was made."""

    home: Path
    made: Demonstration
    told: list[Words] = field(default_factory=list)


def small(home: Path, profile: str, **more: object) -> Small:
    """Make a small demonstration, or go on with the one in `home`."""
    told: list[Words] = []
    clock = FakeClock(NOW)
    wish = Wish(home, profile, clock=clock, tell=told.append, **{"life": SMALL, **more})  # type: ignore[arg-type]
    return Small(home, ready(wish), told)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A demonstration of a profile whose plugin plays no scene."""
    return small(tmp_path_factory.mktemp("demo") / "plain", "zhejiang")
