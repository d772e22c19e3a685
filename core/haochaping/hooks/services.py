"""What the core offers to plugins, as Protocols that the deployment fills.

`decides` hooks may use `lookup` only. `observes` hooks, pages, commands and
scheduled jobs may use all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Protocol

from haochaping.hooks.values import Duration, OccurrenceKey, Period, Subject, Words

if TYPE_CHECKING:
    from haochaping.hooks.exclusion import Exclusion


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to be delivered: business id, receiver, text.

    `to` is a role word (`handler`, `unit_head`, `supervisor`, `managing_department`),
    resolved within `organization_id`, `account:<id>`, or `person:<id>`: a rater. A gateway that
    is handed a message to a rater finds `tel:<number>` there; who opted out gets nothing.
    """

    business_id: str
    to: str
    organization_id: int | None
    gateway: str
    subject: Words
    body: Words
    link: str = ""


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """What became of a message at one gateway for one receiver.

    `account_id` is None where it went to a group, or has not gone out yet. `state`: `queued`,
    `retrying`, `sent`, `parked` (given up), `dropped` (no address, or not wanted). `read_at` is
    when the gateway was first found to say that it was read; None is also what a gateway gives
    that cannot tell.
    """

    gateway: str
    account_id: int | None
    state: str
    sent_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class IncomingText:
    """A message that somebody sent us: the platform's own id, the sender's number, the text.

    Held in memory for as long as it takes to answer, never logged or stored.
    """

    id: str
    sender: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifiedRater:
    """A rater whose identity was verified, and the organization they rated.

    `person_index` is the keyed hash of their identity number; no page ever shows it.
    """

    person_index: str = field(repr=False)
    organization_id: int


@dataclass(frozen=True, slots=True)
class Unit:
    """An organization: its id, code, name and county (6 digits)."""

    id: int
    code: str
    name: Words
    region: str


@dataclass(frozen=True, slots=True)
class CaseProgress:
    """What the public may know of a case.

    `state` is `verifying`, `rectifying`, `replied` or `closed`; `reply` is the newest one that
    was reviewed for the public, empty until there is one. `late` is final.
    """

    public_id: str
    state: str
    opened_at: datetime
    due_day: date
    late: bool
    reply: str


@dataclass(frozen=True, slots=True)
class HallView:
    """A hall; `opening` are local spans such as ("09:00", "12:00"), empty: working hours."""

    subject: Subject
    organization_id: int
    opening: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RatedService:
    """What the holder of a receipt was served with; the rating itself is not told.

    `handle` is a keyed hash of the chain of ratings: the same for each of its receipts, and of
    no use elsewhere.
    """

    handle: str = field(repr=False)
    organization_id: int
    hall_id: int | None
    item_id: int | None


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo as it is kept; `code` is its public name, empty until somebody has decided.

    The public sees it only while `shown`.
    """

    id: int
    decided: bool
    shown: bool
    code: str


@dataclass(frozen=True, slots=True)
class UnratedService:
    """A service that nobody has rated. It says who served, never who was served."""

    key: OccurrenceKey
    case_no: str
    occurrence_no: int
    organization_id: int
    hall_id: int | None
    served_at: datetime


class Lookup(Protocol):
    """Read-only look-ups in the plugin's own tables."""

    def one(self, table: str, **key: Any) -> Mapping[str, Any] | None:
        """Return the row of the plugin's `table` whose columns equal `key`, or None."""
        ...

    def all(self, table: str, **key: Any) -> Sequence[Mapping[str, Any]]:
        """Return all rows of the plugin's `table` whose columns equal `key`."""
        ...


class Records(Protocol):
    """Reading and writing the plugin's own tables, one transaction a block."""

    def transaction(self) -> AbstractContextManager[Any]:
        """Open a transaction; the value is a SQLAlchemy Connection."""
        ...


class Opinions(Protocol):
    """Ratings that belong to no occurrence (综合点评, events, inspections)."""

    def record(
        self, *, idempotency_key: str, kind: str, organization_id: int, grade: int | None, text: str
    ) -> int:
        """Store an opinion and return its id; the same key returns the same id."""
        ...


class Cases(Protocol):
    """Rectification cases opened by plugins."""

    def open(self, *, idempotency_key: str, opinion_id: int, reason: str) -> str:
        """Open a case for an opinion and return its public id."""
        ...

    def counts(self, subject: Subject, period: Period) -> Mapping[str, int]:
        """Return counts over the cases of `subject` in `period` by name."""
        ...

    def progress(self, public_id: str) -> CaseProgress | None:
        """Return how the case of an opinion stands, None while it has not reached its unit."""
        ...


class Evaluations(Protocol):
    """Evaluations, as far as plugins may touch them."""

    def readmit(self, key: OccurrenceKey, *, reason: str) -> None:
        """Ask `evaluation_admit` again for a held or excluded evaluation."""
        ...

    def excluded_of(self, person_index: str) -> Sequence[OccurrenceKey]:
        """Return the excluded evaluations of a person, by keyed hash."""
        ...

    def rated_service(self, receipt: str) -> RatedService | None:
        """Return what a receipt was given for, None when there is no such receipt.

        For forms that the rater fills in: only they hold the receipt. It is not stored.
        """
        ...

    def unrated(self, first: datetime, until: datetime) -> Sequence[UnratedService]:
        """Return services served from `first` until before `until` that nobody has rated.

        Oldest first, at most 1,000: what is left comes with the next call. A held rating is one.
        """
        ...

    def verified_rater(self, case_no: str, occurrence_no: int) -> VerifiedRater | None:
        """Return who rated a service, named by its case number and number within the case.

        None when there is no such service, when nobody has rated it, or when the rater's
        identity was not verified. A receipt code is never asked for: it is the rater's own.
        """
        ...


