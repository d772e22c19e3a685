"""Answers to local questions follow their ratings, and can be told anew from them."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from haochaping.evaluation.tables import evaluation
from haochaping.grading import answers, periods
from haochaping.grading.answers import Asked
from haochaping.grading.tables import local_answer
from haochaping.journal import Event
from haochaping.store import Store

from .ledger import AT, DAY, REGION, RULES, Desk

SEATS, QUEUE = "local.comfort.seats", "local.comfort.queue"
MONTH = periods.of_month(DAY)


class Town(Desk):
    """A desk whose events name what was chosen, as those of intake do."""

    def _payload(self, row: dict[str, Any]) -> dict[str, Any]:
        names = ("id", "served_month", "options")
        return super()._payload(row) | {name: row[name] for name in names}

    def _tell(self, kind: str, row: dict[str, Any], **more: Any) -> None:
        event = Event(kind, f"evaluation:{row['id']}", self._payload(row) | more, row["region"])
        answers.on_evaluations(RULES, self.conn, [event], AT)


def counted(conn: Connection, kind: str = "organization", ids: Any = None) -> dict[str, int]:
    return answers.counts(conn, Asked.of(kind, ids, MONTH))


def test_answers_of_effective_ratings_are_counted_by_unit(store: Store) -> None:
    with store.write() as conn:
        town = Town(conn)
        town.rate(5, options=["510", f"{SEATS}.good", f"{QUEUE}.poor"])
        town.rate(4, options=[f"{SEATS}.good"], hall_id=12)
        town.rate(2, "held", options=[f"{SEATS}.poor"])
        town.rate(5, options=[f"{SEATS}.fair"], round=2)
        assert counted(conn) == {f"{SEATS}.good": 2, f"{QUEUE}.poor": 1}
        assert counted(conn, "hall", [12]) == {f"{SEATS}.good": 1}
        assert counted(conn, "item", [99]) == {}


def test_yesterday_s_page_does_not_know_today_s_answer(store: Store) -> None:
    with store.write() as conn:
        Town(conn).rate(5, options=[f"{SEATS}.good"])
        asked = Asked.of("organization", None, MONTH, DAY - timedelta(days=1))
        assert answers.counts(conn, asked) == {}


def test_a_change_or_withdrawal_takes_its_answers_along(store: Store) -> None:
    with store.write() as conn:
        town = Town(conn)
        first = town.rate(5, options=[f"{SEATS}.good"])
        town.amend(first, 3)
        assert counted(conn) == {}
        other = town.rate(1, "held", options=[f"{SEATS}.poor"])
        town.move(other, "effective")
        assert counted(conn) == {f"{SEATS}.poor": 1}
        town.move(other, "withdrawn")
        town.move(other, "withdrawn")
        assert counted(conn) == {}


@pytest.mark.parametrize("seed", range(3))
def test_a_rebuild_equals_what_was_kept_after_any_history(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    codes = [f"{asked}.{answer}" for asked in (SEATS, QUEUE) for answer in ("good", "poor")]
    with store.write() as conn:
        town = Town(conn)
        for _ in range(25):
            step = chance.random()
            if step < 0.6 or not town.chains:
                status = chance.choice(["effective", "held"])
                town.rate(chance.randint(1, 5), status, options=chance.sample(codes, 2))
            elif step < 0.8:
                town.amend(chance.choice(list(town.chains)), chance.randint(1, 5))
            else:
                town.move(chance.choice(list(town.chains)), chance.choice(["void", "effective"]))
        kept = counted(conn)
        assert answers.differences(conn) == ()
        answers.rebuild(conn)
        assert counted(conn) == kept


def test_a_rebuild_restores_what_was_lost_or_made_up(store: Store) -> None:
    with store.write() as conn:
        Town(conn).rate(5, options=[f"{SEATS}.good"])
        conn.execute(update(local_answer).values(code=f"{SEATS}.poor"))
        row = {
            "region": REGION, "served_month": 202611, "evaluation_id": 77, "day": DAY,
            "code": f"{QUEUE}.good", "organization_id": 1, "hall_id": None, "item_id": None,
        }  # fmt: skip
        conn.execute(insert(local_answer), [row])
        assert len(answers.differences(conn)) == 3
        answers.rebuild(conn)
        assert answers.differences(conn) == ()
        assert counted(conn) == {f"{SEATS}.good": 1}
        assert conn.execute(evaluation.select()).one().options == [f"{SEATS}.good"]
