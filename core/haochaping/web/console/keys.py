"""Keys of business systems: made (shown once), bounded by region, unit and scope, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access import api_keys, placing
from haochaping.access.api_keys import ApiKey, KeyUnusable, NewApiKey
from haochaping.access.grants import GrantRefused
from haochaping.access.principals import Forbidden, Scope, allowed
from haochaping.access.roles import API_SCOPES
from haochaping.catalog import organizations, places, regions
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.web import formats
from haochaping.web.console import reach
from haochaping.web.console.devices import KeyOnce
from haochaping.web.console.wording import Tag
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import known_keys, principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("keys", "haochaping.web")
HERE: Final = "/console/keys"
PERMISSION: Final = "key.manage"
LONGEST_DAYS: Final = 3660


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key: what it may do and where, never the key itself."""

    id: int
    name: str
    where: str
    scopes: str
    tag: Tag
    seen: str
    until: str
    ended: bool


@dataclass(frozen=True, slots=True)
class KeysPage:
    """The keys within reach, and the form of a new one."""

    rows: tuple[KeyRow, ...]
    scopes: tuple[tuple[str, str], ...]
    chosen: frozenset[str]
    values: dict[str, str]
    done: str = ""
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def listing() -> str:
    """Show the keys within reach."""
    return render_template("console/keys.html", page=_page())


@route(pages, HERE, methods=("POST",))
def add() -> Response:
    """Make a key and show it once."""
    deployment, at = site(), site().clock.now()
    try:
        with deployment.store.write() as conn:
            new = _wanted(conn, at)
            _require_within(conn, new)
            emit = deployment.journal.emit
            _key_id, key = api_keys.add(conn, deployment.keyring, emit, new, at)
    except (KeyUnusable, GrantRefused, Forbidden) as problem:
        return _again(problem)
    hint = _("业务系统在请求头里带上：Authorization: Bearer 密钥。")
    once = KeyOnce(_("“%(name)s”的接口密钥", name=new.name), key, hint, HERE)
    return make_response(render_template("console/key_once.html", once=once))


@route(pages, f"{HERE}/<int:key_id>/revoke", methods=("POST",))
def revoke(key_id: int) -> Response:
    """End a key."""
    deployment = site()
    with deployment.store.write() as conn:
        found = next((one for one in api_keys.listing(conn) if one.id == key_id), None)
        if found is None or not _within(found):
            raise NotFound()
        emit, at = deployment.journal.emit, deployment.clock.now()
        api_keys.revoke(conn, emit, key_id, at, principal().account_id)
    known_keys().forget()
    return make_response(redirect(f"{HERE}?done=1", 303))


def _wanted(conn: Connection, at: datetime) -> NewApiKey:
    """Return the key that was asked for. Raises KeyUnusable, GrantRefused."""
    posted = request.form
    days = posted.get("days", "").strip()
    if days and not (days.isascii() and days.isdigit() and 1 <= int(days) <= LONGEST_DAYS):
        raise KeyUnusable(
            Words("有效天数应为 1 至 3660 的整数", "Give 1 to 3660 days"), field="days"
        )
    return NewApiKey(
        name=posted.get("name", "").strip()[:64],
        scopes=frozenset(posted.getlist("scopes")),
        region=posted.get("region", "").strip()[:12],
        organization_id=placing.organization_id(conn, posted.get("organization", "").strip()[:64]),
        expires_at=at + timedelta(days=int(days)) if days else None,
        by=principal().account_id,
    )


def _require_within(conn: Connection, new: NewApiKey) -> None:
    """Raise Forbidden unless the key would reach only where one's own permission does."""
    scope = reach.region_scope(conn, new.region)
    if new.organization_id is not None:
        place = reach.scope_of(places.of_subject(conn, "organization", new.organization_id))
        scope = place or scope
    if not allowed(principal(), PERMISSION, scope):
        raise Forbidden(permission=PERMISSION)


def _within(one: ApiKey) -> bool:
    return allowed(principal(), PERMISSION, Scope(one.region_path, one.organization_path))


def _page(*faults: FieldFault) -> KeysPage:
    now = site().clock.now()
    with site().store.read() as conn:
        rows = tuple(_row(conn, one, now) for one in api_keys.listing(conn) if _within(one))
    names = ("name", "region", "organization", "days")
    return KeysPage(
        rows=rows,
        scopes=tuple((scope, words(title)) for scope, title in API_SCOPES.items()),
        chosen=frozenset(request.form.getlist("scopes")),
        values={name: request.form.get(name, "") for name in names},
        done=_("密钥已收回。") if request.args.get("done") else "",
        faults=faults,
    )


def _row(conn: Connection, one: ApiKey, now: datetime) -> KeyRow:
    ended = one.revoked_at is not None
    expired = one.expires_at is not None and one.expires_at <= now
    region = regions.find(conn, one.region)
    unit = organizations.get(conn, one.organization_id) if one.organization_id else None
    return KeyRow(
        id=one.id,
        name=one.name,
        where=" · ".join(words(each.name) for each in (region, unit) if each is not None),
        scopes="、".join(words(API_SCOPES.get(each, each)) for each in sorted(one.scopes)),
        tag=_tag(ended=ended, expired=expired),
        seen=formats.moment(one.seen_at) if one.seen_at else _("从未使用"),
        until=formats.day(one.expires_at) if one.expires_at else _("不限"),
        ended=ended or expired,
    )


def _tag(*, ended: bool, expired: bool) -> Tag:
    if ended:
        return Tag(_("已收回"))
    return Tag(_("已过期"), "warn") if expired else Tag(_("有效"), "good")


def _again(problem: Problem) -> Response:
    field = str(problem.fields.get("field", "region"))
    page = _page(FieldFault(field, words(problem.detail)))
    return make_response(render_template("console/keys.html", page=page), problem.status)
