"""The calendar feed (RFC 5545) of the events that the public sees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from icalendar import Calendar, Event

from haochaping.hooks.values import Words
from haochaping_yantai import diary
from haochaping_yantai.diary import KINDS, Occasion

MAKER: Final = "-//haochaping//yantai//ZH"


def calendar(occasions: Iterable[Occasion], *, title: Words, language: str, zone: tzinfo) -> bytes:
    """Return the events as an iCalendar file; a cancelled event says so."""
    made = Calendar()
    made.add("prodid", MAKER)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", title.into(language))
    for one in occasions:
        made.add_component(_entry(one, language, zone))
    return bytes(made.to_ical())


def _entry(one: Occasion, language: str, zone: tzinfo) -> Event:
    entry = Event()
    entry.add("uid", f"{one.code}@haochaping-yantai")
    entry.add("dtstamp", one.changed_at)
    entry.add("last-modified", one.changed_at)
    entry.add("sequence", int(one.changed_at.timestamp()))
    entry.add("dtstart", one.plan.starts_at.astimezone(zone))
    entry.add("dtend", one.plan.ends_at.astimezone(zone))
    entry.add("summary", f"{KINDS[one.plan.kind].into(language)}：{one.plan.title}")
    entry.add("location", one.plan.place)
    entry.add("description", one.plan.about)
    entry.add("status", "CANCELLED" if one.state == diary.CANCELLED else "CONFIRMED")
    return entry
