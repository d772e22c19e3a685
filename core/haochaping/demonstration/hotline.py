"""The hotline of a demonstration: tickets in a folder, one of them worked on to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from haochaping.demonstration.casework import Casework, Matter
from haochaping.demonstration.past import Past
from haochaping.demonstration.people import home_of
from haochaping.demonstration.places import Counter, counters
from haochaping.demonstration.services import moment
from haochaping.demonstration.timeline import Timeline
from haochaping.deployment import Deployment
from haochaping.evaluation.receipts import Receipt
from haochaping.hooks.values import EvaluationStatus, Grade, OccurrenceKey
from haochaping.uplink import fetching
from haochaping.uplink.tables import exchange_ticket

SOURCE: Final = "hotline"
FOLDER: Final = "hotline"
"""Folder of the hotline's files within the demonstration's."""

TITLE: Final = "12345 热线（演示）"

_DAYS_AGO: Final = (20, 2)
"""When somebody called who was dissatisfied: the first call is worked on to its end."""
_CALLED: Final = time(10, 20)
_TAKEN: Final = timedelta(minutes=2)
_GOOD, _UNKNOWN = 5, "11000000000000000X"


def play(past: Past, timeline: Timeline, work: Casework) -> None:
    """Have the hotline hand tickets in on past days, as far as tickets are taken here."""
    if SOURCE not in past.deployment.exchange.settings:
        return
    calendar, zone = past.deployment.calendar, past.almanac.zone
    for days, fate in zip(_DAYS_AGO, ("rectified", ""), strict=True):
        day = calendar.add_workdays(past.today - timedelta(days=days), 0)
        called = moment(day, _CALLED, zone)
        timeline.at(called, partial(_call, past, called))
        timeline.at(called + _TAKEN, partial(_take, past, called, work, fate))


def _call(past: Past, called: datetime) -> None:
    """Write the tickets of a day as the hotline's front machine does."""
    folder = past.deployment.home / FOLDER / "in"
    folder.mkdir(parents=True, exist_ok=True)
    for ticket in _tickets(past.deployment, called):
        text = json.dumps(ticket, ensure_ascii=False, indent=1)
        (folder / f"{ticket['no']}.json").write_text(text, encoding="utf-8")


def _tickets(deployment: Deployment, called: datetime) -> Iterator[Mapping[str, Any]]:
    with deployment.store.read() as conn:
        counter = home_of(counters(conn))
    bad = deployment.desk.rules.options.reasons(
        Grade.VERY_DISSATISFIED, deployment.desk.rules.reasons_shown
    )
    yield _ticket(counter, called, 1, grade=1, text=_TEXT, options=[bad[0].code])
    yield _ticket(counter, called, 2, grade=_GOOD)
    yield _ticket(counter, called, 3, grade=_GOOD, organization_code=_UNKNOWN)


def _ticket(counter: Counter, called: datetime, number: int, **said: Any) -> Mapping[str, Any]:
    offer = counter.offers[0]
    return {
        "no": f"{called:%Y%m%d}-{number:04}",
        "organization_code": offer.organization,
        "item_code": offer.item,
        "name": "李某",
        "mobile": f"1380000{number:04}",
        "served_at": (called - timedelta(hours=1)).isoformat(),
        "submitted_at": called.isoformat(),
        **said,
    }


def _take(past: Past, called: datetime, work: Casework, fate: str) -> None:
    """Fetch what the hotline has; follow the case of the day's first ticket."""
    deployment = past.deployment
    fetching.fetch(deployment.exchange)
    mine = exchange_ticket.c
    columns = (mine.region, mine.served_month, mine.first_id)
    query = select(*columns).where(mine.origin == SOURCE, mine.source_no == f"{called:%Y%m%d}-0001")
    with deployment.store.read() as conn:
        row = conn.execute(query).one()
    if fate:
        key = OccurrenceKey(row.region, row.served_month, row.first_id)
        receipt = Receipt("", EvaluationStatus.EFFECTIVE, called, key)
        work.follow(Matter(receipt, f"{called:%Y%m%d}"), fate)


def files(home: Path) -> Path:
    """Return the folder whose new files are taken in as tickets."""
    return home / FOLDER / "in"


_TEXT: Final = "同样的材料在窗口和网上各交了一遍，来回跑了两趟。"
