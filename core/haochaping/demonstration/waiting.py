"""Services that wait to be rated by whoever looks at the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from haochaping.catalog import occurrences
from haochaping.demonstration import places
from haochaping.demonstration.home import Demonstration
from haochaping.demonstration.places import Counter
from haochaping.demonstration.services import Service, push_body
from haochaping.deployment import Deployment
from haochaping.evaluation.invitations import Invitation
from haochaping.hooks.values import Channel
from haochaping.ids import random_code
from haochaping.pushing import take_in

WANTED: Final = 5
_SERVED: Final = timedelta(minutes=15)
_FIRST_APPLICANT: Final = 410
_LEFT_DAYS: Final = 2
_SIGNS: Final = 6


@dataclass(frozen=True, slots=True)
class Waiting:
    """A service with its link; `grade` is what the demonstration suggests to give."""

    grade: int
    case_no: str
    path: str
    short_code: str


def services(deployment: Deployment, made: Demonstration) -> tuple[Waiting, ...]:
    """Return five services that can be rated; those rated or expired since are replaced."""
    now = deployment.clock.now()
    found = [each for case_no in made.examples if (each := _open(deployment, case_no))]
    missing = WANTED - len(found)
    if missing > 0:
        found += _pushed(deployment, now, missing)
    return tuple(
        Waiting(WANTED - n, case_no, f"/r/{invitation.code}", invitation.short_code)
        for n, (case_no, invitation) in enumerate(found[:WANTED])
    )


def _open(deployment: Deployment, case_no: str) -> tuple[str, Invitation] | None:
    """Return the invitation of a service; None when it was rated or its link ends soon."""
    now = deployment.clock.now()
    with deployment.store.write() as conn:
        key = occurrences.find(conn, case_no, 1)
        invitation = key and deployment.invitations.issue(conn, key, now)
    if key is None or not invitation:
        return None
    last = deployment.calendar.local_day(now) + timedelta(days=_LEFT_DAYS)
    if invitation.last_day < last or deployment.intake.form(key, Channel.QR).rated:
        return None
    return case_no, invitation


def _pushed(deployment: Deployment, now: datetime, count: int) -> list[tuple[str, Invitation]]:
    with deployment.store.read() as conn:
        counters = places.counters(conn)
    new = [_service(counters, now, number) for number in range(count)]
    taken = take_in(deployment, push_body(new))
    pairs = zip(new, taken, strict=True)
    return [(one.case_no, each.invitation) for one, each in pairs if each.invitation]


def _service(counters: Sequence[Counter], now: datetime, number: int) -> Service:
    counter = counters[number % len(counters)]
    return Service(
        case_no=f"DEMO{now:%Y%m%d}{random_code(_SIGNS)}",
        served_at=now - _SERVED,
        pushed_at=now,
        counter=counter,
        offer=counter.offers[number % len(counter.offers)],
        staff=counter.staff[0],
        applicant=_FIRST_APPLICANT + number,
        stage="conclusion",
    )
