"""Rules of how a case is followed up: visits, handling by several units, appeals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from haochaping.hooks.rectification import Visit
from haochaping.hooks.values import Duration, Unit, Words

_NO_SCRIPTS: Final[Mapping[str, Words]] = MappingProxyType({})
_TEN_WORKDAYS: Final = Duration(10, Unit.WORKDAY)


@dataclass(frozen=True, slots=True)
class Draw:
    """A share (0 to 1) that is drawn by lot, and the visit that the drawn ones get."""

    share: Decimal
    visit: Visit


@dataclass(frozen=True, slots=True)
class ServiceDraw:
    """A share (0 to 1) of the services of a day, `at_most` of them, that are asked by phone.

    What is not answered within `open_days` stays unanswered.
    """

    share: Decimal
    at_most: int = 100
    open_days: int = 10


@dataclass(frozen=True, slots=True)
class VisitRules:
    """Follow-up visits: attempts until a rater counts as unreachable, draws, and scripts.

    `sample` is drawn each day from the cases that ended answered the day before and were
    not to be visited; `second` from the visits made, for a supervisor's own visit;
    `services` from all services of the day before, for a survey that counts apart.
    `scripts` are read out or printed, by way of visit.
    """

    attempts: int = 3
    sample: Draw | None = None
    second: Draw | None = None
    services: ServiceDraw | None = None
    scripts: Mapping[str, Words] = field(default_factory=lambda: _NO_SCRIPTS)


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """Who hands in evidence: `handler` (partners too), `appellant`, `rater`; how much of it."""

    sides: tuple[str, ...] = ("handler", "appellant")
    files_max: int = 10
    megabytes: int = 5


EACH, SHARE = "each", "share"
"""A rating that several answer for counts with each of them, or with who bears most of it."""


@dataclass(frozen=True, slots=True)
class HandlingRules:
    """Limits of transfer and extension, and from what likeness (percent) replies are flagged.

    `several` says what a rating counts for that several back offices answer for: EACH or SHARE.
    """

    transfer_limit: int = 3
    extension_limit: int = 1
    extension_max: Duration = _TEN_WORKDAYS
    alike: int = 90
    several: str = EACH
    evidence: EvidenceRules = field(default_factory=EvidenceRules)


@dataclass(frozen=True, slots=True)
class AppealRules:
    """How soon a unit appeals after it sees the case, how soon that is decided; None: any time.

    `hear_for` is how long a rater who has not objected has time to, before the rating can be
    declared void; None: as long as the reviewers take.
    `audit` is the share (0 to 1) of decided appeals that a third reviewer looks at again.
    """

    file_within: Duration | None = None
    decide_within: Duration | None = None
    hear_for: Duration | None = None
    audit: Decimal = Decimal(0)


def visit(data: Mapping[str, Any]) -> Visit:
    """Return a visit as the profile writes it."""
    return Visit(data["by"], _duration(data["within"]), data.get("reason", ""))


def visit_rules(data: Mapping[str, Any]) -> VisitRules:
    """Return the rules of visits from checked data, empty when the profile says nothing."""
    scripts = {by: _words(text) for by, text in data.get("scripts", {}).items()}
    return VisitRules(
        attempts=data.get("attempts", 3),
        sample=_draw(data.get("sample")),
        second=_draw(data.get("second")),
        services=_services(data.get("services")),
        scripts=MappingProxyType(scripts),
    )


def handling_rules(data: Mapping[str, Any]) -> HandlingRules:
    """Return the rules of handling from checked data."""
    own = dict(data)
    if "extension_max" in own:
        own["extension_max"] = _duration(own["extension_max"])
    if "evidence" in own:
        evidence = dict(own["evidence"])
        own["evidence"] = EvidenceRules(**{**evidence, "sides": tuple(evidence["sides"])})
    return HandlingRules(**own)


def appeal_rules(data: Mapping[str, Any]) -> AppealRules:
    """Return the rules of appeals from checked data."""
    limits = {name: _duration(each) for name, each in data.items() if name != "audit"}
    return AppealRules(**limits, audit=Decimal(str(data.get("audit", 0))))


def _draw(data: Mapping[str, Any] | None) -> Draw | None:
    return None if data is None else Draw(Decimal(str(data["share"])), visit(data["visit"]))


def _services(data: Mapping[str, Any] | None) -> ServiceDraw | None:
    if data is None:
        return None
    known = {name: value for name, value in data.items() if name in ("at_most", "open_days")}
    return ServiceDraw(Decimal(str(data["share"])), **known)


def _duration(data: Mapping[str, Any]) -> Duration:
    return Duration(data["count"], Unit(data["unit"]))


def _words(value: str | Mapping[str, Any]) -> Words:
    return Words(value) if isinstance(value, str) else Words(value["zh"], value.get("en", ""))
