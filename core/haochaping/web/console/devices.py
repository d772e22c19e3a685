"""Window devices: their windows, their health, their keys (each shown once)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request

from haochaping.access import device_listing, devices
from haochaping.access.bearer import KeyRefused
from haochaping.access.devices import Device
from haochaping.access.principals import Forbidden
from haochaping.catalog import subjects, windows
from haochaping.messages import N_
from haochaping.web import formats
from haochaping.web.console import reach
from haochaping.web.console.wording import Tag
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("devices", "haochaping.web")
HERE: Final = "/console/devices"
PERMISSION: Final = "device.manage"
_KEEPING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": N_("还没有报告"),
        "ready": N_("可以：加密保存在本机"),
        "insecure": N_("不可以：没有用 https 打开"),
        "no_storage": N_("不可以：浏览器没有存储"),
        "full": N_("不可以：存储已满"),
    }
)
"""Whether a device can keep ratings while the line is down, in words."""
ID_DIGITS: Final = 19
"""Fewer digits than this fit an id's column."""
CLOCK_OFF_MS: Final = 60_000
"""A device's clock that is off by more than this is shown; its times are never believed."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device with its place and health."""

    id: int
    name: str
    where: str
    tags: tuple[Tag, ...]
    seen: str
    software: str
    ended: bool
    href: str = ""


@dataclass(frozen=True, slots=True)
class DevicePage:
    """The devices within reach, and the form of a new one."""

    rows: tuple[DeviceRow, ...]
    more: str
    windows: tuple[tuple[int, str], ...]
    place: int
    hall: str = ""
    window: str = ""
    name: str = ""
    done: str = ""
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthPage:
    """How one device is: what it said of itself when it was last heard of."""

    name: str
    tags: tuple[Tag, ...]
    facts: tuple[tuple[str, str], ...]
    refusals: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KeyOnce:
    """A key that is shown once: what it is for, how to use it, where to go on."""

    title: str
    key: str
    hint: str
    href: str


@route(pages, HERE)
def listing() -> str:
    """Show the devices within reach."""
    return render_template("console/devices.html", page=_page())


@route(pages, HERE, methods=("POST",))
def add() -> Response:
    """Register a device for a window; its key is shown once."""
    hall, code = (request.form.get(name, "").strip()[:64] for name in ("hall", "window"))
    deployment = site()
    try:
        with deployment.store.write() as conn:
            chosen = _chosen()
            found = windows.get(conn, chosen) if chosen else windows.find(conn, hall, code)
            if found is None:
                return _again(_("请选择窗口；填代码的，请在基础数据里核对"))
            if not reach.reaches_unit(conn, PERMISSION, "window", found.id):
                raise Forbidden(permission=PERMISSION)
            emit, at = deployment.journal.emit, deployment.clock.now()
            place = (found.id, request.form.get("name", "").strip()[:64] or words(found.name))
            device_id, key = devices.add(conn, deployment.keyring, emit, place, at)
    except Forbidden as problem:
        return _again(words(problem.detail), problem.status)
    return _shown(device_id, place[1], key)


@route(pages, f"{HERE}/<int:device_id>")
def show(device_id: int) -> str:
    """Show how a device is: last seen, queue, clock, software, refused ratings by reason."""
    with site().store.read() as conn:
        known = device_listing.manages(conn, principal(), device_id)
        found = devices.load(conn, device_id) if known else None
        if found is None:
            raise NotFound()
        window, hall = (
            windows.get(conn, found.window_id),
            windows.hall_names(conn, {found.window_id}),
        )
    where = f"{words(hall.get(found.window_id))} · {words(window.name) if window else ''}"
    page = HealthPage(
        found.name, _health(found, site().clock.now()), _facts(found, where), _refusals(found)
    )
    return render_template("console/device.html", page=page)


@route(pages, f"{HERE}/<int:device_id>/renew", methods=("POST",))
def renew(device_id: int) -> Response:
    """Give a device a new key; the old one ends at once."""
    deployment = site()
    with deployment.store.write() as conn:
        if not device_listing.manages(conn, principal(), device_id):
            raise NotFound()
        emit, at = deployment.journal.emit, deployment.clock.now()
        try:
            key = devices.renew(conn, deployment.keyring, emit, device_id, at)
        except KeyRefused:
            return make_response(redirect(HERE, 303))  # ended meanwhile
        found = devices.load(conn, device_id)
    return _shown(device_id, found.name if found else "", key)


