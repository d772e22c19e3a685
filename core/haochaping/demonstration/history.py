"""A year of services, ratings and work on them, lived through day by day."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Final

from haochaping.demonstration import hotline, publishing, scenes
from haochaping.demonstration.casework import Casework, Matter
from haochaping.demonstration.chance import Chance
from haochaping.demonstration.fates import ORDINARY
from haochaping.demonstration.past import Past
from haochaping.demonstration.ratings import Raters, Rating, draft
from haochaping.demonstration.services import Service, moment, push_body
from haochaping.demonstration.staging import staged
from haochaping.demonstration.timeline import Timeline
from haochaping.deployment import Deployment
from haochaping.evaluation.invitations import Invitation
from haochaping.evaluation.receipts import Receipt
from haochaping.pushing import take_in
from haochaping.worker import Worker

CERTAIN: Final[Mapping[int, str]] = {
    30: "appeal_upheld",
    45: "appeal_rejected",
    60: "contested",
    75: "late",
    90: "explained",
}
"""Stories that are always there, by how many days ago they began at the latest."""

_EVENING: Final = time(20, 30)
_WEEKLY: Final = 4
"""Friday."""
_OFFICE: Final = time(16, 0)


class History:
    """Lives through the past up to now; counts what happened."""

    def __init__(self, past: Past, timeline: Timeline) -> None:
        self._past = past
        self._timeline = timeline
        self._deployment = past.deployment
        chance = past.almanac.chance
        self._work = Casework(past.deployment, past.cast, chance, timeline)
        self._worker = Worker(past.deployment)
        self._jobs = next(duty for duty in past.deployment.duties() if duty.name == "jobs")
        self.counts: Count[str] = Count()

    def live(self) -> Mapping[str, int]:
        """Go through all days up to now; return how many services and ratings there were."""
        fates = self._fates()
        for day in self._past.almanac.life.days_until(self._past.today):
            at = partial(moment, day, zone=self._past.almanac.zone)
            self._timeline.at(at(at=time(7, 0)), partial(self._morning, day, fates.get(day, ())))
            self._timeline.at(at(at=_EVENING), partial(self._evening, day))
        self._timeline.at(self._scene_moment(), self._scene)
        hotline.play(self._past, self._timeline, self._work)
        self._timeline.run(self._past.now)
        self._worker.drain()
        return dict(self.counts)

    def _morning(self, day: date, fates: Sequence[str]) -> None:
        """Plan a working day: what is pushed, and the publisher's desk."""
        self._past.progress(day)
        if not self._deployment.calendar.is_workday(day):
            return
        almanac = self._past.almanac
        services = list(almanac.of_day(day, almanac.count(day, self._past.today), fates))
        by_push = attrgetter("pushed_at")
        for pushed_at, group in groupby(sorted(services, key=by_push), by_push):
            self._timeline.at(pushed_at, partial(self._push, list(group)))
        if (self._past.today - day).days > publishing.LEFT_DAYS:
            office = moment(day, _OFFICE, almanac.zone)
            self._timeline.at(office, self._publish)

    def _evening(self, day: date) -> None:
        """Let the worker work: its jobs every day, all of it once a week and on the last days."""
        if day.weekday() == _WEEKLY or (self._past.today - day).days < publishing.LEFT_DAYS:
            self._worker.drain()
            return
        while self._jobs.call():
            pass

    def _publish(self) -> None:
        publishing.approve(self._deployment, self._past.cast)

    def _push(self, services: Sequence[Service]) -> None:
        self.counts["services"] += len(services)
        for service, pushed in zip(
            services, take_in(self._deployment, push_body(services)), strict=True
        ):
            rating = self._past.raters.rating(service)
            if rating is not None and pushed.invitation is not None:
                rated = partial(self._rate, service, rating, pushed.invitation)
                self._timeline.at(service.pushed_at + rating.after, rated)

    def _rate(self, service: Service, rating: Rating, invitation: Invitation) -> None:
        given = draft(rating, invitation.code, service.case_no)
        receipt = self._deployment.intake.submit(given)
        self.counts["ratings"] += 1
        if rating.grade in self._deployment.profile.rules.scale.bad_grades:
            self._bad(service, receipt)

    def _bad(self, service: Service, receipt: Receipt) -> None:
        self.counts["bad"] += 1
        fate = service.fate or self._work.chance.weighted(ORDINARY, "fate", service.case_no)
        self._work.follow(Matter(receipt, service.case_no), fate)

    def _fates(self) -> Mapping[date, Sequence[str]]:
        """Return the stories that must be there, by the working day they begin on."""
        found = {
            day: list(fates) for day, fates in staged(self._deployment, self._past.now).items()
        }
        calendar = self._deployment.calendar
        for back, fate in CERTAIN.items():
            day = calendar.add_workdays(self._past.today - timedelta(days=back), 0)
            found.setdefault(day, []).append(fate)
        return found

    def _scene_moment(self) -> datetime:
        day = self._past.today - timedelta(days=scenes.DAYS_AGO)
        day = self._deployment.calendar.add_workdays(day, 0)
        return moment(day, time(9, 5), self._past.almanac.zone)

    def _scene(self) -> None:
        scenes.play(scenes.Theatre(self._past, self._timeline, self._work))


def drawn(deployment: Deployment, chance: Chance) -> Raters:
    """Return the raters of a deployment's own form."""
    rules = deployment.desk.rules
    return Raters(chance, rules.options, rules.reasons_shown)
