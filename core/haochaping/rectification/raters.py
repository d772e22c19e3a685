"""What verified raters' bad ratings add up to, and what becomes of those that are excluded.

The question starts from cases: they are few, whatever the number of ratings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, literal_column, select

from haochaping.access import redaction
from haochaping.access.tables import vault_person
from haochaping.catalog.tables import SAME_CASE, occurrence, service_case
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.exclusion import ExcludedRating, ExclusionCount, RaterPattern
from haochaping.hooks.rectification import Outcome
from haochaping.hooks.values import EvaluationStatus, Identity, OccurrenceKey
from haochaping.integrity.tables import integrity_flag, integrity_flag_rating
from haochaping.rectification.appeal_rows import UPHELD
from haochaping.rectification.context import Context
from haochaping.rectification.origins import EVALUATION
from haochaping.rectification.tables import case_appeal, rectification_case
from haochaping.store.among import among

MOST: Final = 200
_BATCH: Final = 300
_TOLD: Final = ("open", "substantiated")
"""Flags that somebody found unfounded say nothing about a rater."""
_EXCLUDED: Final = evaluation.c.status == bindparam("excluded", "excluded", literal_execute=True)


def patterns(
    conn: Connection, since: datetime, least: int, bad_grades: Sequence[int]
) -> tuple[RaterPattern, ...]:
    """Return verified raters with at least `least` bad ratings since a moment, most first.

    Ratings that were withdrawn, changed for the better or excluded do not count against
    anybody; those that ended void count as malicious where an appeal said so.
    """
    found = defaultdict(list)
    for row in conn.execute(_BAD.where(rectification_case.c.opened_at >= since)):
        if row.malicious or (row.status == EvaluationStatus.EFFECTIVE and row.grade in bad_grades):
            found[row.index_mac].append(row)
    many = {index: rows for index, rows in found.items() if len(rows) >= least}
    flags = _flags(conn, [row for rows in many.values() for row in rows])
    told = [_pattern(index, rows, flags) for index, rows in many.items()]
    return tuple(sorted(told, key=lambda one: (-one.bad, one.newest_at)))


def excluded(
    conn: Connection, reason: str, organization_ids: Sequence[int]
) -> tuple[ExcludedRating, ...]:
    """Return the newest ratings of units that are excluded for a reason."""
    rows = evaluation.c
    query = _RATINGS.where(rows.reason == reason, rows.organization_id.in_(organization_ids))
    newest = query.order_by(rows.received_at.desc(), rows.id.desc()).limit(MOST)
    return tuple(_rating(row) for row in conn.execute(newest))


def of_person(conn: Connection, person_index: str, reason: str) -> tuple[ExcludedRating, ...]:
    """Return the ratings of a person excluded for a reason, in the order they came in."""
    own = select(vault_person.c.id).where(vault_person.c.index_mac == person_index)
    query = _RATINGS.where(evaluation.c.person_id.in_(own), evaluation.c.reason == reason)
    ordered = query.order_by(evaluation.c.received_at, evaluation.c.id)
    return tuple(_rating(row) for row in conn.execute(ordered))


def one(context: Context, conn: Connection, key: OccurrenceKey) -> ExcludedRating | None:
    """Return an excluded rating with its words as staff read them."""
    rows = evaluation.c
    same = (rows.region == key.region, rows.served_month == key.served_month, rows.id == key.id)
    row = conn.execute(_RATINGS.where(*same)).one_or_none()
    if row is None:
        return None
    written = context.vault.words_of(conn, key.region, key.served_month, key.id)
    return _rating(row, redaction.shielded(written))


def counts(conn: Connection, reason: str, bad_grades: Sequence[int]) -> tuple[ExclusionCount, ...]:
    """Return how many ratings are excluded for a reason, by organization and month."""
    rows = evaluation.c
    query = select(rows.organization_id, rows.counted_on, rows.grade, func.count())
    grouped = query.group_by(rows.organization_id, rows.counted_on, rows.grade)
    every: Counter[tuple[int, str]] = Counter()
    bad: Counter[tuple[int, str]] = Counter()
    for unit, day, grade, count in conn.execute(grouped.where(_EXCLUDED, rows.reason == reason)):
        place = (unit, f"{day:%Y-%m}")
        every[place] += count
        bad[place] += count if grade in bad_grades else 0
    return tuple(ExclusionCount(*place, every[place], bad[place]) for place in sorted(every))


def _pattern(index: str, rows: Sequence[Any], flags: dict[Any, list[str]]) -> RaterPattern:
    newest = max(rows, key=lambda row: (row.received_at, row.id))
    signals = Counter(signal for row in rows for signal in flags.get(_key(row), ()))
    return RaterPattern(
        person_index=index,
        case_no=newest.case_no,
        occurrence_no=newest.no,
        organization_id=newest.organization_id,
        newest_at=newest.received_at,
        bad=len(rows),
        units=len({row.organization_id for row in rows}),
        malicious=sum(1 for row in rows if row.malicious),
        flags=dict(sorted(signals.items())),
    )


def _flags(conn: Connection, rows: Sequence[Any]) -> dict[Any, list[str]]:
    """Return the signals of flags about ratings, by the rating's key."""
    of_flag = integrity_flag_rating.c
    columns = (of_flag.region, of_flag.served_month, of_flag.evaluation_id)
    query = select(*columns, integrity_flag.c.signal).join(
        integrity_flag, integrity_flag.c.id == of_flag.flag_id
    )
    told: dict[Any, list[str]] = defaultdict(list)
    for keys in _batches(rows):
        wanted = query.where(among(columns, keys), integrity_flag.c.state.in_(_TOLD))
        for row in conn.execute(wanted):
            told[tuple(row[:3])].append(row.signal)
    return told


