"""Services as a business system would have pushed them: days, counters, applicants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from haochaping.demonstration.chance import Chance
from haochaping.demonstration.places import Counter, Offer

APPLICANTS: Final = 400
_STAGES: Final = (("application", 5.0), ("conclusion", 4.0), ("consultation", 1.0))
_HALVES: Final = ((time(9, 10), 140, time(11, 40)), (time(14, 10), 140, time(16, 40)))
"""When services of a half day begin, for how many minutes, and when they are pushed."""

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS: Final = "10X98765432"


@dataclass(frozen=True, slots=True)
class Service:
    """One service received. `fate` names a story that its rating is to follow, empty for any."""

    case_no: str
    served_at: datetime
    pushed_at: datetime
    counter: Counter
    offer: Offer
    staff: str
    applicant: int
    stage: str
    fate: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """How much happens: whole months before this one, services a day (at least, at most).

    In the last `busy_days` there is more to see.
    """

    months: int = 12
    quiet: tuple[int, int] = (3, 6)
    busy: tuple[int, int] = (20, 28)
    busy_days: int = 40

    def days_until(self, today: date) -> Iterator[date]:
        """Yield the days from the first of the first month up to today."""
        months = today.year * 12 + today.month - 1 - self.months
        day = date(months // 12, months % 12 + 1, 1)
        while day <= today:
            yield day
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Almanac:
    """What services of any day are drawn from."""

    chance: Chance
    counters: Sequence[Counter]
    zone: ZoneInfo
    life: Life = field(default_factory=Life)

    def of_day(self, day: date, count: int, fates: Sequence[str] = ()) -> Iterator[Service]:
        """Yield the services of a day: `count` ordinary ones, and one for each fate."""
        for number in range(count):
            yield self._service(day, number)
        for number, fate in enumerate(fates, start=count):
            yield self._service(day, number, fate)

    def count(self, day: date, today: date) -> int:
        """Return how many services a day had."""
        life = self.life
        low, high = life.busy if (today - day).days <= life.busy_days else life.quiet
        return self.chance.between(low, high, "count", day)

    def _service(self, day: date, number: int, fate: str = "") -> Service:
        draw, key = self.chance, (day, number)
        morning = bool(fate) or draw.share("half", *key) < 0.5
        start, minutes, pushed = _HALVES[0 if morning else 1]
        counter = self._counter(*key)
        offer = draw.pick(counter.offers, "offer", *key)
        minute = draw.between(0, minutes, "minute", *key)
        return Service(
            case_no=f"{offer.item}{day:%Y%m%d}{number:04}",
            served_at=moment(day, start, self.zone) + timedelta(minutes=minute),
            pushed_at=moment(day, pushed, self.zone),
            counter=counter,
            offer=offer,
            staff=draw.pick(counter.staff, "staff", *key),
            applicant=draw.between(1, APPLICANTS, "applicant", *key),
            stage=draw.weighted(_STAGES, "stage", *key),
            fate=fate,
        )

    def _counter(self, *key: object) -> Counter:
        weights = (_WEIGHTS[n % len(_WEIGHTS)] for n in range(len(self.counters)))
        options = list(zip(self.counters, map(float, weights), strict=True))
        return self.chance.weighted(options, "counter", *key)


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the UTC moment of a local day and time."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def push_body(services: Iterable[Service], *, named: bool = True) -> dict[str, Any]:
    """Return the body of a push; applicants only where they are `named`."""
    return {"cases": [_case(one, named) for one in services]}


def applicant(number: int) -> dict[str, str]:
    """Return an invented applicant: the region 990000 of the identity number does not exist."""
    day = date(1960, 1, 1) + timedelta(days=number * 37)
    body = f"990000{day:%Y%m%d}{number % 1000:03}"
    weights = (2 ** (17 - place) % 11 for place in range(17))
    check = _DIGITS[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    return {
        "type": "1",
        "name": f"演示用户{number}",
        "certificate_type": "111",
        "certificate_no": body + check,
        "mobile": f"1380000{number:04}",
    }


def _case(one: Service, named: bool) -> dict[str, Any]:
    case: dict[str, Any] = {
        "case_no": one.case_no,
        "item_code": one.offer.item,
        "organization_code": one.offer.organization,
        "status": "concluded" if one.stage == "conclusion" else "accepted",
        "hall_code": one.counter.hall,
        "window_code": one.counter.window,
        "staff_no": one.staff,
        "occurrences": [
            {
                "no": 1,
                "stage": one.stage,
                "service_channel": "hall",
                "served_at": one.served_at.isoformat(),
            }
        ],
    }
    return case | ({"applicant": applicant(one.applicant)} if named else {})
