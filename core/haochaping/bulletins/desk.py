"""The way of a bulletin: draft, submitted, approved by a second person, issued, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, update

from haochaping.bulletins import kept, sending
from haochaping.bulletins.content import Content, as_json
from haochaping.bulletins.kept import Kept, State
from haochaping.bulletins.rules import BulletinRules, Edition
from haochaping.bulletins.tables import bulletin, bulletin_move
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.jobs import Job, enqueue
from haochaping.journal import Emit, Event
from haochaping.problems import Problem
from haochaping.store.upsert import insert_or_ignore

RENDER: Final = "bulletins.render"
"""Kind of the job that makes the files of a submitted bulletin; its payload is `{bulletin}`."""
WORKER: Final = 0
"""Stands for the worker where accounts are named."""
NUMBER_MAX: Final = 60
REMARKS_MAX: Final = 2000
NOTE_MAX: Final = 300
DRAFTED, EDITED, SUBMITTED = "drafted", "edited", "submitted"
_AUTHORS: Final = (DRAFTED, EDITED, SUBMITTED)
"""Moves that make somebody an author, who approves nothing of it."""


class BulletinGone(Problem):
    """There is no such bulletin, or not for this account."""

    code = "HCP-BULLETIN-GONE"
    status = 404
    title = Words("没有这份通报", "There is no such bulletin")


class BulletinMoved(Problem):
    """A bulletin is no longer in the state that this step starts from."""

    code = "HCP-BULLETIN-MOVED"
    status = 409
    title = Words(
        "这份通报的状态已经改变，请刷新页面", "This bulletin has moved on; reload the page"
    )


class OwnBulletin(Problem):
    """Whoever wrote or submitted a bulletin does not approve it."""

    code = "HCP-OWN-BULLETIN"
    status = 409
    title = Words(
        "起草、修改或提交的人不能批准，请由另一人批准",
        "Whoever drafted, edited or submitted it cannot approve it: somebody else must",
    )


class BulletinIncomplete(Problem):
    """Something is missing or too long; it is said what."""

    code = "HCP-BULLETIN-INCOMPLETE"
    status = 422
    title = Words("内容不完整", "Something is missing")


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and when; account 0 is the worker."""

    account_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """Moves bulletins along, each step in the caller's transaction."""

    rules: BulletinRules
    emit: Emit
    site: str
    """Address of the site, for links in messages."""
    groups: frozenset[str] = frozenset()
    """Gateways that reach a group of people, who are told once."""

    def keep(self, conn: Connection, content: Content, by: By) -> tuple[Kept, bool]:
        """Keep a draft; one that says nothing new is the version there is already.

        Returns the version and whether it is new. Versions before it that were not issued
        are superseded. Running at two places at once makes one draft.
        """
        before = kept.newest(conn, content.period, content.edition)
        same = before is not None and before.digest == content.digest
        if before is not None and same and before.state is not State.WITHDRAWN:
            return before, False
        row = {
            "id": new_id(),
            "period": content.period.name,
            "edition": str(content.edition),
            "version": before.version + 1 if before else 1,
            "state": str(State.DRAFT),
            "content": as_json(content),
            "digest": content.digest,
            "made_at": by.at,
        }
        made = insert_or_ignore(conn, bulletin, [row]) == 1
        found = kept.newest(conn, content.period, content.edition)
        assert found is not None
        if made:
            self._note(conn, found, DRAFTED, by)
            if before is not None and before.state in (
                State.DRAFT,
                State.SUBMITTED,
                State.APPROVED,
            ):
                self._step(conn, before, (before.state, State.SUPERSEDED), "superseded", by)
        return found, made

    def edit(self, conn: Connection, found: Kept, number: str, remarks: str, by: By) -> None:
        """Write the issuer's own words into a draft. Raises BulletinMoved, BulletinIncomplete."""
        number, remarks = number.strip(), remarks.replace("\r\n", "\n").strip()
        _require_short(number, NUMBER_MAX)
        _require_short(remarks, REMARKS_MAX)
        if (number, remarks) != (found.number, found.remarks):
            own = {"number": number, "remarks": remarks}
            self._step(conn, found, (State.DRAFT, State.DRAFT), EDITED, by, **own)

    def submit(self, conn: Connection, found: Kept, by: By) -> None:
        """Hand a draft in for approval; its files are made now. Raises BulletinMoved."""
        self._step(conn, found, (State.DRAFT, State.SUBMITTED), SUBMITTED, by)
        _render(conn, found, by.at)

    def send_back(self, conn: Connection, found: Kept, note: str, by: By) -> None:
        """Send it back to its authors with a reason. Raises BulletinMoved, BulletinIncomplete."""
        self._step(conn, found, (State.SUBMITTED, State.DRAFT), "sent_back", by, note=_given(note))
        kept.drop_files(conn, found.id)

    def approve(self, conn: Connection, found: Kept, by: By) -> None:
        """Approve what somebody else wrote; its files are made anew, dated by this day.

        Raises OwnBulletin, BulletinMoved.
        """
        if by.account_id in authors(conn, found.id):
            raise OwnBulletin()
        step = (State.SUBMITTED, State.APPROVED)
        self._step(conn, found, step, "approved", by, approved_at=by.at)
        kept.drop_files(conn, found.id)
        _render(conn, found, by.at)

    def issue(self, conn: Connection, found: Kept, by: By) -> int:
        """Publish or distribute what is approved; return how many messages go out.

        Issued versions before it are superseded. Raises BulletinMoved, BulletinIncomplete.
        """
        if not kept.files(conn, found.id):
            raise BulletinIncomplete(
                Words("文件还在生成，请稍后再试", "Its files are being made, wait a moment")
            )
        step = (State.APPROVED, State.ISSUED)
        self._step(conn, found, step, "issued", by, issued_at=by.at)
        for other in kept.listed(conn, [State.ISSUED], found.edition):
            if other.period == found.period and other.id != found.id:
                self._step(conn, other, (State.ISSUED, State.SUPERSEDED), "superseded", by)
        content = kept.content(conn, found.id)
        told = sending.Told(found, content, self.site)
        return sending.send(conn, self.rules.receivers, self.groups, told, by.at)

    def withdraw(self, conn: Connection, found: Kept, note: str, by: By) -> None:
        """Take an issued bulletin back; its place stays, with the reason.

        Raises BulletinMoved, BulletinIncomplete.
        """
        step = (State.ISSUED, State.WITHDRAWN)
        self._step(conn, found, step, "withdrawn", by, note=_given(note))

    def _step(
        self,
        conn: Connection,
        found: Kept,
        step: tuple[State, State],
        move: str,
        by: By,
        note: str = "",
        **values: Any,
    ) -> None:
        own, (start, end) = bulletin.c, step
        statement = update(bulletin).where(own.id == found.id, own.state == str(start))
        if conn.execute(statement.values(state=str(end), **values)).rowcount != 1:
            raise BulletinMoved()
        self._note(conn, found, move, by, note)

    def _note(self, conn: Connection, found: Kept, move: str, by: By, note: str = "") -> None:
        row = {
            "bulletin_id": found.id,
            "no": kept.next_move(conn, found.id),
            "at": by.at,
            "account_id": by.account_id,
            "move": move,
            "note": note,
        }
        conn.execute(insert(bulletin_move).values(**row))
        public = move == "issued" and found.edition is Edition.PUBLIC
        payload = {
            "bulletin": found.id,
            "account": by.account_id,
            "period": found.period.name,
            "edition": str(found.edition),
            "version": found.version,
            "digest": found.digest,
        }
        kind = "bulletin.published" if public else f"bulletin.{move}"
        self.emit(conn, Event(kind, f"bulletin:{found.id}", payload), by.at)


def _render(conn: Connection, found: Kept, at: datetime) -> None:
    key = f"{RENDER}:{found.id}:{kept.next_move(conn, found.id)}"
    enqueue(conn, Job(RENDER, at, {"bulletin": found.id}, dedup=key), at)


def authors(conn: Connection, number: int) -> frozenset[int]:
    """Return the accounts that drafted, edited or submitted a bulletin, the worker left out."""
    moves: Sequence[kept.Move] = kept.history(conn, number)
    return frozenset(
        one.account_id for one in moves if one.move in _AUTHORS and one.account_id != WORKER
    )


def _given(note: str) -> str:
    note = note.strip()
    if not note:
        raise BulletinIncomplete(Words("请写明理由", "Please give the reason"), field="note")
    _require_short(note, NOTE_MAX)
    return note


def _require_short(text: str, most: int) -> None:
    if len(text) > most:
        raise BulletinIncomplete(Words(f"最多 {most} 个字", f"At most {most} characters"))
