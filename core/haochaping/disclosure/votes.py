"""Useful votes: visitors say which published comments helped them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, select

from haochaping import ballots
from haochaping.ballots import Box, Voter
from haochaping.disclosure import narrowing
from haochaping.disclosure.steps import PUBLISHED
from haochaping.disclosure.tables import review, review_vote
from haochaping.profile.rules import UsefulRules

_STANDS: Final = and_(review.c.state == PUBLISHED, review.c.batch_id.is_not(None))
BOX: Final = Box(review_vote, "review_id", review, "useful", _STANDS)


def cast(conn: Connection, mark: str, voter: Voter, rules: UsefulRules, at: datetime) -> None:
    """Count a vote for the comment of a mark. Raises NoVote; one that is not there has none."""
    ballots.cast(conn, BOX, _id(conn, mark), voter, rules.per_network, at)


def take_back(conn: Connection, mark: str, visitor: str) -> bool:
    """Take a visitor's vote for the comment of a mark back; say whether there was one.

    Raises NoVote for a comment that no longer stands.
    """
    return ballots.take_back(conn, BOX, _id(conn, mark), visitor)


def voted(conn: Connection, mark: str, visitor: str) -> bool:
    """Say whether a visitor has voted for the comment of a mark."""
    return ballots.voted(conn, BOX, _id(conn, mark), visitor)


def forget(conn: Connection, before: datetime) -> int:
    """Erase the hashes of votes older than a moment; the counts stay. Returns how many."""
    return ballots.forget(conn, review_vote, before)


def _id(conn: Connection, mark: str) -> int:
    named = narrowing.place(mark)
    if named is None:
        return 0
    return conn.execute(select(review.c.id).where(named)).scalar_one_or_none() or 0
