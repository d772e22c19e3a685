"""A deployment on both databases, stocked with services, in a folder as `init` makes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.hooks.values import Identity
from haochaping.settings import DATABASE_VARIABLE, write_secrets
from tests.faults.ground import case_no, rating, stock


@pytest.fixture
def home(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment's folder, over a database with all tables."""
    monkeypatch.setenv(DATABASE_VARIABLE, store_url)
    found = tmp_path / "home"
    found.mkdir(mode=0o700)
    (found / "deployment.yaml").write_text("profile: base\n", encoding="utf-8")
    write_secrets(found)
    (found / "data").mkdir()
    return found


@pytest.fixture
def deployment(home: Path, clock: FakeClock) -> Iterator[Deployment]:
    """The deployment, open, with a clock that stands."""
    found = Deployment.open(home, clock=clock)
    yield found
    found.close()


@pytest.fixture
def rated(deployment: Deployment) -> Deployment:
    """The deployment with twelve services, rated; every sixth badly."""
    stock(deployment, 12)
    for number in range(1, 13):
        rate(deployment, number)
    return deployment


def rate(deployment: Deployment, number: int) -> str:
    """Rate a service; return the receipt's code."""
    draft = Draft(
        occurrence=CaseRef(case_no(number)),
        channel="web",
        identity=Identity.PRESUMED,
        idempotency_key=f"load-{number}",
        client="api:1",
        **rating(number),
    )
    return deployment.intake.submit(draft).code
