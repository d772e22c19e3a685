"""What the worker does about bulletins: drafts on their day, files of what is submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection

from haochaping.bulletins import files, kept, sending
from haochaping.bulletins.desk import WORKER, By, Desk
from haochaping.bulletins.gathering import Gatherer, Wanted
from haochaping.bulletins.head import Head
from haochaping.bulletins.kept import Kept, State
from haochaping.bulletins.rules import BulletinRules, Edition
from haochaping.grading import closing, figures, periods
from haochaping.logs import log
from haochaping.store import Store

DRAFT: Final = "bulletins.draft"
"""Kind of the job that makes the drafts; it runs every morning and makes each draft once."""
CRON: Final = "0 6 * * *"
_RENDERED: Final = (State.SUBMITTED, State.APPROVED)


@dataclass(frozen=True, slots=True)
class Work:
    """All that the worker needs for bulletins."""

    gatherer: Gatherer
    desk: Desk
    template: Callable[[], bytes]
    zone: str

    def draft_due(self, store: Store, today: date, at: datetime) -> int:
        """Draft what is due and not there yet; return how many drafts were made.

        A period is drafted once it is closed. Whoever runs this again, or at another place at
        the same time, makes none twice.
        """
        made = 0
        for wanted in self._due(today):
            with store.read() as conn:
                ready = _ready(conn, wanted)
            if ready:
                content = self.gatherer.gather(store, wanted, at)
                with store.write() as conn:
                    if _ready(conn, wanted):
                        made += self.desk.keep(conn, content, By(WORKER, at))[1]
        self._remind(store, today, at)
        return made

    def render(self, store: Store, number: int, at: datetime) -> None:
        """Make the files of a submitted bulletin; nothing for one that has moved on.

        Raises TemplateRefused: the job is parked and shown, the bulletin waits.
        """
        with store.read() as conn:
            found = kept.find(conn, number)
            if found is None or found.state not in _RENDERED:
                return
            content = kept.content(conn, number)
        address = self.desk.site.rstrip("/") + sending.public_address(found)
        shown = address if found.edition is Edition.PUBLIC else ""
        made = files.made(content, self.head(found), self.template(), shown)
        if made.without_pdf is not None:
            log("bulletin_without_pdf", bulletin=number, why=made.without_pdf.en)
        with store.write() as conn:
            again = kept.find(conn, number)
            if again is not None and again.state in _RENDERED:
                kept.put_files(conn, number, made.files)

    def head(self, found: Kept) -> Head:
        """Return what stands around a bulletin; its day is that of the approval, once there."""
        moment = found.approved_at or found.made_at
        day = periods.local_day(moment, self.zone)
        return Head(found.number, day, found.remarks, found.version)

    def _due(self, today: date) -> Iterator[Wanted]:
        rules = self.desk.rules
        for period in rules.due(today):
            yield from (Wanted(period, edition) for edition in rules.editions)

    def _remind(self, store: Store, today: date, at: datetime) -> None:
        if not self.desk.rules.late(today):
            return
        with store.write() as conn:
            for wanted in late(conn, self.desk.rules, today):
                sending.remind(conn, wanted.period, wanted.edition, at)


def late(conn: Connection, rules: BulletinRules, today: date) -> tuple[Wanted, ...]:
    """Return the bulletins that are late; none is due of periods before the first rating."""
    begun = periods.parse(figures.lifetime(conn, today).keys[0]).first
    wanted = (
        Wanted(period, edition)
        for period in rules.late(today)
        if period.last >= begun
        for edition in rules.editions
    )
    return tuple(one for one in wanted if not kept.was_issued(conn, one.period, one.edition))


def _ready(conn: Connection, wanted: Wanted) -> bool:
    there = kept.newest(conn, wanted.period, wanted.edition)
    return there is None and closing.is_closed(conn, wanted.period)
