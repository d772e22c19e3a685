"""The monthly publication: evaluations by channel and grade, tickets, rates, mean score, tops.

In the form of the province's published months (2023-07): the denominator of every rate by grade
is the ratings with a grade, tickets are counted apart from bad reviews, and every rate says how
it was rounded. Figures are those frozen for the month, and shown once it is published; only
channels and reasons, which are not frozen, are counted from what is stored now.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection

from haochaping.doors import cases, figures, labels, periods, published, subjects
from haochaping.doors.figures import Frozen
from haochaping.doors.published import PublishedRate
from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import Grade, Period, Words
from haochaping.problems import Problem

if TYPE_CHECKING:
    from haochaping_guangdong.plugin import Guangdong

FIGURES: Final = (
    *("bad_rate", "satisfaction", "strict_satisfaction", "mean_score", "active_rate"),
    *("on_time_rate", "callback_rate"),
)
"""Formulas of the publication in its order; those that the rules do not have are left out."""
TOP: Final = 10
BELOW: Final = 5
"""Counts of items and reasons below this are withheld."""


class NotPublished(Problem):
    """The month asked for was not published."""

    code = "HCP-MONTH-NOT-PUBLISHED"
    status = 404
    title = Words("这个月还没有公布", "This month has not been published")


@dataclass(frozen=True, slots=True)
class Counted:
    """A city, item or reason with its counts as they may be shown (`<5` for few)."""

    name: Words
    rated: str
    bad: str


@dataclass(frozen=True, slots=True)
class Publication:
    """A published month."""

    period: Period
    served: int
    rated: int
    grades: Mapping[int, int]
    channels: Sequence[tuple[Words, int]]
    bad: int
    tickets: int
    rates: Sequence[PublishedRate]
    cities: Sequence[Counted]
    items: int
    top_items: Sequence[Counted]
    top_tags: Sequence[Counted]

    @property
    def moved(self) -> bool:
        """Say whether ratings came or went since the month was frozen: channels count live."""
        return sum(count for _, count in self.channels) != self.rated

    def document(self) -> dict[str, Any]:
        """Return the publication as plain data."""
        return {
            "period": self.period.name,
            "cases": self.served,
            "rated": self.rated,
            "grades": {str(grade): count for grade, count in self.grades.items()},
            "channels": [{"name": _both(name), "rated": count} for name, count in self.channels],
            "bad": self.bad,
            "tickets": self.tickets,
            "rates": {
                each.name: {
                    "label": _both(each.label),
                    "value": each.value,
                    "over": each.over,
                    "n": each.n,
                    "rounding": _both(each.rounding),
                }
                for each in self.rates
            },
            "cities": [_counted(each) for each in self.cities],
            "items": self.items,
            "top_items": [_counted(each) for each in self.top_items],
            "top_tags": [_counted(each) for each in self.top_tags],
        }


def page(plugin: Guangdong, request: PageRequest) -> PageResponse:
    """Show a published month, the newest one by default."""
    with plugin.services.records.transaction() as conn:
        months = _published(conn)
        asked = request.query.get("period", "").strip()
        wanted = periods.parse(asked) if asked else next(iter(months), None)
        found = None if wanted is None else publication(conn, wanted)
    values = {
        "found": found,
        "months": [month.name for month in months],
        "grades": _GRADES,
    }
    return PageResponse("guangdong/monthly.html", values)


def as_json(plugin: Guangdong, request: PageRequest) -> PageResponse:
    """Answer the same as JSON. Raises NotPublished."""
    with plugin.services.records.transaction() as conn:
        months = _published(conn)
        asked = request.query.get("period", "").strip()
        if not asked and not months:
            raise NotPublished
        found = publication(conn, periods.parse(asked) if asked else months[0])
    body = json.dumps(found.document(), ensure_ascii=False, indent=2).encode()
    return PageResponse(body=body, content_type="application/json; charset=utf-8")


def publication(conn: Connection, period: Period) -> Publication:
    """Return the publication of a month. Raises NotPublished."""
    if period not in _published(conn):
        raise NotPublished(period=period.name)
    counties = figures.frozen(conn, "region", period)
    tally = figures.add_up(each.tally for each in counties.values())
    opened = figures.add_up_cases(each.cases for each in counties.values())
    items = figures.frozen(conn, "item", period)
    return Publication(
        period=period,
        served=tally.served,
        rated=tally.rated,
        grades={grade: tally.grades[grade] for grade in range(5, 0, -1)},
        channels=_channels(conn, period),
        bad=tally.bad,
        tickets=opened.opened,
        rates=published.rates(conn, period, FIGURES, tally, opened),
        cities=_cities(conn, counties),
        items=sum(1 for each in items.values() if each.tally.rated),
        top_items=_top_items(conn, items),
        top_tags=_top_tags(conn, period),
    )


def _published(conn: Connection) -> list[Period]:
    return [each for each in published.published_periods(conn) if periods.is_month(each)]


def _channels(conn: Connection, period: Period) -> list[tuple[Words, int]]:
    sums: Counter[str] = Counter()
    for parts in figures.split(conn, "region", None, period, "channel").values():
        for channel, tally in parts.items():
            sums[channel] += tally.rated
    return [(labels.channel(name), sums[name]) for name in sorted(sums) if sums[name]]


def _cities(conn: Connection, counties: Mapping[int, Frozen]) -> list[Counted]:
    """Return figures by city: counties are summed by the first four digits of their code."""
    sums: dict[str, list[Tally]] = {}
    for county, frozen in counties.items():
        sums.setdefault(f"{county:06}"[:4] + "00", []).append(frozen.tally)
    names = subjects.names(conn, "region", [int(code) for code in sums])
    rows = [
        (names[int(code)].name if int(code) in names else Words(code), figures.add_up(tallies))
        for code, tallies in sorted(sums.items())
    ]
    return _shown(rows)


def _top_items(conn: Connection, items: Mapping[int, Frozen]) -> list[Counted]:
    """Return the items with most bad reviews, then most ratings; sensitive ones by public name."""
    ordered = sorted(
        items, key=lambda each: (-items[each].tally.bad, -items[each].tally.rated, each)
    )[:TOP]
    names = subjects.names(conn, "item", ordered)
    return _shown([(names[each].name, items[each].tally) for each in ordered if each in names])


def _top_tags(conn: Connection, period: Period) -> list[Counted]:
    """Return the reasons that raters of the month's tickets chose most often."""
    sums = cases.reasons(conn, period)
    top = sorted(sums, key=lambda code: (-sums[code], code))[:TOP]
    cells = figures.suppress({code: sums[code] for code in top}, BELOW)
    return [Counted(labels.reason(code), "", cells[code].text) for code in top]


def _shown(found: Iterable[tuple[Words, Tally]]) -> list[Counted]:
    rows = list(found)
    bad = figures.suppress({str(place): tally.bad for place, (_, tally) in enumerate(rows)}, BELOW)
    rated = figures.suppress(
        {str(place): tally.rated for place, (_, tally) in enumerate(rows)}, BELOW
    )
    return [
        Counted(name, rated[str(place)].text, bad[str(place)].text)
        for place, (name, _) in enumerate(rows)
    ]


def _counted(each: Counted) -> dict[str, Any]:
    return {"name": _both(each.name), "rated": each.rated, "bad": each.bad}


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


_GRADES: Final = {int(grade): labels.grade(grade) for grade in sorted(Grade, reverse=True)}
