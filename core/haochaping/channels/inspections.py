"""Inspections (监督查评): a sample drawn by a recorded seed, results of their own."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from haochaping.access import accounts
from haochaping.catalog.tables import occurrence
from haochaping.catalog.tables import region as region_table
from haochaping.channels.inspection_tables import inspection_campaign, inspection_sample
from haochaping.crypto import Keyring
from haochaping.evaluation import wording
from haochaping.evaluation.texts import clean
from haochaping.hooks.values import Grade, OccurrenceKey, Words
from haochaping.ids import new_id, random_code
from haochaping.journal import Emit, Event
from haochaping.problems import Problem

KINDS: Final[Mapping[str, Words]] = {
    "survey": Words("电话调查", "Survey by phone"),
    "visit": Words("明察暗访", "Visit"),
    "third_party": Words("第三方评估", "Third-party assessment"),
}
OPEN, GRADED, UNREACHABLE = "open", "graded", "unreachable"
SAMPLE_MAX: Final = 2000
BY_LOT: Final = 0
"""Stands for the account that drew: the daily lot did, no person."""
SEED_SIGNS: Final = 20
_REGION: Final = (region_table, region_table.c.code == occurrence.c.region)


class BadCampaign(Problem):
    """A campaign that cannot be drawn as wished."""

    code = "HCP-INSPECTION"
    status = 422
    title = Words("监督查评的设置有误", "The inspection cannot be made like this")


class OwnUnit(Problem):
    """Inspectors do not judge the unit they belong to."""

    code = "HCP-INSPECTION-OWN-UNIT"
    status = 403
    title = Words(
        "不能查评本人所在单位的服务，请由其他人员填写",
        "Nobody inspects their own unit: somebody else must enter this result",
    )


class Answered(Problem):
    """A sample has its result, or its campaign is closed."""

    code = "HCP-INSPECTION-ANSWERED"
    status = 409
    title = Words(
        "这条样本已有结果，或查评已经结束", "This sample has its result, or the campaign is over"
    )


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A campaign about to be drawn: services of a region between two local days.

    The same seed over the same services draws the same sample; empty for a fresh one.
    """

    name: str
    kind: str
    region: str
    first_day: date
    last_day: date
    wanted: int
    created_by: int
    seed: str = ""

    def of(self, wanted: int) -> NewCampaign:
        """Return the same with another size of the sample."""
        return replace(self, wanted=wanted)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign with what its draw is proved by, and how far it has come."""

    id: int
    name: str
    kind: str
    region: str
    region_path: str
    first_day: date
    last_day: date
    wanted: int
    frame: int
    frame_digest: str
    seed: str
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A service that was drawn and what was found."""

    campaign_id: int
    no: int
    key: OccurrenceKey
    organization_id: int
    outcome: str
    grade: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What an inspector enters: a grade and words, or that nobody could be reached."""

    inspector_id: int
    grade: int | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """What inspections found at one unit: how many were drawn, reached, and their grades.

    `grades[0]` is unused.
    """

    drawn: int = 0
    unreachable: int = 0
    grades: tuple[int, int, int, int, int, int] = (0, 0, 0, 0, 0, 0)

    @property
    def graded(self) -> int:
        """How many have a grade."""
        return sum(self.grades)


@dataclass(frozen=True, slots=True)
class Inspections:
    """Draws campaigns and takes findings in."""

    keyring: Keyring
    emit: Emit
    zone: ZoneInfo

    def draw(self, conn: Connection, new: NewCampaign, at: datetime) -> int:
        """Store a campaign with its sample; return its id. Raises BadCampaign."""
        path = self._checked(conn, new)
        seed, campaign_id = new.seed or random_code(SEED_SIGNS), new_id()
        frame = _Frame()
        drawn = heapq.nsmallest(
            new.wanted, frame.through(_services(conn, new, path, self.zone)), key=_order(seed)
        )
        if not drawn:
            raise BadCampaign(Words("这段时间内没有服务记录", "No services in these days"))
        row = {
            "id": campaign_id,
            "name": new.name,
            "kind": new.kind,
            "region": new.region,
            "region_path": path,
            "first_day": new.first_day,
            "last_day": new.last_day,
            "wanted": new.wanted,
            "frame": frame.size,
            "frame_digest": frame.digest,
            "seed": seed,
            "created_by": new.created_by,
            "created_at": at,
        }
        conn.execute(insert(inspection_campaign).values(row))
        rows = [_sample_row(campaign_id, no, one) for no, one in enumerate(drawn, 1)]
        conn.execute(insert(inspection_sample), rows)
        told = {"seed": seed, "frame": frame.size, "digest": frame.digest, "drawn": len(rows)}
        self.emit(conn, Event("inspection.drawn", f"inspection:{campaign_id}", told, ""), at)
        return campaign_id

    def find(self, conn: Connection, sample: Sample, finding: Finding, at: datetime) -> None:
        """Store what was found. Raises OwnUnit, Answered, BadCampaign."""
        grade = None if finding.grade is None else _grade(finding.grade)
        if not accounts.outside(conn, finding.inspector_id, sample.organization_id):
            raise OwnUnit
        subject, text = f"inspection:{sample.campaign_id}:{sample.no}", clean(finding.text)[:2000]
        words = None
        if text:
            words = wording.seal(conn, self.keyring, text, wording.Owner(subject, None), at)
        values = {
            "outcome": UNREACHABLE if grade is None else GRADED,
            "grade": grade,
            "text_sealed": words and words.sealed,
            "text_key_id": words and words.key_id,
            "inspector_id": finding.inspector_id,
            "at": at,
            "day": at.astimezone(self.zone).date(),
        }
        closed = select(inspection_campaign.c.closed_at).where(
            inspection_campaign.c.id == sample.campaign_id
        )
        if conn.execute(closed).scalar_one() is not None or not _answer(conn, sample, values):
            raise Answered
        told = {"outcome": values["outcome"], "grade": grade, "by": finding.inspector_id}
        self.emit(conn, Event("inspection.found", subject, told, sample.key.region), at)

    def close(self, conn: Connection, campaign_id: int, at: datetime) -> bool:
        """Close a campaign; return False when it was closed before."""
        mine = (inspection_campaign.c.id == campaign_id, inspection_campaign.c.closed_at.is_(None))
        return (
            conn.execute(update(inspection_campaign).where(*mine).values(closed_at=at)).rowcount
            == 1
        )

    def words_of(self, conn: Connection, campaign_id: int, no: int) -> str:
        """Return an inspector's words; empty when there are none."""
        mine = (inspection_sample.c.campaign_id == campaign_id, inspection_sample.c.no == no)
        row = conn.execute(select(inspection_sample).where(*mine)).one_or_none()
        if row is None:
            return ""
        subject = f"inspection:{campaign_id}:{no}"
        return wording.open_words(conn, self.keyring, row.text_sealed, row.text_key_id, subject)

    def _checked(self, conn: Connection, new: NewCampaign) -> str:
        """Return the path of the campaign's region. Raises BadCampaign."""
        if not 1 <= len(new.name) <= 60:
            raise BadCampaign(Words("请写查评名称，最多 60 个字", "A name of at most 60 signs"))
        if new.kind not in KINDS or not 1 <= new.wanted <= SAMPLE_MAX:
            raise BadCampaign(
                Words(f"样本数应为 1 至 {SAMPLE_MAX}", f"Draw between 1 and {SAMPLE_MAX} services")
            )
        if new.first_day > new.last_day:
            raise BadCampaign(Words("开始日期晚于结束日期", "The first day is after the last"))
        path = select(region_table.c.path).where(region_table.c.code == new.region)
        found = conn.execute(path).scalar_one_or_none()
        if found is None:
            raise BadCampaign(Words("没有这个地区代码", "There is no such region"))
        return str(found)


