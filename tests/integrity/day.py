"""A made-up day at ten halls with some fraud planted, written without a look at the detectors.

It says how well the signals find what was planted here. It is no measure of how well they
do in the field, and must never be quoted as one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from haochaping.hooks.values import OccurrenceKey
from haochaping.integrity.facts import Fact

MORNING = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
HALLS, STAFF, SERVICES = 10, 10, 60
GRADES = (5,) * 968 + (4,) * 22 + (3,) * 6 + (2,) * 1 + (1,) * 3
PLANTED = 0.03


@dataclass
class Day:
    """The ratings of a day, and which of them were planted by kind."""

    random: Random
    facts: list[Fact] = field(default_factory=list)
    planted: dict[str, set[OccurrenceKey]] = field(default_factory=dict)

    @property
    def all_planted(self) -> set[OccurrenceKey]:
        return {key for keys in self.planted.values() for key in keys}


def make(seed: int) -> Day:
    """Return a day of about 6,000 ratings of which 3 % were planted."""
    day = Day(Random(seed))
    for hall in range(HALLS):
        for member in range(STAFF):
            _working_day(day, hall + 1, hall * STAFF + member + 1)
    day.random.shuffle(day.facts)
    _plant(day)
    return day


def _working_day(day: Day, hall: int, staff: int) -> None:
    at = MORNING + timedelta(seconds=day.random.uniform(0, 300))
    for _ in range(SERVICES):
        at += timedelta(seconds=max(120, day.random.gauss(400, 120)))
        day.facts.append(_service(day, hall, staff, at))


def _service(day: Day, hall: int, staff: int, at: datetime) -> Fact:
    number, chance = len(day.facts) + 1, day.random
    stage = chance.choices(["application", "consultation"], [92, 8])[0]
    applicant = stage != "consultation" and chance.random() > 0.01
    channel, source, device, network, wait = _way(day, hall, number)
    return Fact(
        key=OccurrenceKey("990000", 202611, number),
        organization_id=hall,
        hall_id=hall,
        staff_id=staff,
        stage=stage,
        grade=chance.choice(GRADES),
        channel=channel,
        rater=f"person-{number}" if applicant else "",
        applicant=applicant,
        served_at=at,
        received_at=at + timedelta(seconds=wait),
        source=source,
        device=device,
        network=network,
    )


def _way(day: Day, hall: int, number: int) -> tuple[str, str, str, str, float]:
    chance = day.random
    way = chance.choices(
        ["window", "phone", "wifi", "kiosk", "helper", "home"], [60, 24, 6, 3, 4, 3]
    )[0]
    if way == "window":
        wait = 4 + chance.lognormvariate(2.6, 0.6)
        return "window_device", "window_device", f"pad-{hall}-{number % 10}", f"lan-{hall}", wait
    if way == "wifi":
        return (
            "qr",
            "hall_wifi",
            f"model-{hall}-{chance.randrange(4)}",
            f"wifi-{hall}",
            chance.uniform(10, 900),
        )
    if way == "kiosk":
        return "kiosk", "kiosk", f"kiosk-{hall}", f"lan-{hall}", chance.uniform(5, 120)
    if way == "helper":
        return (
            "mobile",
            "helper",
            f"helper-{hall % 5}",
            f"village-{hall % 5}",
            chance.uniform(60, 7200),
        )
    if way == "home":
        return (
            "web",
            "phone",
            f"pc-{number // 2}",
            f"home-{number // 2}",
            chance.uniform(600, 30000),
        )
    carrier = f"carrier-{chance.randrange(40)}"
    return "qr", "phone", f"{carrier}-phone-{number}", carrier, 8 + chance.lognormvariate(4.5, 1.2)


def _plant(day: Day) -> None:
    each = round(len(day.facts) * PLANTED / 6)
    spots = iter(range(len(day.facts)))
    staff = iter(day.random.sample(range(1, HALLS * STAFF + 1), 40))
    kinds = (_own_phone, _burst, _one_phone, _oneself, _nobody, _robot)
    for kind in kinds:
        found: set[OccurrenceKey] = set()
        while len(found) < each:
            member = next(staff) if kind is not _oneself else None
            size = min(10, each - len(found)) if each - len(found) >= 20 else each - len(found)
            for place, fact in enumerate(_taken(day, spots, member, size)):
                day.facts[fact] = kind(day, day.facts[fact], place)
                found.add(day.facts[fact].key)
        day.planted[kind.__name__.strip("_")] = found


def _taken(day: Day, spots: object, member: int | None, size: int) -> list[int]:
    done = day.all_planted
    fit = [
        place
        for place, fact in enumerate(day.facts)
        if (member is None or fact.staff_id == member)
        and fact.stage != "consultation"
        and fact.key not in done
    ]
    return day.random.sample(fit, min(size, len(fit)))


def _own_phone(day: Day, fact: Fact, place: int) -> Fact:
    assert fact.served_at is not None
    later = fact.served_at + timedelta(seconds=day.random.uniform(2, 14))
    known = frozenset({fact.staff_id}) if fact.staff_id and fact.staff_id % 2 else frozenset()
    return replace(
        fact, grade=5, channel="qr", source="phone", device=f"own-{fact.staff_id}",
        network=f"carrier-{place % 40}", received_at=later, device_staff=known,
    )  # fmt: skip


def _burst(day: Day, fact: Fact, place: int) -> Fact:
    closing = MORNING + timedelta(hours=8, seconds=place * day.random.uniform(5, 9))
    return replace(
        fact, grade=5, channel="window_device", source="window_device",
        device=f"pad-{fact.staff_id}", received_at=closing,
    )  # fmt: skip


def _one_phone(day: Day, fact: Fact, place: int) -> Fact:
    later = fact.received_at + timedelta(seconds=day.random.uniform(600, 9000))
    return replace(
        fact, grade=5, channel="qr", source="phone", device=f"crowd-{fact.staff_id}",
        network="carrier-7", received_at=later, rater=f"borrowed-{fact.key.id}",
    )  # fmt: skip


def _oneself(day: Day, fact: Fact, place: int) -> Fact:
    return replace(fact, grade=5, rater=f"staff-{fact.staff_id}", staff_rater=fact.staff_id)


def _nobody(day: Day, fact: Fact, place: int) -> Fact:
    return replace(fact, applicant=False, rater="", stage="application", grade=5)


def _robot(day: Day, fact: Fact, place: int) -> Fact:
    assert fact.served_at is not None
    later = fact.served_at + timedelta(seconds=300 + day.random.uniform(0, 0.4))
    return replace(
        fact, grade=5, channel="mobile", source="phone", device=f"bot-{fact.key.id}",
        network=f"cloud-{fact.key.id}", received_at=later,
    )  # fmt: skip
