"""A rater who comes again: plugins may play their part in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import select

from haochaping.catalog.tables import service_case
from haochaping.demonstration.casework import Casework, Matter
from haochaping.demonstration.past import Past
from haochaping.demonstration.ratings import draft
from haochaping.demonstration.services import Service, moment, push_body
from haochaping.demonstration.timeline import Timeline
from haochaping.deployment import Deployment
from haochaping.hooks.deployment import SceneSetting
from haochaping.hooks.values import EvaluationStatus, Identity
from haochaping.plugins.references import load
from haochaping.pushing import take_in

DAYS_AGO: Final = 70
COMES_AGAIN: Final = timedelta(days=14)
_BETWEEN: Final = timedelta(days=7)
_PERSON: Final = 401
"""An applicant who occurs nowhere else."""


@dataclass(frozen=True, slots=True)
class Theatre:
    """What a scene is played with."""

    past: Past
    timeline: Timeline
    work: Casework


def play(theatre: Theatre) -> None:
    """Have a person who proved who they are rate badly now, and badly again later."""
    past = theatre.past
    first, again = _visit(past, 0), _visit(past, COMES_AGAIN.days)
    theatre.timeline.at(first.pushed_at, partial(_first, theatre, first))
    theatre.timeline.at(again.pushed_at, partial(_rate, theatre, again))


def _first(theatre: Theatre, service: Service) -> None:
    _rate(theatre, service)
    theatre.timeline.at(service.pushed_at + _BETWEEN, partial(_plugins, theatre, service))


def _rate(theatre: Theatre, service: Service) -> None:
    """Push a service and rate it badly as a verified person."""
    deployment = theatre.past.deployment
    invitation = take_in(deployment, push_body([service]))[0].invitation
    rating = theatre.past.raters.rating(service)
    if invitation is None or rating is None:
        raise LookupError(f"the service {service.case_no} was refused")
    given = draft(rating, invitation.code, service.case_no)
    person = _person(deployment, service.case_no)
    receipt = deployment.intake.submit(replace(given, identity=Identity.VERIFIED, person_id=person))
    if receipt.status is EvaluationStatus.EFFECTIVE:
        theatre.work.follow(Matter(receipt, service.case_no), "rectified")


def _plugins(theatre: Theatre, service: Service) -> None:
    deployment = theatre.past.deployment
    unit = _organization(deployment, service.case_no)
    setting = SceneSetting(service.case_no, 1, unit, _accounts(theatre.past.cast))
    for name, scene in deployment.hooks.contributions("demonstration_scenes"):
        load(scene.call)(deployment.hooks.plugin(name).plugin, setting)


def _visit(past: Past, days: int) -> Service:
    """Return the service of the person, so many days after the scene has begun."""
    start: datetime = past.deployment.clock.now() + timedelta(days=days)
    day = past.deployment.calendar.add_workdays(past.deployment.calendar.local_day(start), 0)
    (service,) = past.almanac.of_day(day, 0, ["rectified"])
    return replace(
        service,
        case_no=f"{service.case_no}-{_PERSON}",
        applicant=_PERSON,
        served_at=moment(day, time(9, 10), past.almanac.zone),
        pushed_at=moment(day, time(9, 15), past.almanac.zone),
    )


def _accounts(cast: Mapping[str, Any]) -> dict[str, int]:
    return {login: who.account_id for login, who in cast.items()}


def _person(deployment: Deployment, case_no: str) -> int | None:
    query = select(service_case.c.person_id).where(service_case.c.case_no == case_no)
    with deployment.store.read() as conn:
        found: int | None = conn.execute(query.limit(1)).scalar_one()
    return found


def _organization(deployment: Deployment, case_no: str) -> int:
    query = select(service_case.c.organization_id).where(service_case.c.case_no == case_no)
    with deployment.store.read() as conn:
        return int(conn.execute(query.limit(1)).scalar_one())
