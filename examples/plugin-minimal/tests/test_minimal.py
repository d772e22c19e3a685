"""The three hooks of the minimal plugin, asked as a deployment asks them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
from haochaping_minimal.plugin import Minimal

from haochaping.hooks.disclosure import ReviewView
from haochaping.hooks.rectification import CaseEvent, CaseState, CaseView
from haochaping.hooks.values import Grade, Identity, OccurrenceKey
from haochaping.plugins import DeploymentRefused, Hooks, PluginManager

AT = datetime(2026, 11, 16, 2, tzinfo=UTC)


@dataclass
class Profile:
    """As much of a profile as plugins need."""

    plugins: dict[str, dict[str, Any]]


@dataclass
class Services:
    """Services that only remember which messages were sent."""

    sent: list[Any] = field(default_factory=list)

    @property
    def messages(self) -> Services:
        return self

    def send(self, message: Any) -> None:
        self.sent.append(message)


def assemble(services: Services, **settings: Any) -> Hooks:
    manager = PluginManager([Minimal], installed=False)
    return manager.assemble(Profile({"minimal": settings}), lambda name: services)  # type: ignore[arg-type, return-value]


def review(text: str) -> ReviewView:
    return ReviewView(None, Grade.SATISFIED, text, "", date(2026, 11, 16))


def closed() -> CaseEvent:
    case = CaseView(
        key=OccurrenceKey("330106", 202611, 1),
        public_id="7K2M9QX4TZ",
        origin_kind="evaluation",
        grade=Grade.DISSATISFIED,
        options=(),
        identity=Identity.PRESUMED,
        occurrence=None,
        organization_id=1,
        state=CaseState.CLOSED,
        complexity="simple",
        opened_at=AT,
        due_at=AT,
        provisional=False,
        at=AT,
    )
    return CaseEvent("closed", "event-1", case, AT)


def test_the_board_is_added() -> None:
    (board,) = assemble(Services()).contribute("disclosure_boards")
    assert board.name == "minimal.halls"


def test_plates_are_masked() -> None:
    decision = assemble(Services()).decide("disclosure_redact", review=review("浙A12345被堵在门口"))
    assert [(each.start, each.end) for each in decision.combined] == [(0, 7)]


def test_plates_stay_when_the_profile_says_so() -> None:
    hooks = assemble(Services(), plates=False)
    assert list(hooks.decide("disclosure_redact", review=review("浙A12345")).combined) == []


def test_the_supervisor_is_told_once_a_case_has_closed() -> None:
    services = Services()
    assert assemble(services).observe("case_closed", "minimal", event=closed()) is None
    assert [message.to for message in services.sent] == ["supervisor"]


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DeploymentRefused, match="plate"):
        assemble(Services(), plate=True)