def _batches(rows: Sequence[Any]) -> Iterator[list[tuple[Any, ...]]]:
    keys = [_key(row) for row in rows]
    return (keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH))


def _key(row: Any) -> tuple[str, int, int]:
    return (row.region, row.served_month, row.id)


def _rating(row: Any, words: str = "") -> ExcludedRating:
    return ExcludedRating(
        key=OccurrenceKey(*_key(row)),
        case_no=row.case_no,
        occurrence_no=row.no,
        organization_id=row.organization_id,
        grade=row.grade,
        received_at=row.received_at,
        counted_on=row.counted_on,
        case=row.public_id or "",
        words=words,
    )


_SERVED: Final = and_(
    occurrence.c.region == evaluation.c.region,
    occurrence.c.served_month == evaluation.c.served_month,
    occurrence.c.id == evaluation.c.occurrence_id,
)
_COLUMNS: Final = (
    evaluation.c.region,
    evaluation.c.served_month,
    evaluation.c.id,
    evaluation.c.organization_id,
    evaluation.c.grade,
    evaluation.c.status,
    evaluation.c.received_at,
    evaluation.c.counted_on,
    service_case.c.case_no,
    occurrence.c.no,
)
_RATINGS: Final = (
    select(*_COLUMNS, rectification_case.c.public_id)
    .join(occurrence, _SERVED)
    .join(service_case, SAME_CASE)
    .outerjoin(
        rectification_case,
        and_(
            rectification_case.c.region == evaluation.c.region,
            rectification_case.c.origin_kind == EVALUATION,
            rectification_case.c.origin_id == evaluation.c.first_id,
        ),
    )
    .where(_EXCLUDED)
)
_MALICIOUS: Final = (
    select(literal_column("1"))
    .where(
        case_appeal.c.region == rectification_case.c.region,
        case_appeal.c.case_id == rectification_case.c.id,
        case_appeal.c.kind == "malicious",
        case_appeal.c.state == UPHELD,
    )
    .exists()
)
_BAD: Final = (
    select(
        *_COLUMNS,
        vault_person.c.index_mac,
        and_(rectification_case.c.outcome == Outcome.VOID.value, _MALICIOUS).label("malicious"),
    )
    .select_from(rectification_case)
    .join(
        evaluation,
        and_(
            evaluation.c.region == rectification_case.c.region,
            evaluation.c.served_month == rectification_case.c.served_month,
            evaluation.c.id == rectification_case.c.evaluation_id,
        ),
    )
    .join(vault_person, vault_person.c.id == evaluation.c.person_id)
    .join(occurrence, _SERVED)
    .join(service_case, SAME_CASE)
    .where(
        rectification_case.c.origin_kind == EVALUATION,
        evaluation.c.identity == Identity.VERIFIED.value,
        vault_person.c.index_mac.is_not(None),
    )
)