class Catalog(Protocol):
    """Who and what is rated."""

    def organization(self, organization_id: int) -> Unit | None:
        """Return an organization, None when there is none."""
        ...

    def organizations(self, account_id: int, permission: str) -> Sequence[Unit]:
        """Return the active organizations for which an account holds a permission, by name."""
        ...

    def halls(self) -> Sequence[HallView]:
        """Return the active halls by name."""
        ...

    def names(self, kind: str, ids: Sequence[int]) -> Mapping[int, Subject]:
        """Return subjects of a kind by id as the public may see them; unknown ids are left out.

        A sensitive item has its public name. Raises KeyError for an unknown kind.
        """
        ...


class Sealing(Protocol):
    """Personal data in the plugin's own tables: encrypted, found by a keyed hash."""

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt `text` for this plugin; `context` (row, column) must return to open it."""
        ...

    def open(self, sealed: bytes, context: str) -> str:
        """Return what was sealed. Raises `haochaping.crypto.Unsealable` when it was changed."""
        ...

    def index(self, text: str) -> str:
        """Return a keyed hash (64 hex digits) of `text`; each plugin gets one of its own."""
        ...


class Photos(Protocol):
    """Photos that the plugin's pages take in: sealed apart from its tables, shown once decided.

    `subject` is the plugin's own name of what they belong to, at most 60 characters. Pages get
    photos drawn anew (`Page.photos`, `PageRequest.photos`): no place, time or device is left in
    them. Bytes are destroyed after the profile's `privacy.keep_days.photo`.
    """

    def add(
        self, subject: str, uploads: Sequence[bytes], *, organization_id: int, at_most: int
    ) -> int:
        """Keep photos and return how many the subject has; the same one again is kept once.

        `organization_id` says in which county they lie. Raises a Problem in words when there
        are more than `at_most` or one is no sound JPEG, KeyError for an unknown organization;
        then none is kept.
        """
        ...

    def of(self, subject: str) -> Sequence[KeptPhoto]:
        """Return the photos of a subject in the order they came, for its writer and for staff."""
        ...

    def read(self, subject: str, photo_id: int, account_id: int) -> bytes:
        """Return a photo (JPEG) to an account that looks at it; the journal keeps who did.

        The page has checked that the account may. Raises a Problem (404) when it is not there.
        """
        ...

    def decide(self, subject: str, shown: Collection[int], account_id: int) -> None:
        """Let the photos named by id through and keep the others back; may be decided anew."""
        ...

    def shown(self, subjects: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the public codes of the photos that were let through, by subject."""
        ...

    def published(self, code: str) -> tuple[str, bytes] | None:
        """Return subject and bytes (JPEG) of a photo that was let through, None for any other.

        The page has to ask whether what it belongs to is public now.
        """
        ...

    def forget(self, subject: str) -> int:
        """Destroy the photos of a subject, for example at its writer's wish; return how many."""
        ...


class Messages(Protocol):
    """The outbox."""

    def send(self, message: OutgoingMessage) -> None:
        """Queue a message; the same business id and gateway are sent once."""
        ...

    def receipts(self, business_id: str) -> Sequence[MessageReceipt]:
        """Return what became of a message, for each gateway and each person it went to."""
        ...


class WorkTime(Protocol):
    """The working-day calendar of the jurisdiction."""

    @property
    def zone(self) -> tzinfo:
        """The time zone that people there live by."""
        ...

    def due(self, start: datetime, duration: Duration) -> datetime:
        """Return the due moment (UTC, exclusive) of a duration that starts at `start`."""
        ...


class Accounts(Protocol):
    """Who acts, and where they belong."""

    def outside(self, account_id: int, organization_id: int) -> bool:
        """Say whether an account belongs to no unit within `organization_id`."""
        ...

    def may(self, account_id: int, permission: str, organization_id: int) -> bool:
        """Say whether an account holds a permission where an organization lies.

        A page's policy only says that it is held somewhere.
        """
        ...

    def name(self, account_id: int) -> str:
        """Return the display name of an account."""
        ...


class Services(Protocol):
    """Everything the core offers to one plugin."""

    @property
    def lookup(self) -> Lookup:
        """Read-only look-ups in the plugin's own tables."""
        ...

    @property
    def records(self) -> Records:
        """Transactions over the plugin's own tables."""
        ...

    @property
    def opinions(self) -> Opinions:
        """Ratings without an occurrence."""
        ...

    @property
    def cases(self) -> Cases:
        """Rectification cases."""
        ...

    @property
    def catalog(self) -> Catalog:
        """Organizations."""
        ...

    @property
    def sealing(self) -> Sealing:
        """Encryption of personal data in the plugin's tables."""
        ...

    @property
    def photos(self) -> Photos:
        """Photos that the plugin's pages take in."""
        ...

    @property
    def evaluations(self) -> Evaluations:
        """Evaluations."""
        ...

    @property
    def exclusion(self) -> Exclusion:
        """Ratings kept out of the figures: reasons for people, effect, and the ways back."""
        ...

    @property
    def messages(self) -> Messages:
        """The outbox."""
        ...

    @property
    def worktime(self) -> WorkTime:
        """The working-day calendar."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Accounts."""
        ...

    def now(self) -> datetime:
        """Return the deployment's time, UTC."""
        ...

    def new_id(self) -> int:
        """Return a new unique id."""
        ...

    def audit(self, kind: str, subject: str, details: Mapping[str, Any]) -> None:
        """Append an event `plugin.<name>.<kind>` to the sealed journal."""
        ...