def frame_size(conn: Connection, new: NewCampaign, zone: ZoneInfo) -> int:
    """Return how many services a campaign could draw from; 0 for an unknown region."""
    statement = select(region_table.c.path).where(region_table.c.code == new.region)
    path = conn.execute(statement).scalar_one_or_none()
    if path is None:
        return 0
    counted = select(func.count()).select_from(occurrence).join(*_REGION)
    return int(conn.execute(counted.where(*_within(new, path, zone))).scalar_one())


class _Frame:
    """Counts and digests the services that could be drawn, in the order of their keys."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """The SHA-256 over the keys, one a line."""
        return self._hash.hexdigest()

    def through(self, rows: Iterable[Row[Any]]) -> Iterator[Row[Any]]:
        """Give the rows on."""
        for row in rows:
            self.size += 1
            self._hash.update(_name(row).encode() + b"\n")
            yield row


def _services(conn: Connection, new: NewCampaign, path: str, zone: ZoneInfo) -> Iterable[Row[Any]]:
    columns = ("region", "served_month", "id", "organization_id", "hall_id")
    return conn.execute(
        select(*(occurrence.c[name] for name in columns))
        .join(*_REGION)
        .where(*_within(new, path, zone))
        .order_by(occurrence.c.region, occurrence.c.served_month, occurrence.c.id)
    )


def _within(new: NewCampaign, path: str, zone: ZoneInfo) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a campaign's region and local days."""
    start = datetime.combine(new.first_day, time(), zone)
    end = datetime.combine(new.last_day + timedelta(days=1), time(), zone)
    return (
        func.substr(region_table.c.path, 1, len(path)) == path,
        occurrence.c.served_at >= start,
        occurrence.c.served_at < end,
    )


def _order(seed: str) -> Any:
    """Return by what services are drawn: the smallest SHA-256 of seed and key come first."""
    return lambda row: hashlib.sha256(f"{seed}|{_name(row)}".encode()).digest()


def _name(row: Row[Any]) -> str:
    return f"{row.region}:{row.served_month}:{row.id}"


def _sample_row(campaign_id: int, no: int, row: Row[Any]) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "no": no,
        "region": row.region,
        "served_month": row.served_month,
        "occurrence_id": row.id,
        "organization_id": row.organization_id,
        "hall_id": row.hall_id,
        "outcome": OPEN,
    }


def _grade(value: int) -> int:
    if value not in (1, 2, 3, 4, 5):
        raise BadCampaign(Words("等级应为 1 至 5 的整数", "The grade is a number from 1 to 5"))
    return Grade(value).value


def _answer(conn: Connection, sample: Sample, values: Mapping[str, Any]) -> bool:
    mine = (
        inspection_sample.c.campaign_id == sample.campaign_id,
        inspection_sample.c.no == sample.no,
        inspection_sample.c.outcome == OPEN,
    )
    return conn.execute(update(inspection_sample).where(*mine).values(dict(values))).rowcount == 1
