"""Window devices: registered with a key, bound to one window, seen now and then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from haochaping.access.bearer import KeyRefused, mac_of, new_key, unseen
from haochaping.access.tables import device
from haochaping.catalog.tables import hall, window
from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event
from haochaping.problems import Problem

PREFIX: Final = "hcpd"
AWAY_AFTER: Final = timedelta(minutes=5)
"""A device not seen for this long is shown as away."""
KEEPING: Final = ("ready", "insecure", "no_storage", "full")
"""Ready; not opened by https; no storage in this browser; no room left."""
_SOFTWARE_LENGTH: Final = 80
_REASONS_KEPT: Final = 12
_REASON: Final = re.compile(r"HCP-[A-Z0-9-]{2,40}")
_WAITING_MAX: Final = 1_000_000


class NoSuchWindow(Problem):
    """A device can only be registered for a window that exists."""

    code = "HCP-NO-SUCH-WINDOW"
    status = 404
    title = Words("没有这个窗口", "There is no such window")


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device."""

    id: int
    name: str
    window_id: int
    hall_id: int
    organization_id: int
    region: str
    created_at: datetime
    seen_at: datetime | None
    waiting: int
    clock_offset_ms: int
    software: str
    revoked_at: datetime | None
    refused: int = 0
    refusals: str = ""
    keeping: str = ""

    def away(self, at: datetime) -> bool:
        """Say whether the device has not been seen for a while."""
        return self.seen_at is None or at - self.seen_at >= AWAY_AFTER


@dataclass(frozen=True, slots=True)
class Report:
    """What a device says of itself: its queue, its own time, its software; None: not said.

    `refused` counts ratings that were sent and refused, by reason code. `keeping` is one of
    `KEEPING`: whether it can keep ratings while the line is down, and if not, why not.
    """

    waiting: int | None = None
    device_time: datetime | None = None
    software: str = ""
    refused: Mapping[str, int] | None = None
    keeping: str = ""


def add(
    conn: Connection, keyring: Keyring, emit: Emit, place: tuple[int, str], at: datetime
) -> tuple[int, str]:
    """Register a device; `place` is window id and the device's name.

    Returns its id and its key, which is shown once. Raises NoSuchWindow.
    """
    window_id, name = place
    region = _region_of(conn, window_id)
    key, device_id = new_key(PREFIX), new_id()
    row = {
        "id": device_id,
        "key_mac": mac_of(keyring, key),
        "name": name.strip() or str(device_id),
        "window_id": window_id,
        "region": region,
        "created_at": at,
    }
    conn.execute(insert(device).values(row))
    emit(conn, Event("device.added", f"device:{device_id}", {"window_id": window_id}, region), at)
    return device_id, key


def renew(conn: Connection, keyring: Keyring, emit: Emit, device_id: int, at: datetime) -> str:
    """Give a device a new key, shown once; the old one ends. Raises KeyRefused."""
    key = new_key(PREFIX)
    statement = (
        update(device)
        .where(device.c.id == device_id, device.c.revoked_at.is_(None))
        .values(key_mac=mac_of(keyring, key))
    )
    if conn.execute(statement).rowcount != 1:
        raise KeyRefused()
    emit(conn, Event("device.renewed", f"device:{device_id}"), at)
    return key


def authenticate_device(conn: Connection, keyring: Keyring, key: str) -> Device:
    """Return the device of a key, by one indexed look-up. Raises KeyRefused."""
    statement = _devices().where(
        device.c.key_mac == mac_of(keyring, key), device.c.revoked_at.is_(None)
    )
    row = conn.execute(statement).one_or_none()
    if row is None:
        raise KeyRefused()
    return _device(row)


def seen(conn: Connection, found: Device, report: Report, at: datetime) -> None:
    """Note that a device was heard of: at most once a minute, or when its queue changed."""
    said = _said(report)
    changed = any(said[name] != getattr(found, name) for name in _QUEUE if name in said)
    if not unseen(found.seen_at, at) and not changed:
        return
    values: dict[str, object] = {"seen_at": at, **said}
    if report.device_time is not None:
        offset = report.device_time - at
        values["clock_offset_ms"] = offset // timedelta(milliseconds=1)
    conn.execute(update(device).where(device.c.id == found.id).values(values))


_QUEUE: Final = ("waiting", "refused", "refusals", "keeping")


def _said(report: Report) -> dict[str, object]:
    """Return the columns that a report speaks of; what it does not say stays as it was."""
    said: dict[str, object] = {}
    if report.waiting is not None:
        said["waiting"] = _count(report.waiting)
    if report.refused is not None:
        counts = [
            (code, _count(n)) for code, n in report.refused.items() if _REASON.fullmatch(code)
        ]
        said["refused"] = _count(sum(report.refused.values()))
        said["refusals"] = "\n".join(f"{code}={n}" for code, n in sorted(counts)[:_REASONS_KEPT])
    if report.software:
        said["software"] = report.software[:_SOFTWARE_LENGTH]
    if report.keeping in KEEPING:
        said["keeping"] = report.keeping
    return said


def _count(number: int) -> int:
    return min(max(number, 0), _WAITING_MAX)


def revoke(
    conn: Connection, emit: Emit, device_id: int, at: datetime, by: int | None = None
) -> bool:
    """End a device's key; return False when it is unknown or has ended."""
    statement = (
        update(device)
        .where(device.c.id == device_id, device.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    if conn.execute(statement).rowcount != 1:
        return False
    emit(conn, Event("device.revoked", f"device:{device_id}", {"by": by}), at)
    return True


def load(conn: Connection, device_id: int) -> Device | None:
    """Return a device by id, None when it is unknown."""
    row = conn.execute(_devices().where(device.c.id == device_id)).one_or_none()
    return None if row is None else _device(row)


def listing(conn: Connection, *, hall_id: int | None = None) -> tuple[Device, ...]:
    """Return the devices of a hall or all of them, the ended ones too, by name."""
    statement = _devices().order_by(device.c.name, device.c.id)
    if hall_id is not None:
        statement = statement.where(window.c.hall_id == hall_id)
    return tuple(_device(row) for row in conn.execute(statement))


def of_window(conn: Connection, window_id: int) -> tuple[Device, ...]:
    """Return the devices of a window whose keys are in force."""
    statement = _devices().where(device.c.window_id == window_id, device.c.revoked_at.is_(None))
    return tuple(_device(row) for row in conn.execute(statement))


def _region_of(conn: Connection, window_id: int) -> str:
    statement = (
        select(hall.c.region)
        .join(window, window.c.hall_id == hall.c.id)
        .where(window.c.id == window_id)
    )
    region = conn.execute(statement).scalar_one_or_none()
    if region is None:
        raise NoSuchWindow()
    return str(region)


def _devices() -> Any:
    return select(device, window.c.hall_id, window.c.organization_id).join(
        window, window.c.id == device.c.window_id
    )


def _device(row: Row[Any]) -> Device:
    return Device(**{name: getattr(row, name) for name in Device.__slots__})
