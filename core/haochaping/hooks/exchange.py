"""What goes to another platform and comes from it: records, batches, tickets, and who speaks them.

Plugins name factories by `uplink_dialects`, `payload_crypto` and `ticket_gateways`; the core
hands them these values in its own words and never learns the other side's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from haochaping.hooks.values import Words

NO_WORDS: Final = Words("")


@dataclass(frozen=True, slots=True)
class Record:
    """The present state of one thing: `kind` is service, evaluation, case or reply.

    `subject` names it for ever within its sender, `revision` grows with every change, `day`
    is the local day it counts on (ISO). `content` is in the core's words (docs/exchange.md).
    `fault` says why a record that came in could not be read; it is answered with that.
    """

    kind: str
    subject: str
    revision: int
    day: str
    content: Mapping[str, Any] = field(repr=False)
    fault: Words = NO_WORDS


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that travel together; the same id is sent again when its answer was lost.

    `sender` is the code of the jurisdiction that sends.
    """

    id: str
    sender: str
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side did with one record.

    `status`: stored, duplicate (it had it already: a success), later (it needs something
    else first: sent again) or refused (somebody has to mend it; `reason` says what).
    """

    kind: str
    subject: str
    status: str
    reason: Words = NO_WORDS


class ExchangeRefused(Exception):
    """A message cannot be read or is not signed as agreed; `why` says what was expected."""

    def __init__(self, why: Words) -> None:
        self.why = why
        super().__init__(why.en or why.zh)


class Dialect(Protocol):
    """The language of another platform; pure, made once by the factory of an `UplinkDialect`.

    A factory is called with `DialectSettings`.
    """

    def faults(self, record: Record) -> Sequence[Words]:
        """Return why the other side would not take a record, empty when it would."""
        ...

    def write(self, batch: Batch) -> bytes:
        """Return the body of a batch."""
        ...

    def answers(self, batch: Batch, body: bytes) -> Sequence[Answer]:
        """Return what the other side's answer says of each record. Raises ExchangeRefused."""
        ...

    def read(self, body: bytes) -> Batch:
        """Return the batch of a body that another instance wrote. Raises ExchangeRefused."""
        ...

    def reply(self, batch: Batch, answers: Sequence[Answer]) -> bytes:
        """Return the body that answers a batch which was read."""
        ...


@dataclass(frozen=True, slots=True)
class DialectSettings:
    """What a dialect is made of: the deployment's time zone and the profile's code map.

    `channels` maps their channel codes to ours; `config` is the plugin's own configuration.
    """

    time_zone: str
    channels: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A body as it travels and the headers that prove it."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class Crypto(Protocol):
    """Signs, and may encrypt, what travels; made by the factory of a `PayloadCrypto`.

    A factory is called with the shared secret (bytes) and the plugin's own configuration.
    """

    def seal(self, body: bytes, at: datetime) -> Sealed:
        """Return the body as it travels, with its headers."""
        ...

    def open(self, sealed: Sealed, at: datetime) -> bytes:
        """Return the body; header names are lower case. Raises ExchangeRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Ticket:
    """A rating or a rated complaint that another system took in, handled here.

    `no` is the source's own number. Without a case number the source's number stands for
    it. `grade` 1 to 5; `options` are national codes; `channel` a name of the core's.
    """

    no: str
    grade: int
    organization_code: str = ""
    item_code: str = ""
    hall_code: str = ""
    window_code: str = ""
    staff_no: str = ""
    case_no: str = ""
    occurrence_no: int = 1
    options: tuple[str, ...] = ()
    text: str = field(default="", repr=False)
    channel: str = "hotline"
    name: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    served_at: datetime | None = None
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Tickets since a cursor, the new cursor, and whether there are more behind it."""

    tickets: tuple[Ticket, ...]
    cursor: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class TicketReport:
    """What the source is told of its ticket, once: `kind` is status, reply, closed or refused.

    `business_id` is the same on every attempt. `state` is a state of the case, `outcome`
    how it ended, `text` the reply or the reason of a refusal.
    """

    business_id: str
    no: str
    kind: str
    at: datetime
    state: str = ""
    outcome: str = ""
    text: str = field(default="", repr=False)


class TicketSystem(Protocol):
    """Another system that hands tickets in; made by the factory of a `TicketGateway`.

    A factory is called with its settings (the deployment's `exchange.sources.<name>`, its
    secret under `secret`, the deployment's folder under `home`, the plugin's own
    configuration) and the deployment's `HttpClient`.
    """

    def pull(self, cursor: str) -> TicketPage:
        """Return the tickets behind a cursor (empty: from the beginning). Raises on failure."""
        ...

    def report(self, report: TicketReport) -> str:
        """Tell the source; return its receipt. Raises on failure; asked again it is told again."""
        ...
