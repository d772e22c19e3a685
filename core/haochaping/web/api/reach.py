"""How far a business system's key reaches: a region's subtree, or an organization in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from haochaping.access.api_keys import ApiKey, seen
from haochaping.access.bearer import unseen
from haochaping.access.known_keys import KnownKeys
from haochaping.catalog.tables import occurrence, organization, region
from haochaping.evaluation.targets import Target
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.problems import Problem
from haochaping.store.among import among
from haochaping.web.guard import current_api_key, known_keys
from haochaping.web.site import site

if TYPE_CHECKING:
    from haochaping.deployment import Deployment


class OutOfReach(Problem):
    """The key may not write for this region or organization; nothing of the request was kept."""

    code = "HCP-OUT-OF-REACH"
    status = 403
    title = Words(
        "该密钥无权操作此地区或机构的数据，本次请求未保存任何内容",
        "The key may not write for this region or organization; nothing was stored",
    )


def require_reach(conn: Connection, keys: Sequence[OccurrenceKey]) -> None:
    """Raise OutOfReach unless the request's key reaches all these occurrences."""
    if not _reaches(conn, current_api_key(), keys):
        raise OutOfReach()


def within_reach(conn: Connection, key: OccurrenceKey) -> bool:
    """Say whether the request's key reaches an occurrence."""
    return _reaches(conn, current_api_key(), [key])


def of_target(target: Target) -> bool:
    """Say whether the request's key reaches the service that is rated."""
    return current_api_key().reaches(*target.place)


def note_use() -> None:
    """Note that the request's key was used, at most once a minute."""
    note_use_of(site(), known_keys(), current_api_key())


def note_use_of(deployment: Deployment, known: KnownKeys, key: ApiKey) -> None:
    """Note that a key was used, at most once a minute."""
    now = deployment.clock.now()
    if unseen(key.seen_at, now):
        with deployment.store.write() as conn:
            seen(conn, key, now)
        known.forget()


def _reaches(conn: Connection, key: ApiKey, keys: Sequence[OccurrenceKey]) -> bool:
    if not keys:
        return True
    mine = (occurrence.c.region, occurrence.c.served_month, occurrence.c.id)
    wanted = [(each.region, each.served_month, each.id) for each in keys]
    places = (
        select(region.c.path, organization.c.path)
        .select_from(occurrence)
        .join(region, region.c.code == occurrence.c.region)
        .join(organization, organization.c.id == occurrence.c.organization_id)
        .where(among(mine, wanted))
        .distinct()
    )
    return all(key.reaches(*place) for place in conn.execute(places))
