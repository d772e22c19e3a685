"""How a rating came about, in one word: unprompted, invited, entered by staff, back-filled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from haochaping.evaluation import prompting
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.prompting import How
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import evaluation, offer
from haochaping.hooks.values import Channel, Provenance
from haochaping.store import Store


@pytest.mark.parametrize(
    ("changes", "way", "expected"),
    [
        ({}, "", How.UNPROMPTED),
        ({}, "window", How.UNPROMPTED),
        ({}, "sms", How.INVITED),
        ({"channel": str(Channel.SMS)}, "", How.INVITED),
        ({"provenance": str(Provenance.PAPER_CLERK)}, "sms", How.ENTERED),
        ({"provenance": str(Provenance.HOTLINE_OPERATOR)}, "", How.ENTERED),
        ({"provenance": str(Provenance.BACKFILL)}, "sms", How.BACKFILLED),
        ({"provenance": str(Provenance.SYSTEM_DEFAULT)}, "", How.DEFAULT),
    ],
)
def test_a_rating_says_in_one_word_how_it_came_about(
    store: Store, intake: Intake, good: Draft, changes: dict[str, str], way: str, expected: How
) -> None:
    receipt = intake.submit(good)
    rated = receipt.evaluation
    with store.write() as conn:
        row = conn.execute(select(evaluation)).one()
        if changes:
            conn.execute(update(evaluation).values(changes))
        for via, at in ((way, row.received_at), ("sms", row.received_at + timedelta(days=3))):
            if not via or (via == "sms" and way == "sms" and at != row.received_at):
                continue
            given = {"region": row.region, "served_month": row.served_month, "via": via, "at": at}
            conn.execute(insert(offer).values(**given, occurrence_id=row.occurrence_id))
        key = (rated.region, rated.served_month, rated.id)
        assert prompting.how(conn, [key]) == {key: expected}
        assert prompting.how(conn, [("0", 0, 0)]) == {}
    assert prompting.WORDS[expected].into("en")
