"""What they have, what we have: days compared by count and digest, then item by item."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection, Select, case, select, update

from haochaping.delivery.addresses import OutgoingFault
from haochaping.hooks.exchange import ExchangeRefused, Sealed
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.uplink.desk import UPPER, Exchange
from haochaping.uplink.packing import WAITING
from haochaping.uplink.tables import exchange_received, uplink_item

PAGE: Final = 1000
MOST_DAYS: Final = 31
MISSING, OLDER, NEWER, OTHER, UNKNOWN = "missing", "older", "newer", "other", "unknown"
"""How an item differs there: not there, an older or newer state, another content, unknown here."""


class NotComparable(Problem):
    """The next platform could not be asked what it has."""

    code = "HCP-NOT-COMPARABLE"
    status = 502
    title = Words("现在不能与上级平台对账", "The next platform cannot be asked now")


@dataclass(frozen=True, slots=True)
class Day:
    """What a platform has of one kind on one local day."""

    day: str
    kind: str
    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Held:
    """One item as a platform has it."""

    kind: str
    subject: str
    revision: int
    digest: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that the two platforms do not have alike; a revision of 0: not there."""

    day: str
    kind: str
    subject: str
    what: str
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result: days as both have them, and every difference."""

    ours: Sequence[Day]
    theirs: Sequence[Day]
    differences: Sequence[Difference]


def received_days(conn: Connection, sender: str, first: date, last: date) -> Sequence[Day]:
    """Return what was received of a sender, by day and kind."""
    mine = exchange_received.c
    columns = (mine.day, mine.kind, mine.subject, mine.revision, mine.digest)
    statement = select(*columns).where(mine.sender == sender, mine.day.between(first, last))
    return _days(conn, statement.order_by(mine.day, mine.kind, mine.subject))


def received_on(conn: Connection, sender: str, day: date, after: tuple[str, str]) -> Sequence[Held]:
    """Return a page of what was received of a sender on a day, behind a kind and subject."""
    mine = exchange_received.c
    kind, subject = after
    statement = select(mine.kind, mine.subject, mine.revision, mine.digest).where(
        mine.sender == sender,
        mine.day == day,
        (mine.kind > kind) | ((mine.kind == kind) & (mine.subject > subject)),
    )
    rows = conn.execute(statement.order_by(mine.kind, mine.subject).limit(PAGE))
    return [Held(*row) for row in rows]


def sent_days(conn: Connection, first: date, last: date) -> Sequence[Day]:
    """Return what the next platform has acknowledged, by day and kind."""
    mine = uplink_item.c
    columns = (mine.day, mine.kind, mine.subject, mine.sent_revision, mine.digest)
    statement = _sent(select(*columns)).where(mine.day.between(first, last))
    return _days(conn, statement.order_by(mine.day, mine.kind, mine.subject))


def compare(exchange: Exchange, first: date, last: date) -> Comparison:
    """Ask the next platform what it has and compare. Raises OutgoingFault, ExchangeRefused."""
    with exchange.store.read() as conn:
        ours = sent_days(conn, first, last)
    theirs = _their_days(exchange, first, last)
    known, there = (_by_place(days) for days in (ours, theirs))
    unequal = sorted(
        {place[0] for place in known.keys() | there.keys() if known.get(place) != there.get(place)}
    )
    found = [one for day in unequal for one in _differences(exchange, day)]
    return Comparison(ours, theirs, found)


def checked(exchange: Exchange, first: date, last: date) -> Comparison:
    """Return the comparison. Raises NotComparable, with what to do, when it cannot be made."""
    if not exchange.sends:
        raise NotComparable(_NO_UPPER)
    try:
        return compare(exchange, first, last)
    except OutgoingFault as error:
        raise NotComparable(Words(f"上级平台没有应答：{error}", f"No answer: {error}")) from error
    except ExchangeRefused as error:
        raise NotComparable(error.why) from error


def send_again(exchange: Exchange, differences: Sequence[Difference]) -> int:
    """Queue what the next platform lacks or has otherwise; return how many items."""
    at, mine, count = exchange.clock.now(), uplink_item.c, 0
    with exchange.store.write() as conn:
        for one in differences:
            newest = max(one.ours, one.theirs)
            statement = (
                update(uplink_item)
                .where(mine.target == UPPER, mine.kind == one.kind, mine.subject == one.subject)
                .values(
                    state=WAITING,
                    revision=_at_least(newest),
                    queued_at=at,
                    ready_at=at,
                    batch_id="",
                )
            )
            count += conn.execute(statement).rowcount
    return count


def _at_least(newest: int) -> Any:
    mine = uplink_item.c.revision
    return case((mine > newest, mine + 1), else_=newest + 1)


def _by_place(days: Sequence[Day]) -> Mapping[tuple[str, str], Day]:
    return {(one.day, one.kind): one for one in days}


def _sent(statement: Select[Any]) -> Select[Any]:
    mine = uplink_item.c
    return statement.where(mine.target == UPPER, mine.sent_revision > 0)


def _days(conn: Connection, statement: Select[Any]) -> Sequence[Day]:
    found: dict[tuple[str, str], tuple[int, Any]] = {}
    for day, kind, *held in conn.execute(statement):
        count, hashed = found.get((day.isoformat(), kind), (0, None))
        hashed = hashed or hashlib.sha256()
        hashed.update(("\n".join(map(str, held)) + "\n\n").encode())
        found[(day.isoformat(), kind)] = (count + 1, hashed)
    return [Day(*place, count, hashed.hexdigest()) for place, (count, hashed) in found.items()]


def _differences(exchange: Exchange, day: str) -> Iterator[Difference]:
    mine = uplink_item.c
    columns = (mine.kind, mine.subject, mine.sent_revision, mine.digest)
    with exchange.store.read() as conn:
        rows = conn.execute(_sent(select(*columns)).where(mine.day == date.fromisoformat(day)))
        ours = {(row.kind, row.subject): Held(*row) for row in rows}
    theirs = {(one.kind, one.subject): one for one in _their_items(exchange, day)}
    for place in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(place), theirs.get(place)
        what = _what(here, there)
        if what:
            seen = [0 if one is None else one.revision for one in (here, there)]
            yield Difference(day, place[0], place[1], what, seen[0], seen[1])


def _what(ours: Held | None, theirs: Held | None) -> str:
    if ours is None or theirs is None:
        return UNKNOWN if ours is None else MISSING
    if ours.revision != theirs.revision:
        return OLDER if theirs.revision < ours.revision else NEWER
    return "" if ours.digest == theirs.digest else OTHER


def _their_days(exchange: Exchange, first: date, last: date) -> Sequence[Day]:
    asked = {"sender": exchange.code, "from": first.isoformat(), "until": last.isoformat()}
    data = _ask(exchange, "digest", asked)
    return [Day(one["day"], one["kind"], one["count"], one["digest"]) for one in data["days"]]


def _their_items(exchange: Exchange, day: str) -> Iterator[Held]:
    cursor: str | None = ""
    while cursor is not None:
        data = _ask(exchange, f"digest/{day}", {"sender": exchange.code, "cursor": cursor})
        for one in data["items"]:
            yield Held(one["kind"], one["subject"], one["revision"], one["digest"])
        cursor = data["next"]


def _ask(exchange: Exchange, what: str, query: Mapping[str, str]) -> Mapping[str, Any]:
    sealed: Sealed = exchange.crypto().seal(b"", exchange.clock.now())
    headers = {
        "Authorization": f"Bearer {exchange.secret('uplink-key')}",
        "X-Haochaping-Sender": exchange.code,
        **sealed.headers,
    }
    answer = exchange.http.get(f"{exchange.upper_url}/{what}?{urlencode(query)}", headers)
    try:
        data = json.loads(answer.body)
    except ValueError:
        data = None
    if not isinstance(data, dict) or not {"days", "items"} & set(data):
        raise ExchangeRefused(
            Words("上级平台的对账应答无法读取", "The next platform's answer cannot be read")
        )
    return data


_NO_UPPER: Final = Words(
    "本部署没有上级平台：请在 deployment.yaml 的 exchange.upper 填写地址",
    "This deployment has no next platform: set exchange.upper in deployment.yaml",
)
