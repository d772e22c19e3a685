"""What the room needs from the deployment: rules, calendar, hooks, vault and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from haochaping.hooks.services import OutgoingMessage
from haochaping.journal import Emit
from haochaping.plugins.answers import Decision
from haochaping.profile.rules import RectificationRules
from haochaping.worktime import Calendar

CONTACT_ATTEMPTS: Final = 3
"""Failed attempts after which a reply to a rater with a name needs no contact [design]."""


@dataclass(frozen=True, slots=True)
class SealedText:
    """A text as it lies in a table: sealed bytes and the id of the key they are under."""

    data: bytes
    key_id: int | None = None


class TextVault(Protocol):
    """Seals what raters and staff write about a rating; only it sees the keys.

    `owner` names the row (`case:17`): a sealed text opens for its owner only, and a
    person's key, once destroyed, closes all of them.
    """

    def seal(self, conn: Connection, owner: str, text: str) -> SealedText:
        """Return the text sealed under the key of `owner`."""
        ...

    def open(self, conn: Connection, owner: str, sealed: SealedText) -> str:
        """Return the text; empty when its key was destroyed."""
        ...

    def words_of(self, conn: Connection, region: str, served_month: int, evaluation_id: int) -> str:
        """Return the free text of an evaluation; empty when there is none or no key."""
        ...


Notify = Callable[[Connection, OutgoingMessage, datetime], object]
"""Queue a message within the transaction; the same business id and gateway go out once."""


class Questions(Protocol):
    """Asks the plugins a question (`plugins.Hooks` does)."""

    def decide(self, name: str, /, **question: Any) -> Decision:
        """Return the decision: `combined` answer and `failures` (plugin, hook, message)."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """One deployment's rectification: everything its functions need beside a connection.

    opens_at: local time at which a working day begins, when warnings go out.
    contact_attempts: failed attempts after which a reply needs no contact.
    site: address of the deployment, before the links that raters get.
    opinion_kinds: kinds of opinions that open a case when they are bad.
    """

    rules: RectificationRules
    bad_grades: tuple[int, ...]
    calendar: Calendar
    zone: ZoneInfo
    questions: Questions
    vault: TextVault
    notify: Notify
    emit: Emit
    opens_at: time = time(9)
    contact_attempts: int = CONTACT_ATTEMPTS
    site: str = ""
    opinion_kinds: frozenset[str] = frozenset()
