"""Votes of visitors without an account: the one door of the core and of plugins.

A visitor has one vote for a thing, a network at most so many. A browser whose cookie has
not come back yet has none, so a program must come twice for every vote and wears its
network out. What is stored of both are keyed hashes (`web.visitors`), erased after some
time; the count stays with what was voted for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from haochaping.hooks.values import Words
from haochaping.problems import Problem

_NO_COOKIE: Final = Words(
    "投票需要浏览器接受 Cookie：请刷新页面后再投",
    "Votes need a cookie: reload the page, then vote",
)
_NOT_NOW: Final = Words("现在不能投票", "Votes are not taken now")
_NOT_BACK: Final = Words("现在不能收回这一票", "Votes cannot be taken back now")
_TWICE: Final = Words("您已经投过了", "You have voted already")
_TOO_MANY: Final = Words(
    "这个网络投给它的票已经够多，这一票没有计入",
    "Enough votes for this came from your network: yours was not counted",
)


class NoVote(Problem):
    """A vote that does not count; the detail says why."""

    code = "HCP-NO-VOTE"
    status = 409
    title = Words("这一票没有计入", "The vote was not counted")


@dataclass(frozen=True, slots=True)
class Box:
    """Where votes for things of one kind lie.

    `votes` has `visitor`, `network`, `at` and a column `target`, unique with the visitor;
    `fixed` are further columns of it, the same for all votes of the box. `things` has `id` and
    the column `count`; votes are taken, and given back, for those that are `open`.
    """

    votes: Table
    target: str
    things: Table
    count: str
    open: ColumnElement[bool] = field(default_factory=true)
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def of(self, number: int) -> tuple[ColumnElement[bool], ...]:
        """Return which votes are for a thing."""
        rows = self.votes.c
        others = tuple(rows[name] == value for name, value in self.fixed.items())
        return (rows[self.target] == number, *others)


@dataclass(frozen=True, slots=True)
class Voter:
    """A visitor and its network as keyed hashes; no visitor while its cookie has not come back."""

    visitor: str = field(repr=False)
    network: str = field(repr=False)


def cast(conn: Connection, box: Box, number: int, voter: Voter, most: int, at: object) -> None:
    """Count a vote for a thing, at most `most` of a network. Raises NoVote.

    The count is written first, which makes votes for the same thing wait for each other.
    """
    if not voter.visitor:
        raise NoVote(_NO_COOKIE)
    if not _add(conn, box, number, 1):
        raise NoVote(_NOT_NOW)
    if voted(conn, box, number, voter.visitor):
        raise NoVote(_TWICE)
    near = select(func.count()).where(*box.of(number), box.votes.c.network == voter.network)
    if int(conn.execute(near).scalar_one()) >= most:
        raise NoVote(_TOO_MANY)
    row = {box.target: number, "visitor": voter.visitor, "network": voter.network, "at": at}
    try:
        conn.execute(insert(box.votes).values(**row, **box.fixed))
    except IntegrityError as error:
        raise NoVote(_TWICE) from error


def take_back(conn: Connection, box: Box, number: int, visitor: str) -> bool:
    """Take a visitor's vote back while its hash is there; say whether there was one.

    Raises NoVote, with nothing changed once the transaction is undone, where voting is over:
    what was counted then stands.
    """
    mine = delete(box.votes).where(*box.of(number), box.votes.c.visitor == visitor)
    if not visitor or conn.execute(mine).rowcount != 1:
        return False
    if not _add(conn, box, number, -1):
        raise NoVote(_NOT_BACK)
    return True


def voted(conn: Connection, box: Box, number: int, visitor: str) -> bool:
    """Say whether a visitor has voted for a thing, as far as is still known."""
    mine = select(box.votes.c.visitor).where(*box.of(number), box.votes.c.visitor == visitor)
    return bool(visitor) and conn.execute(mine).first() is not None


def forget(conn: Connection, votes: Table, before: object) -> int:
    """Erase the hashes of votes that are older than a moment; the counts stay. Returns how many."""
    return conn.execute(delete(votes).where(votes.c.at < before)).rowcount


def _add(conn: Connection, box: Box, number: int, votes: int) -> bool:
    column = box.things.c[box.count]
    step = update(box.things).where(box.things.c.id == number, box.open)
    return conn.execute(step.values({box.count: column + votes})).rowcount == 1
