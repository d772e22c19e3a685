"""Making plugins, assembling them, and a rating to ask them about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from haochaping import Plugin
from haochaping.hooks.evaluation import Submission
from haochaping.hooks.values import (
    Channel,
    Grade,
    Identity,
    Occurrence,
    OccurrenceKey,
    Provenance,
    RaterRole,
    UnitRef,
    Words,
)
from haochaping.plugins import DeploymentRefused, Hooks, PluginFault, PluginManager

MOMENT = datetime(2026, 11, 16, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Enabled:
    plugins: Mapping[str, Mapping[str, Any]]


Make = Callable[..., type[Plugin]]
Assemble = Callable[..., Hooks]
Refused = Callable[..., tuple[PluginFault, ...]]


@pytest.fixture
def make() -> Make:
    """Makes a plugin class from its name and its members."""

    def make(name: str, **members: Any) -> type[Plugin]:
        return type(name.title(), (Plugin,), {"name": name, "__module__": __name__, **members})

    return make


@pytest.fixture
def assemble() -> Assemble:
    """Assembles plugin classes, each with the settings given for its name."""

    def assemble(*classes: type[Plugin], **settings: Mapping[str, Any]) -> Hooks:
        enabled = {one.name: settings.get(one.name, {}) for one in classes}
        return PluginManager(classes, installed=False).assemble(Enabled(enabled))

    return assemble


@pytest.fixture
def refused(assemble: Assemble) -> Refused:
    """Returns the faults with which assembling is refused."""

    def refused(*classes: type[Plugin], **settings: Mapping[str, Any]) -> tuple[PluginFault, ...]:
        with pytest.raises(DeploymentRefused) as caught:
            assemble(*classes, **settings)
        return caught.value.faults

    return refused


@pytest.fixture
def occurrence() -> Occurrence:
    unit = UnitRef(1, "330000001", Words("某局", "A bureau"))
    key = OccurrenceKey("330100", 202611, 1)
    return Occurrence(key, "C1", 1, "application", "hall", None, unit, None, None, None, MOMENT)


@pytest.fixture
def submission(occurrence: Occurrence) -> Submission:
    return Submission(
        occurrence=occurrence,
        round=1,
        grade=Grade.SATISFIED,
        options=(),
        text="等了很久，张三",
        channel=Channel.QR,
        provenance=Provenance.CITIZEN,
        identity=Identity.ANONYMOUS,
        rater_role=RaterRole.APPLICANT,
        person_index=None,
        at=MOMENT,
    )
