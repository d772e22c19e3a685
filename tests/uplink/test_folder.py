"""Tickets as files: read once in the order of their names, reports written once each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from haochaping.clock import FakeClock
from haochaping.hooks.exchange import TicketReport
from haochaping.uplink import fetching
from haochaping.uplink.desk import Exchange
from haochaping.uplink.folder import FILES_AT_ONCE, make
from haochaping.uplink.tables import exchange_cursor, exchange_ticket
from haochaping.worker import Worker
from tests.uplink.pair import CITY, UNIT, Place, found

SOURCES = {"hotline": {"gateway": "folder", "folder": "front", "pull": True}}


@pytest.fixture
def place(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> Any:
    place = found(tmp_path / "h", sqlite_url, clock, CITY, "{intake: both}", sources=SOURCES)
    (place.home / "front" / "in").mkdir(parents=True)
    yield place
    place.deployment.close()


def put(place: Place, name: str, content: Any) -> None:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    (place.home / "front" / "in" / name).write_text(text, "utf-8")


def ticket(no: str, **more: Any) -> dict[str, Any]:
    return {"no": no, "grade": 5, "organization_code": UNIT, "item_code": "I7", **more}


def taken(exchange: Exchange) -> list[str]:
    with exchange.store.read() as conn:
        return list(conn.execute(select(exchange_ticket.c.source_no).order_by("id")).scalars())


def test_files_are_read_once_in_order_and_told_of_as_files(place: Place) -> None:
    exchange = place.deployment.exchange
    put(place, "20261116-0001.json", ticket("A"))
    put(place, "20261116-0002.json", {"tickets": [ticket("B"), ticket("C", item_code="?")]})
    put(place, "20261116-0003.part", "half of a fi")
    assert fetching.fetch(exchange) == 3
    assert fetching.fetch(exchange) == 0
    assert taken(exchange) == ["A", "B", "C"]
    for _ in range(6):
        Worker(place.deployment).drain()
    out = [json.loads(one.read_text("utf-8")) for one in (place.home / "front/out").iterdir()]
    told = {(one["no"], one["kind"], one["state"]) for one in out}
    assert told == {
        ("A", "status", "recorded"),
        ("B", "status", "recorded"),
        ("C", "refused", "refused"),
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON"),
        ([{"grade": 5}], "no number under no"),
        ({"tickets": 3}, "expected one ticket"),
        ("[" + " " * 1_000_000 + "]", "at most 1000000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_waits(
    place: Place, content: Any, said: str
) -> None:
    exchange = place.deployment.exchange
    put(place, "1.json", ticket("A"))
    put(place, "2.json", content)
    assert fetching.fetch(exchange) == 0
    with exchange.store.read() as conn:
        error = conn.execute(select(exchange_cursor.c.error)).scalar_one()
    assert "2.json" in error
    assert said in error
    put(place, "2.json", ticket("B"))
    assert fetching.fetch(exchange) == 2


def test_many_files_come_page_by_page(place: Place) -> None:
    for number in range(FILES_AT_ONCE + 1):
        put(place, f"{number:04}.json", ticket(f"T{number}"))
    source = place.deployment.exchange.source("hotline")
    assert source is not None
    first = source.system().pull("")
    assert (len(first.tickets), first.more) == (FILES_AT_ONCE, True)
    rest = source.system().pull(first.cursor)
    assert (len(rest.tickets), rest.more) == (1, False)


def test_a_report_is_written_once(tmp_path: Path) -> None:
    system = make({"folder": "front", "home": str(tmp_path)}, None)  # type: ignore[arg-type]
    at = datetime(2026, 11, 16, 2, tzinfo=UTC)
    report = TicketReport("hotline:../reply:1", "A", "reply", at, text="已办")
    assert system.report(report) == system.report(report) == report.business_id
    (file,) = (tmp_path / "front" / "out").iterdir()
    assert json.loads(file.read_text("utf-8"))["text"] == "已办"
    with pytest.raises(ValueError, match="needs a folder"):
        make({"home": "/"}, None)  # type: ignore[arg-type]
