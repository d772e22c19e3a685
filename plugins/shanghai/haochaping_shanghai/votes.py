"""Votes of visitors without an account: useful reviews, nominations of the award.

The rules are the core's (`haochaping.doors.votes`): one vote of a browser, at most so many of a
network, and none for a browser whose cookie has not come back yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from sqlalchemy import Table, select

from haochaping.doors import votes
from haochaping.doors.votes import Box, Voter
from haochaping.hooks.services import Services
from haochaping.store.types import micros
from haochaping_shanghai.tables import nomination, review, vote

USEFUL, AWARD = "useful", "award"


def _box(kind: str, things: Table, count: str, state: str) -> Box:
    return Box(vote, "target_id", things, count, things.c.state == state, {"kind": kind})


BOXES: Final = {
    USEFUL: _box(USEFUL, review, "useful", "shown"),
    AWARD: _box(AWARD, nomination, "votes", "open"),
}


class Votes:
    """The votes of one deployment."""

    def __init__(self, services: Services, per_network: int) -> None:
        self._services = services
        self._per_network = per_network

    def cast(self, kind: str, target_id: int, visitor: str, network: str) -> None:
        """Count a vote. Raises NoVote."""
        at, voter = micros(self._services.now()), Voter(visitor, network)
        with self._services.records.transaction() as conn:
            votes.cast(conn, BOXES[kind], target_id, voter, self._per_network, at)

    def take_back(self, kind: str, target_id: int, visitor: str) -> bool:
        """Take a visitor's vote back while its hash is there; say whether there was one.

        Raises NoVote once voting is over.
        """
        with self._services.records.transaction() as conn:
            return votes.take_back(conn, BOXES[kind], target_id, visitor)

    def mine(self, kind: str, targets: Iterable[int], visitor: str) -> frozenset[int]:
        """Return which of these a visitor has voted for, as far as is still known."""
        rows = vote.c
        own = select(rows.target_id).where(
            rows.kind == kind, rows.visitor == visitor, rows.target_id.in_(list(targets))
        )
        if not visitor:
            return frozenset()
        with self._services.records.transaction() as conn:
            return frozenset(conn.execute(own).scalars())

    def forget(self, days: int) -> int:
        """Erase the hashes of votes older than `days`; the counts stay. Returns how many."""
        before = micros(self._services.now() - timedelta(days=days))
        with self._services.records.transaction() as conn:
            return votes.forget(conn, vote, before)