@route(pages, f"{HERE}/<int:device_id>/revoke", methods=("POST",))
def revoke(device_id: int) -> Response:
    """End a device's key."""
    deployment, who = site(), principal()
    with deployment.store.write() as conn:
        if not device_listing.manages(conn, who, device_id):
            raise NotFound()
        emit, at = deployment.journal.emit, deployment.clock.now()
        devices.revoke(conn, emit, device_id, at, who.account_id)
    return make_response(redirect(f"{HERE}?done=1", 303))


def _page(*faults: FieldFault) -> DevicePage:
    after = (request.args.get("after", "")[:64], request.args.get("id", 0, type=int))
    now = site().clock.now()
    with site().store.read() as conn:
        found = device_listing.managed(conn, principal(), after)
        offered = device_listing.windows(conn, principal())
        ids = {one.window_id for one in found}
        named, halls = subjects.names(conn, "window", ids), windows.hall_names(conn, ids)
    rows = tuple(
        _row(one, f"{words(halls.get(one.window_id))} · {words(named[one.window_id].name)}", now)
        for one in found
    )
    full = len(found) == device_listing.PAGE
    query = urlencode({"after": found[-1].name, "id": found[-1].id}) if full else ""
    given = {name: request.form.get(name, "") for name in ("hall", "window", "name")}
    done = _("密钥已收回，设备不能再使用。") if request.args.get("done") else ""
    return DevicePage(
        rows,
        f"{HERE}?{query}" if query else "",
        tuple((one.id, f"{words(one.hall)} · {words(one.name)}") for one in offered),
        _chosen(),
        **given,
        done=done,
        faults=faults,
    )


def _row(one: Device, where: str, now: datetime) -> DeviceRow:
    return DeviceRow(
        id=one.id,
        name=one.name,
        where=where,
        tags=_health(one, now),
        seen=formats.moment(one.seen_at) if one.seen_at else _("从未连接"),
        software=one.software,
        ended=one.revoked_at is not None,
        href=f"{HERE}/{one.id}",
    )


def _facts(one: Device, where: str) -> tuple[tuple[str, str], ...]:
    seconds = round(one.clock_offset_ms / 1000)
    return (
        (_("窗口"), where),
        (_("最近连接"), formats.moment(one.seen_at) if one.seen_at else _("从未连接")),
        (_("待上传的评价"), str(one.waiting)),
        (_("没有被接收的评价"), str(one.refused)),
        (_("时钟偏差"), _("%(n)s 秒（不影响评价时间，时间以服务器为准）", n=seconds)),
        (_("断网保存"), _(_KEEPING.get(one.keeping, _KEEPING[""]))),
        (_("软件版本"), one.software or "—"),
        (_("登记时间"), formats.moment(one.created_at)),
    )


def _refusals(one: Device) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition("=") for line in one.refusals.splitlines())
    return tuple((code, count) for code, _sign, count in pairs)


def _present(one: Device, now: datetime) -> Tag:
    if one.seen_at is None:
        return Tag(_("还没有用过"))
    return Tag(_("离线"), "bad") if one.away(now) else Tag(_("在线"), "good")


def _health(one: Device, now: datetime) -> tuple[Tag, ...]:
    if one.revoked_at is not None:
        return (Tag(_("已收回")),)
    marks = [_present(one, now)]
    if one.waiting:
        marks.append(Tag(_("%(n)s 条待上传", n=one.waiting), "warn"))
    if one.refused:
        marks.append(Tag(_("%(n)s 条未被接收", n=one.refused), "bad"))
    if one.keeping not in ("", "ready"):
        marks.append(Tag(_("断网时不能保存"), "warn"))
    if abs(one.clock_offset_ms) > CLOCK_OFF_MS:
        seconds = round(one.clock_offset_ms / 1000)
        marks.append(Tag(_("时钟偏差 %(n)s 秒", n=seconds), "warn"))
    return tuple(marks)


def _chosen() -> int:
    """Return the id of the window that was chosen from the list, 0 for none."""
    given = request.form.get("place", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < ID_DIGITS else 0


def _again(message: str, status: int = 422) -> Response:
    page = _page(FieldFault("window", message))
    return make_response(render_template("console/devices.html", page=page), status)


def _shown(device_id: int, name: str, key: str) -> Response:
    address = f"{site().settings.base_url.rstrip('/')}/device/{device_id}"
    hint = _("在设备上打开 %(address)s，输入这个密钥。", address=address)
    once = KeyOnce(_("设备“%(name)s”的密钥", name=name), key, hint, HERE)
    return make_response(render_template("console/key_once.html", once=once))
