"""Fetching tickets from sources that are asked: the cursor moves once a page is taken in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from haochaping.containment import contained
from haochaping.delivery import breaker
from haochaping.hooks.exchange import TicketPage
from haochaping.logs import scrub
from haochaping.store.upsert import upsert
from haochaping.uplink import ticketing
from haochaping.uplink.desk import Exchange, Source
from haochaping.uplink.tables import exchange_cursor

_PAGES = 20
_ERROR = 300


def fetch(exchange: Exchange) -> int:
    """Ask every source that is asked; return how many tickets came."""
    if exchange.rules.intake == "local":
        return 0
    sources = (exchange.source(name) for name in exchange.settings)
    return sum(_fetch(exchange, one) for one in sources if one is not None and one.pull)


def _fetch(exchange: Exchange, source: Source) -> int:
    count = 0
    for _page in range(_PAGES):
        page = _page_of(exchange, source)
        if page is None:
            break
        for ticket in page.tickets:
            ticketing.take_one(exchange, source.name, ticket)
        with exchange.store.write() as conn:
            _move(conn, source.name, page.cursor, exchange.clock.now())
        count += len(page.tickets)
        if not page.more:
            break
    return count


def _page_of(exchange: Exchange, source: Source) -> TicketPage | None:
    """Return the next page; None while the source rests or has failed just now."""
    name, at = f"exchange:pull:{source.name}", exchange.clock.now()
    with exchange.store.read() as conn:
        cursor, failing = cursor_of(conn, source.name), breaker.is_open(conn, name)
    if failing:
        with exchange.store.write() as conn:
            if breaker.resting(conn, name, at) is not None:
                return None
    result = contained(f"source {source.name}", lambda: source.system().pull(cursor))
    with exchange.store.write() as conn:
        if result.value is None:
            breaker.failed(conn, name, at)
            _move(conn, source.name, cursor, at, scrub(result.message)[:_ERROR] or "no answer")
        else:
            breaker.worked(conn, name, at)
    return result.value


def cursor_of(conn: Connection, source: str) -> str:
    """Return how far the tickets of a source were fetched, empty at the beginning."""
    mine = exchange_cursor.c
    statement = select(mine.cursor).where(mine.source == source)
    return conn.execute(statement).scalar_one_or_none() or ""


def _move(conn: Connection, source: str, cursor: str, at: datetime, error: str = "") -> None:
    row = {"source": source, "cursor": cursor, "at": at, "error": error}
    upsert(conn, exchange_cursor, [row], ["source"], ["cursor", "at", "error"])
