"""How far an auditor looks: what was done to accounts, ratings and machines within one's reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, select

from haochaping.access.principals import allowed
from haochaping.access.reveals import Looked
from haochaping.access.tables import api_key, device
from haochaping.journal.reading import Entry
from haochaping.rectification import case_view
from haochaping.rectification.records import Case, by_id
from haochaping.web.console import account_rules, reach
from haochaping.web.guard import principal

PERMISSION: Final = "audit.read"


def shows(conn: Connection, entry: Entry) -> bool:
    """Say whether who is signed in may read an event.

    What names nothing that lies in a place is for those who audit the whole deployment.
    """
    if reach.everywhere(PERMISSION):
        return True
    kind, _sign, number = entry.subject.partition(":")
    place = _PLACES.get(kind)
    if place is not None:
        return place(conn, number)
    return bool(entry.region) and _within(conn, entry.region)


def shows_look(conn: Connection, looked: Looked) -> bool:
    """Say whether who is signed in may read of a look at somebody's identity."""
    if reach.everywhere(PERMISSION):
        return True
    number = looked.look.case_id
    if number is None:
        return account_rules.manageable(conn, PERMISSION, looked.look.account_id)
    return _case(conn, by_id(conn, number))


def _case(conn: Connection, case: Case) -> bool:
    return allowed(principal(), PERMISSION, case_view.scope_of(conn, case))


def _account(conn: Connection, number: str) -> bool:
    return number.isdigit() and account_rules.manageable(conn, PERMISSION, int(number))


def _rating(conn: Connection, number: str) -> bool:
    parts = number.split(":")
    if len(parts) != 3 or not all(one.isdigit() for one in parts):
        return False
    return _within(conn, parts[0])


def _device(conn: Connection, number: str) -> bool:
    window = select(device.c.window_id).where(device.c.id == int(number))
    found = conn.execute(window).scalar_one_or_none() if number.isdigit() else None
    return found is not None and reach.reaches_unit(conn, PERMISSION, "window", found)


def _key(conn: Connection, number: str) -> bool:
    where = select(api_key.c.region).where(api_key.c.id == int(number))
    found = conn.execute(where).scalar_one_or_none() if number.isdigit() else None
    return bool(found) and _within(conn, str(found))


def _within(conn: Connection, region: str) -> bool:
    return allowed(principal(), PERMISSION, reach.region_scope(conn, region))


_PLACES: Final[Mapping[str, Callable[[Connection, str], bool]]] = MappingProxyType(
    {
        "account": _account,
        "evaluation": _rating,
        "occurrence": _rating,
        "device": _device,
        "api_key": _key,
        "key": _key,
    }
)
"""What the subject of an event names, and how it is found to be within reach."""
