"""Votes of visitors without an account: useful reviews, nominations of the award.

One vote of a browser, at most so many of a network; a browser whose cookie has not come
back yet has none, so a script must at least come twice and wears its network out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from haochaping.hooks.services import Services
from haochaping.hooks.values import Words
from haochaping.store.types import micros
from haochaping_shanghai.problems import NoVote
from haochaping_shanghai.tables import nomination, review, vote

USEFUL, AWARD = "useful", "award"
_TARGETS: Final[dict[str, tuple[Table, str, str]]] = {
    USEFUL: (review, "useful", "shown"),
    AWARD: (nomination, "votes", "open"),
}


class Votes:
    """The votes of one deployment."""

    def __init__(self, services: Services, per_network: int) -> None:
        self._services = services
        self._per_network = per_network

    def cast(self, kind: str, target_id: int, visitor: str, network: str) -> None:
        """Count a vote. Raises NoVote."""
        if not visitor:
            raise NoVote(
                Words("请刷新页面后再投", "Reload the page, then vote: cookies are needed")
            )
        table, column, state = _TARGETS[kind]
        same = (vote.c.kind == kind, vote.c.target_id == target_id)
        row = {"kind": kind, "target_id": target_id, "visitor": visitor, "network": network}
        with self._services.records.transaction() as conn:
            more = {column: table.c[column] + 1}
            step = update(table).where(table.c.id == target_id, table.c.state == state)
            if conn.execute(step.values(more)).rowcount != 1:
                raise NoVote(Words("现在不能投票", "Votes are not taken now"))
            near = select(func.count()).where(*same, vote.c.network == network)
            if int(conn.execute(near).scalar_one()) >= self._per_network:
                raise NoVote
            try:
                conn.execute(insert(vote).values(**row, at=micros(self._services.now())))
            except IntegrityError as error:
                raise NoVote from error

    def forget(self, days: int) -> int:
        """Erase the hashes of votes older than `days`; the counts stay. Returns how many."""
        before = micros(self._services.now() - timedelta(days=days))
        with self._services.records.transaction() as conn:
            return int(conn.execute(delete(vote).where(vote.c.at < before)).rowcount)
