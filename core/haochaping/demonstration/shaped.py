"""A month in the shape of published figures: every rating goes through intake like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from itertools import islice
from typing import Final

from haochaping.catalog.pushes import CASES_MAX
from haochaping.clock import FakeClock
from haochaping.demonstration.casework import Casework, Matter
from haochaping.demonstration.chance import Chance
from haochaping.demonstration.past import Past
from haochaping.demonstration.ratings import draft
from haochaping.demonstration.services import Service, moment, push_body
from haochaping.demonstration.timeline import Timeline
from haochaping.deployment import Deployment
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.grading import figures, formulas
from haochaping.grading.shape import Figures
from haochaping.hooks.grading import CaseFacts
from haochaping.hooks.values import Period
from haochaping.pushing import take_in
from haochaping.worker import Worker

SETTLED: Final = timedelta(days=40)
"""How long after the month its cases are worked on."""

_THREADS: Final = 16
_EVENING: Final = time(18, 0)


def live(past: Past, wanted: Figures, clock: FakeClock) -> Mapping[str, int]:
    """Have the wished number of ratings of every grade come in during the month.

    Days, windows and items are invented; each rating is an evaluation of its own, so that
    tallies, boards and recounts agree. Ratings without a grade do not exist here.
    """
    timeline = Timeline(clock)
    work = Casework(past.deployment, past.cast, past.almanac.chance, timeline)
    worker = Worker(past.deployment)
    grades = iter(_mixed(past.almanac.chance, wanted.grades))
    for day, count in _by_day(past, wanted):
        past.progress(day)
        timeline.run(moment(day, _EVENING, past.almanac.zone))
        for number, receipt, tag in _rated(past, day, list(islice(grades, count))):
            if number in past.deployment.profile.rules.scale.bad_grades:
                work.follow(Matter(receipt, tag), "rectified")
        worker.drain()
    timeline.run(clock.now() + SETTLED)
    worker.drain()
    return {"services": wanted.rated, "ratings": wanted.rated, "bad": wanted.bad}


def rates(deployment: Deployment, period: Period) -> Mapping[str, str]:
    """Return a month's rates by the profile's formulas, out of the stored tallies."""
    with deployment.store.read() as conn:
        tally = figures.total(conn, "region", None, period)
    known = deployment.disclosing.formulas
    results = formulas.compute(known, tally, CaseFacts())
    shown = {name: known[name].show(results[name].value) for name in known}
    return {name: value for name, value in shown.items() if value}


def _rated(past: Past, day: date, grades: Sequence[int]) -> Iterator[tuple[int, Receipt, str]]:
    """Push a day's services, rate them all, and yield grade, receipt and case number of each."""
    services = list(past.almanac.of_day(day, len(grades)))
    codes = list(_pushed(past.deployment, services))
    given = [
        _draft(past, service, grade, code)
        for service, grade, code in zip(services, grades, codes, strict=True)
    ]
    with ThreadPoolExecutor(_THREADS) as pool:
        receipts = list(pool.map(past.deployment.intake.submit, given))
    for service, grade, receipt in zip(services, grades, receipts, strict=True):
        yield grade, receipt, service.case_no


def _pushed(deployment: Deployment, services: Sequence[Service]) -> Iterator[str]:
    for start in range(0, len(services), CASES_MAX):
        body = push_body(services[start : start + CASES_MAX], named=False)
        for pushed in take_in(deployment, body):
            if pushed.invitation is None:
                raise LookupError(f"refused: {pushed.result.reason}")
            yield pushed.invitation.code


def _draft(past: Past, service: Service, grade: int, code: str) -> Draft:
    rating = past.raters.of_grade(service, grade)
    return draft(rating, code, service.case_no)


def _by_day(past: Past, wanted: Figures) -> Iterator[tuple[date, int]]:
    """Yield the working days of the month with their shares of the ratings."""
    period, calendar = wanted.period, past.deployment.calendar
    every = (period.first + timedelta(days=n) for n in range(31))
    days = [day for day in every if day <= period.last and calendar.is_workday(day)]
    for number, day in enumerate(days):
        yield day, wanted.rated * (number + 1) // len(days) - wanted.rated * number // len(days)


def _mixed(chance: Chance, grades: Mapping[int, int]) -> Sequence[int]:
    """Return every grade as often as it is wished, in no order."""
    every = [grade for grade, count in sorted(grades.items()) for _ in range(count)]
    order = sorted(range(len(every)), key=lambda place: chance.share("order", place))
    return [every[place] for place in order]
