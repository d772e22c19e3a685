"""Keys of business systems, each bound to a region's subtree and to scopes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from haochaping.access.bearer import KeyRefused, mac_of, new_key, unseen
from haochaping.access.roles import API_SCOPES
from haochaping.access.tables import api_key
from haochaping.catalog.tables import organization, region
from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event
from haochaping.problems import Problem
from haochaping.store.prepared import Prepared

PREFIX: Final = "hcpk"


class ScopeMissing(Problem):
    """The key is good but not for this."""

    code = "HCP-SCOPE-MISSING"
    status = 403
    title = Words("该密钥没有此接口的权限", "The key has no right to use this interface")


class KeyUnusable(Problem):
    """A key that could not do anything is not made."""

    code = "HCP-KEY-UNUSABLE"
    status = 422
    title = Words("密钥设置有误", "The key's settings do not fit")


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key to be made. `region` and `organization_id` are the roots of what it may write."""

    name: str
    scopes: frozenset[str]
    region: str
    organization_id: int | None = None
    expires_at: datetime | None = None
    by: int | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that was recognised."""

    id: int
    name: str
    scopes: frozenset[str]
    region: str
    region_path: str
    organization_id: int | None
    organization_path: str
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None

    def reaches(self, region_path: str, organization_path: str = "") -> bool:
        """Say whether the key may write at this place."""
        return region_path.startswith(self.region_path) and (
            self.organization_id is None
            or (
                bool(self.organization_path)
                and organization_path.startswith(self.organization_path)
            )
        )


def add(
    conn: Connection, keyring: Keyring, emit: Emit, new: NewApiKey, at: datetime
) -> tuple[int, str]:
    """Make a key; return its id and the key itself, which is shown once. Raises KeyUnusable."""
    _require_usable(conn, new)
    key, key_id = new_key(PREFIX), new_id()
    row = {
        "id": key_id,
        "key_mac": mac_of(keyring, key),
        "name": new.name.strip(),
        "scopes": sorted(new.scopes),
        "region": new.region,
        "organization_id": new.organization_id,
        "created_at": at,
        "created_by": new.by,
        "expires_at": new.expires_at,
    }
    conn.execute(insert(api_key).values(row))
    payload = {"by": new.by, "scopes": sorted(new.scopes)}
    emit(conn, Event("key.added", f"api_key:{key_id}", payload, new.region), at)
    return key_id, key


def authenticate_api_key(
    conn: Connection, keyring: Keyring, key: str, scope: str, at: datetime
) -> ApiKey:
    """Return the key's record, by one indexed look-up. Raises KeyRefused or ScopeMissing.

    Call `seen` in a writing transaction when `bearer.unseen` says it is time.
    """
    found = authenticate_mac(conn, mac_of(keyring, key), at)
    if scope not in found.scopes:
        raise ScopeMissing(scope=scope)
    return found


def authenticate_mac(conn: Connection, mac: str, at: datetime) -> ApiKey:
    """Return the record of a key by its keyed hash, whatever its scopes. Raises KeyRefused."""
    row = _BY_KEY.first(conn, {"mac": mac, "at": at})
    if row is None:
        raise KeyRefused()
    return _api_key(row)


def seen(conn: Connection, found: ApiKey, at: datetime) -> None:
    """Note that a key was used, at most once a minute."""
    if unseen(found.seen_at, at):
        conn.execute(update(api_key).where(api_key.c.id == found.id).values(seen_at=at))


def revoke(conn: Connection, emit: Emit, key_id: int, at: datetime, by: int | None = None) -> bool:
    """End a key; return False when it is unknown or has ended."""
    statement = (
        update(api_key)
        .where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    if conn.execute(statement).rowcount != 1:
        return False
    emit(conn, Event("key.revoked", f"api_key:{key_id}", {"by": by}), at)
    return True


def listing(conn: Connection) -> tuple[ApiKey, ...]:
    """Return all keys, the ended ones too, by name."""
    rows = conn.execute(_KEYS.order_by(api_key.c.name, api_key.c.id))
    return tuple(_api_key(row) for row in rows)


def _require_usable(conn: Connection, new: NewApiKey) -> None:
    unknown = new.scopes - set(API_SCOPES)
    if unknown or not new.scopes:
        offered = ", ".join(API_SCOPES)
        raise KeyUnusable(
            Words(f"接口权限应从以下选取：{offered}", f"Choose scopes from: {offered}")
        )
    if not new.name.strip():
        raise KeyUnusable(Words("请填写业务系统名称", "Name the business system"))
    if conn.execute(select(region.c.code).where(region.c.code == new.region)).first() is None:
        raise KeyUnusable(
            Words(f"没有这个地区：{new.region}", f"There is no such region: {new.region}")
        )


_KEYS: Final = (
    select(
        api_key,
        region.c.path.label("region_path"),
        organization.c.path.label("organization_path"),
    )
    .join(region, region.c.code == api_key.c.region)
    .outerjoin(organization, organization.c.id == api_key.c.organization_id)
)
_BY_KEY: Final = Prepared(
    lambda dialect: _KEYS.where(
        api_key.c.key_mac == bindparam("mac"),
        api_key.c.revoked_at.is_(None),
        or_(api_key.c.expires_at.is_(None), api_key.c.expires_at > bindparam("at")),
    )
)


def _api_key(row: Any) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=frozenset(row.scopes),
        region=row.region,
        region_path=row.region_path,
        organization_id=row.organization_id,
        organization_path=row.organization_path or "",
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
