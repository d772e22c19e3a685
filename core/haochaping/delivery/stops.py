"""Telephone numbers that want no SMS: kept as keyed hashes, asked before every SMS."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, select

from haochaping.delivery.tables import sms_stop
from haochaping.store.upsert import insert_or_ignore

CONFIRMS: Final = "sms-stop:"
"""Business ids of messages that confirm an opt-out; nothing else goes to who opted out."""


def stop(conn: Connection, mobile_mac: str, at: datetime) -> bool:
    """Note that a number wants no SMS; return False when it was noted before."""
    return insert_or_ignore(conn, sms_stop, [{"mobile_mac": mobile_mac, "at": at}]) == 1


def resume(conn: Connection, mobile_mac: str) -> bool:
    """Note that a number wants SMS again; return False when it had not opted out."""
    return conn.execute(delete(sms_stop).where(_is(mobile_mac))).rowcount == 1


def stopped(conn: Connection, mobile_mac: str) -> bool:
    """Say whether a number wants no SMS."""
    return conn.execute(select(sms_stop.c.at).where(_is(mobile_mac))).first() is not None


def _is(mobile_mac: str) -> ColumnElement[bool]:
    return sms_stop.c.mobile_mac == mobile_mac
