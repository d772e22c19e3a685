"""The registry's settings: off until a legal document is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from haochaping.hooks.values import EvaluationStatus
from haochaping.testing.profiles import ProfileError
from haochaping.testing.towns import FakeClock
from haochaping_inner_mongolia.problems import RegistryOff
from haochaping_inner_mongolia.registry import Proposal

from .inner_mongolia_town import EVIDENCE, make_town


def test_it_cannot_be_enabled_without_a_legal_basis(
    sqlite_url: str, clock: FakeClock, tmp_path: Path
) -> None:
    with pytest.raises(ProfileError) as refused:
        make_town(tmp_path / "home", sqlite_url, clock, basis="")
    assert any("legal_basis" in fault.key for fault in refused.value.faults)


def test_while_it_is_off_nobody_can_be_proposed_and_every_rating_counts(
    sqlite_url: str, clock: FakeClock, tmp_path: Path
) -> None:
    town = make_town(tmp_path / "home", sqlite_url, clock, enabled="false")
    assert town.rate().status is EvaluationStatus.EFFECTIVE
    with pytest.raises(RegistryOff):
        town.registry.propose(Proposal(town.rated(), 1, EVIDENCE, 30), town.account())
    town.deployment.close()
