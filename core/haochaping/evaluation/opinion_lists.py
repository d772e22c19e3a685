"""Opinions as those read them whom they concern, and their counts, apart from all ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from haochaping.catalog.tables import hall, organization, region
from haochaping.crypto import Keyring
from haochaping.evaluation import wording
from haochaping.evaluation.tables import opinion
from haochaping.hooks.values import Words


@dataclass(frozen=True, slots=True)
class Listed:
    """An opinion in a list; the words are empty when there are none or their key is gone."""

    id: int
    kind: str
    organization: Words
    hall: Words | None
    grade: int | None
    text: str
    channel: str
    provenance: str
    at: datetime


def listing(
    conn: Connection, keyring: Keyring, seen: ColumnElement[bool], *, before: int, limit: int = 50
) -> tuple[Listed, ...]:
    """Return opinions that may be seen, the newest first, those with smaller ids than `before`.

    `seen` is a condition on the organization's and the region's path.
    """
    statement = (
        _joined(select(opinion, *_names()))
        .where(seen, opinion.c.id < before)
        .order_by(opinion.c.id.desc())
        .limit(limit)
    )
    return tuple(_listed(conn, keyring, row) for row in conn.execute(statement).all())


def counts(
    conn: Connection, seen: ColumnElement[bool], since: datetime
) -> Mapping[str, tuple[int, ...]]:
    """Return how many opinions came since a moment, by kind: those without a grade, then 1 to 5."""
    statement = (
        _joined(select(opinion.c.kind, opinion.c.grade, func.count().label("n")))
        .where(seen, opinion.c.at >= since)
        .group_by(opinion.c.kind, opinion.c.grade)
    )
    found: dict[str, list[int]] = {}
    for row in conn.execute(statement):
        found.setdefault(row.kind, [0] * 6)[row.grade or 0] += row.n
    return {kind: tuple(each) for kind, each in found.items()}


def _joined(statement: Any) -> Any:
    return (
        statement.select_from(opinion)
        .join(organization, organization.c.id == opinion.c.organization_id)
        .join(region, region.c.code == organization.c.place)
        .outerjoin(hall, hall.c.id == opinion.c.hall_id)
    )


def _names() -> tuple[Any, ...]:
    return (
        organization.c.name.label("organization_name"),
        organization.c.name_en.label("organization_name_en"),
        hall.c.name.label("hall_name"),
        hall.c.name_en.label("hall_name_en"),
    )


def _listed(conn: Connection, keyring: Keyring, row: Any) -> Listed:
    words = wording.open_words(conn, keyring, row.text_sealed, row.text_key_id, f"opinion:{row.id}")
    return Listed(
        id=row.id,
        kind=row.kind,
        organization=Words(row.organization_name, row.organization_name_en),
        hall=None if row.hall_name is None else Words(row.hall_name, row.hall_name_en or ""),
        grade=row.grade,
        text=words,
        channel=row.channel,
        provenance=row.provenance,
        at=row.at,
    )
