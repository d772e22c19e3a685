"""What the events of a year came to: how many, how many came, what was said and done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from sqlalchemy import ColumnElement, and_, func, select

from haochaping.hooks.services import Services
from haochaping.store.types import micros
from haochaping_yantai import diary, guests
from haochaping_yantai.tables import event, guest, opinion


@dataclass(frozen=True, slots=True)
class Year:
    """Counts of one local year; `topics` by topic word, `answered` has a published outcome."""

    year: int
    events: Mapping[str, int]
    invited: int
    registered: int
    came: int
    opinions: int
    cases: int
    answered: int
    topics: Mapping[str, int]

    @property
    def held(self) -> int:
        """How many events took place."""
        return sum(self.events.values())


def of_year(services: Services, year: int, zone: tzinfo) -> Year:
    """Count the events of a local year that took place, their guests and opinions."""
    within = _within(year, zone)
    with services.records.transaction() as conn:
        kinds = select(event.c.kind, func.count()).where(within).group_by(event.c.kind)
        events = {kind: int(n) for kind, n in conn.execute(kinds)}
        people = _of(guest.c.event_id, within)
        states = select(guest.c.state, func.count(), func.sum(guest.c.invited)).where(people)
        came = {s: (int(n), int(i)) for s, n, i in conn.execute(states.group_by(guest.c.state))}
        said = _of(opinion.c.event_id, within)
        by_topic = select(opinion.c.topic, func.count()).where(said).group_by(opinion.c.topic)
        topics = {topic: int(n) for topic, n in conn.execute(by_topic)}
        cases = select(func.count()).where(said, opinion.c.case_public_id != "")
        answered = select(func.count()).where(said, opinion.c.answer != "")
        return Year(
            year=year,
            events=events,
            invited=sum(invited for _, invited in came.values()),
            registered=sum(came.get(s, (0, 0))[0] for s in (guests.REGISTERED, guests.CAME)),
            came=came.get(guests.CAME, (0, 0))[0],
            opinions=sum(topics.values()),
            cases=int(conn.execute(cases).scalar_one()),
            answered=int(conn.execute(answered).scalar_one()),
            topics=topics,
        )


def _within(year: int, zone: tzinfo) -> ColumnElement[bool]:
    start = datetime(year, 1, 1, tzinfo=zone).astimezone(UTC)
    end = datetime(year + 1, 1, 1, tzinfo=zone).astimezone(UTC)
    return and_(
        event.c.starts_at >= micros(start),
        event.c.starts_at < micros(end),
        event.c.state.in_((diary.HELD, diary.PUBLISHED)),
    )


def _of(column: ColumnElement[int], within: ColumnElement[bool]) -> ColumnElement[bool]:
    return column.in_(select(event.c.id).where(within))
