"""Value types that more than one hook family passes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum


class Channel(StrEnum):
    """Where a rating came in (评价渠道)."""

    WINDOW_DEVICE = "window_device"
    QR = "qr"
    WEB = "web"
    MOBILE = "mobile"
    SMS = "sms"
    HOTLINE = "hotline"
    KIOSK = "kiosk"
    PAPER = "paper"
    COMPREHENSIVE = "comprehensive"
    INSPECTION = "inspection"


class Provenance(StrEnum):
    """Who brought a rating in (来源). Only the first three count as active."""

    CITIZEN = "citizen"
    PAPER_CLERK = "paper_clerk"
    HOTLINE_OPERATOR = "hotline_operator"
    SYSTEM_DEFAULT = "system_default"
    BACKFILL = "backfill"


ACTIVE_PROVENANCES = (Provenance.CITIZEN, Provenance.PAPER_CLERK, Provenance.HOTLINE_OPERATOR)


class Identity(StrEnum):
    """How sure we are who rated."""

    VERIFIED = "verified"
    PRESUMED = "presumed"
    """The holder of the link that was given to the applicant of the case."""
    ANONYMOUS = "anonymous"


class RaterRole(StrEnum):
    """In whose name the rating was given."""

    APPLICANT = "applicant"
    AGENT = "agent"


class Grade(IntEnum):
    """Five grades; 1 and 2 are bad reviews (差评)."""

    VERY_DISSATISFIED = 1
    DISSATISFIED = 2
    BASICALLY_SATISFIED = 3
    SATISFIED = 4
    VERY_SATISFIED = 5


class EvaluationStatus(StrEnum):
    """What counts. Conservation: received = the sum of these six."""

    EFFECTIVE = "effective"
    HELD = "held"
    EXCLUDED = "excluded"
    VOID = "void"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class Unit(StrEnum):
    """Unit of a duration that a rule states."""

    SAME_DAY = "same_day"
    WORKDAY = "workday"
    CALENDAR_DAY = "calendar_day"


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration as rules state it: `{count, unit}`; `same_day` has count 0.

    Raises ValueError when the count is negative.
    """

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse a negative count."""
        if self.count < 0:
            raise ValueError(f"a duration cannot be negative: {self.count} {self.unit}")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the languages offered; `zh` is always there."""

    zh: str
    en: str = ""

    def into(self, language: str) -> str:
        """Return the text in `language` (a Babel locale name), Chinese where it is missing."""
        return self.en if language.startswith("en") and self.en else self.zh


@dataclass(frozen=True, slots=True)
class OccurrenceKey:
    """Key of one service occurrence: county-level region, local month served, id."""

    region: str
    served_month: int
    """Local month as yyyymm, for example 202611."""
    id: int


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit of the catalogue: its id here, the code that outsiders know, its name."""

    id: int
    code: str
    name: Words


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One service received (一次服务): what a rating is about.

    `item_name` is the general name when the item is marked sensitive.
    `served_at` is UTC; None while the service is under way.
    """

    key: OccurrenceKey
    case_no: str
    no: int
    stage: str
    service_channel: str
    item: UnitRef | None
    organization: UnitRef
    hall: UnitRef | None
    window: UnitRef | None
    staff: UnitRef | None
    """`staff.name` is the staff number, never the person's name."""
    served_at: datetime | None
    item_sensitive: bool = False
    staff_organization_id: int | None = None
    """The unit that the staff member belongs to, which may be another than the one that served."""


@dataclass(frozen=True, slots=True)
class Period:
    """A closed range of local days with a name: `2026-11`, `2026-11-22`, `2026-Q4`, `2026`."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that figures are kept of."""

    kind: str
    """region | organization | hall | window | staff | item"""
    id: int
    name: Words
    region: str = ""
    code: str = ""
