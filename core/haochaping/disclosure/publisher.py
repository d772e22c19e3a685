"""The publisher's desk: reading the queue, approving, refusing and withdrawing comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from haochaping.access import redaction
from haochaping.disclosure import search
from haochaping.disclosure.preparing import Texts, as_lists, from_lists
from haochaping.disclosure.steps import APPROVED, PUBLISHED, REFUSED, WAITING, WITHDRAWN
from haochaping.disclosure.tables import review
from haochaping.hooks.disclosure import Redaction
from haochaping.hooks.values import Words
from haochaping.journal import Emit, Event
from haochaping.problems import Problem


class ReviewGone(Problem):
    """A comment is no longer in the state that this move starts from."""

    code = "HCP-REVIEW-GONE"
    status = 409
    title = Words(
        "这条评价已被处理或撤回，请刷新列表",
        "This comment was handled or withdrawn; reload the list",
    )


class ReviewUnprepared(Problem):
    """A comment whose masks are unknown or incomplete needs the publisher's own."""

    code = "HCP-REVIEW-UNPREPARED"
    status = 409
    title = Words(
        "自动遮盖没有完成，请逐处标出要遮盖的内容再批准",
        "Automatic masking is incomplete: mark what is to be masked, then approve",
    )


class ReasonMissing(Problem):
    """Refusing or withdrawing needs a reason in words."""

    code = "HCP-REASON-MISSING"
    status = 422
    title = Words("请写明理由", "Please give the reason")


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment as the publisher sees it; `text` is the rater's own words."""

    id: int
    region: str
    organization_id: int
    hall_id: int | None
    item_id: int | None
    grade: int
    day: date
    state: str
    text: str
    masks: tuple[Redaction, ...]
    failure: str
    prepared: bool

    @property
    def proposal(self) -> str:
        """The text as it would be published."""
        return redaction.masked(self.text, self.masks)


@dataclass(frozen=True, slots=True)
class By:
    """Who decides, and when."""

    account_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Publisher:
    """Moves comments through the queue. Publishers mask words, they never write any."""

    texts: Texts
    emit: Emit

    def waiting(
        self, conn: Connection, counties: Sequence[str] | None, after: int = 0, limit: int = 20
    ) -> tuple[Draft, ...]:
        """Return the oldest waiting comments of some counties (None: all), after an id."""
        statement = (
            select(review)
            .where(review.c.state == WAITING, review.c.id > after)
            .order_by(review.c.id)
            .limit(limit)
        )
        if counties is not None:
            statement = statement.where(review.c.region.in_(counties))
        return tuple(self._draft(conn, row) for row in conn.execute(statement))

    def draft(self, conn: Connection, review_id: int) -> Draft:
        """Return one comment in any state. Raises ReviewGone when there is none."""
        return self._draft(conn, _row(conn, review_id))

    def approve(
        self, conn: Connection, review_id: int, masks: Sequence[Redaction] | None, by: By
    ) -> str:
        """Approve a comment with the proposed masks (None) or the publisher's own.

        Returns the text that will be published. Raises ReviewGone, ReviewUnprepared.
        """
        draft = self._draft(conn, _row(conn, review_id))
        if masks is None and (draft.failure or not draft.prepared):
            raise ReviewUnprepared()
        chosen = redaction.merged(draft.masks if masks is None else masks, len(draft.text))
        text = redaction.masked(draft.text, chosen)
        values = {"state": APPROVED, "text": text, "masks": as_lists(chosen), "failure": ""}
        self._move(conn, draft, (WAITING,), by, **values)
        return text

    def refuse(self, conn: Connection, review_id: int, reason: str, by: By) -> None:
        """Keep a comment from publication. Raises ReviewGone, ReasonMissing."""
        draft = self._draft(conn, _row(conn, review_id))
        self._move(
            conn, draft, (WAITING, APPROVED), by, state=REFUSED, text=None, reason=_given(reason)
        )

    def withdraw(self, conn: Connection, review_id: int, reason: str, by: By) -> None:
        """Take a published comment down; its place stays, with the reason.

        Raises ReviewGone, ReasonMissing.
        """
        draft = self._draft(conn, _row(conn, review_id))
        self._move(conn, draft, (PUBLISHED,), by, state=WITHDRAWN, text=None, reason=_given(reason))
        search.forget(conn, search.REVIEWS, [review_id])

    def _move(
        self, conn: Connection, draft: Draft, states: tuple[str, ...], by: By, **values: Any
    ) -> None:
        moved = conn.execute(
            update(review)
            .where(review.c.id == draft.id, review.c.state.in_(states))
            .values(decided_by=by.account_id, decided_at=by.at, **values)
        )
        if moved.rowcount != 1:
            raise ReviewGone()
        payload = {"review": draft.id, "account": by.account_id}
        event = Event(f"review.{values['state']}", f"review:{draft.id}", payload, draft.region)
        self.emit(conn, event, by.at)

    def _draft(self, conn: Connection, row: Row[Any]) -> Draft:
        return Draft(
            id=row.id,
            region=row.region,
            organization_id=row.organization_id,
            hall_id=row.hall_id,
            item_id=row.item_id,
            grade=row.grade,
            day=row.day,
            state=row.state,
            text=self.texts.words_of(conn, row.region, row.served_month, row.evaluation_id),
            masks=from_lists(row.masks),
            failure=row.failure,
            prepared=row.masks is not None,
        )


def counts(conn: Connection) -> dict[str, int]:
    """Return the number of comments by state."""
    statement: Select[Any] = select(review.c.state, func.count()).group_by(review.c.state)
    return {row[0]: row[1] for row in conn.execute(statement)}


def _row(conn: Connection, review_id: int) -> Row[Any]:
    row = conn.execute(select(review).where(review.c.id == review_id)).one_or_none()
    if row is None:
        raise ReviewGone()
    return row


def _given(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing()
    return reason.strip()
