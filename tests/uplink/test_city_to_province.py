"""What the city has, the province has: once, with every change, whatever is sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from haochaping.catalog import tables as catalog
from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.outgoing import Outgoing
from haochaping.evaluation import changes, revisions
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.exchange import Batch, Record
from haochaping.hooks.values import Identity, Period
from haochaping.jobs import Runner
from haochaping.rectification import cases as handling
from haochaping.rectification import replies
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.records import by_origin
from haochaping.rectification.tables import case_reply, rectification_case
from haochaping.uplink import collecting, comparing, overview, packing, receiving, sending
from haochaping.uplink.receiving import Sender
from haochaping.uplink.tables import exchange_received, uplink_batch, uplink_item
from haochaping.web.app import create_app
from haochaping.worker import Worker
from tests.uplink.conftest import ALONE, Pair
from tests.uplink.pair import COUNTY, key_of

HANDLER = Actor(71, permissions=frozenset({"case.handle"}), organization_paths=("/1/",))


def order(pair: Pair, text: str = "", note: str = "") -> Order:
    with pair.city.deployment.store.read() as conn:
        row = conn.execute(select(rectification_case)).one()
    at = pair.city.clock.now()
    return Order(row.public_id, row.version, HANDLER, at, note=note, text=text)


def act(pair: Pair, *moves: str) -> None:
    context = pair.city.deployment.rectification
    for move in moves:
        with pair.city.deployment.store.write() as conn:
            if move == "reply":
                replies.reply(context, conn, order(pair, "已当面道歉，改进了告知单。"))
            else:
                getattr(handling, move)(context, conn, order(pair))


def above(pair: Pair, table: Any) -> list[Any]:
    with pair.province.deployment.store.read() as conn:
        return list(conn.execute(select(table)))


def test_ratings_arrive_once_and_count_on_the_same_day(pair: Pair) -> None:
    for number in range(1, 6):
        pair.rate(number, grade=6 - number)
    pair.later(minutes=1)
    assert set(pair.states()) == {"sent"}
    rows = pair.above()
    assert sorted(row.grade for row in rows) == [1, 2, 3, 4, 5]
    with pair.city.deployment.store.read() as conn:
        mine = list(conn.execute(select(evaluation)))
    assert {(row.grade, row.counted_on) for row in rows} == {(r.grade, r.counted_on) for r in mine}
    Worker(pair.province.deployment).drain()
    today = pair.province.clock.now().date()
    with pair.province.deployment.store.read() as conn:
        facts = pair.province.deployment.case_counts(
            conn, "organization", [1], Period("d", today, today)
        )
    assert facts[1].opened == 2
    _agree(pair)


def _agree(pair: Pair) -> None:
    """Compare both sides; what one lost is found and sent again."""
    exchange = pair.city.deployment.exchange
    day = pair.city.clock.now().date()
    alike = comparing.compare(exchange, day, day)
    assert not alike.differences
    assert [one.count for one in alike.ours if one.kind == "evaluation"] == [5]
    with pair.province.deployment.store.write() as conn:
        conn.execute(exchange_received.delete().where(exchange_received.c.kind == "evaluation"))
    found = comparing.compare(exchange, day, day)
    assert [one.what for one in found.differences] == ["missing"] * 5
    assert comparing.send_again(exchange, found.differences) == 5
    pair.later(minutes=1)
    assert not comparing.compare(exchange, day, day).differences
    assert len(pair.above()) == 5


def test_a_changed_a_withdrawn_and_a_void_rating_change_above(pair: Pair) -> None:
    first, second, third = pair.rate(1, grade=1), pair.rate(2, grade=5), pair.rate(3, grade=2)
    pair.later(minutes=1)
    desk = pair.city.deployment.desk
    again = Draft(
        occurrence=first.evaluation,
        grade=4,
        idempotency_key="changed",
        client="test",
        channel="web",
        identity=Identity.PRESUMED,
    )
    revisions.amend(desk, first.code, again)
    revisions.withdraw(desk, second.code)
    with desk.store.write() as conn:
        changes.void(conn, desk, third.evaluation, Decree("mistaken", desk.clock.now()))
    pair.later(minutes=1)
    rows = pair.above()
    assert sorted((row.grade, row.status) for row in rows) == [
        (1, "superseded"),
        (2, "void"),
        (4, "effective"),
        (5, "withdrawn"),
    ]
    assert {(one.grade, one.outcome) for one in above(pair, rectification_case)} >= {(2, "void")}


@ALONE
def test_the_case_and_the_reply_are_read_above_and_handled_below(pair: Pair) -> None:
    pair.rate(1, grade=1, identity=Identity.ANONYMOUS)
    pair.later(days=1)
    act(pair, "take_up", "rectify", "reply")
    pair.later(minutes=1)
    (case,) = above(pair, rectification_case)
    assert (case.queue, case.state, case.late) == ("below", "replied", False)
    (reply,) = above(pair, case_reply)
    assert reply.text == "已当面道歉，改进了告知单。"
    Worker(pair.province.deployment).drain()
    context = pair.province.deployment.rectification
    with pair.province.deployment.store.write() as conn:
        found = by_origin(conn, case.origin_kind, case.origin_id)
        assert found is not None
        mine = Order(found.public_id, found.version, HANDLER, pair.province.clock.now())
        with pytest.raises(Exception, match="下级平台"):
            handling.take_up(context, conn, mine)


def test_a_lost_answer_is_sent_again_and_counts_once(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, lost = Outgoing.post, []

    def losing(self: Outgoing, url: str, body: bytes, headers: Any) -> Any:
        answer = post(self, url, body, headers)
        if len(lost) < 2:
            lost.append(headers["X-Haochaping-Id"])
            raise OutgoingFault("cut", retry=True)
        return answer

    monkeypatch.setattr(Outgoing, "post", losing)
    pair.rate(1, grade=2)
    for _ in range(4):
        pair.later(minutes=10)
    assert len(set(lost)) == 1
    assert set(pair.states()) == {"sent"}
    assert len(pair.above()) == 1
    with pair.city.deployment.store.read() as conn:
        batches = list(conn.execute(select(uplink_batch).order_by(uplink_batch.c.made_at)))
    assert batches[0].attempts == 3
    assert batches[0].answer.get("duplicate", 0) >= 2


@ALONE
def test_a_wrong_signature_refuses_the_batch_and_a_person_sends_it_again(pair: Pair) -> None:
    secret = pair.city.home / "secrets" / "uplink-sign.secret"
    good = secret.read_text()
    secret.write_text("another")
    pair.rate(1)
    pair.later(minutes=1)
    assert set(pair.states()) == {"refused"}
    with pair.city.deployment.store.read() as conn:
        fault = conn.execute(select(uplink_item.c.fault_zh)).scalars().first()
    assert fault is not None
    assert "422" in fault
    secret.write_text(good)
    assert overview.resend(pair.city.deployment.exchange, ("refused",)) == 2
    pair.later(minutes=1)
    assert len(pair.above()) == 1


@ALONE
def test_what_the_province_does_not_know_is_refused_in_words_mended_and_sent(pair: Pair) -> None:
    with pair.province.deployment.store.write() as conn:
        conn.execute(update(catalog.item).values(code="OTHER"))
    pair.rate(1)
    pair.later(minutes=1)
    assert set(pair.states()) == {"refused"}
    exchange = pair.city.deployment.exchange
    with exchange.store.read() as conn:
        stuck = overview.stuck(conn)
    assert "I7" in stuck[0].fault.zh
    for one in stuck:
        overview.mend(exchange, one.id, {"item_code": "OTHER", "grade": "5"}, 7)
    pair.later(minutes=1)
    assert set(pair.states()) == {"sent"}
    assert len(pair.above()) == 1


@ALONE
def test_a_rating_given_in_both_places_counts_once(pair: Pair) -> None:
    pair.rate(1, grade=5)
    pair.later(minutes=1)
    upper = pair.province.deployment
    assert len(pair.above()) == 1
    pair.serve(2)
    pair.later(minutes=1)
    draft = Draft(
        occurrence=CaseRef("C-2"),
        grade=3,
        idempotency_key="there",
        client="citizen",
        channel="web",
        identity=Identity.PRESUMED,
    )
    upper.intake.submit(draft)
    pair.rate(2, grade=5)
    pair.later(minutes=1)
    assert sorted(row.grade for row in pair.above()) == [3, 5]
    assert set(pair.states()) == {"sent"}


@ALONE
def test_another_key_or_sender_is_turned_away(pair: Pair) -> None:
    key = key_of(pair.province.deployment, COUNTY)
    client = create_app(pair.province.deployment).test_client()
    headers = {"Authorization": f"Bearer {key}", "X-Haochaping-Sender": "119900"}
    answer = client.get(
        "/api/v1/exchange/digest?sender=119900&from=2026-11-16&until=2026-11-16", headers=headers
    )
    assert (answer.status_code, answer.json["code"]) == (403, "HCP-SENDER-UNKNOWN")
    answer = client.post("/api/v1/exchange/batches", data=b"{}", headers=headers)
    assert answer.status_code == 422
    assert answer.json["code"] == "HCP-EXCHANGE-BODY"


@ALONE
def test_a_record_that_is_not_as_described_is_refused_alone(pair: Pair) -> None:
    good = Record("service", "service:x:1", 1, "2026-11-16", _service("N-1"))
    faults = [
        Record("service", "s:2", 1, "2026-11-16", {**_service("N-2"), "served_at": "gestern"}),
        Record("service", "s:3", 1, "16.11.", _service("N-3")),
        Record("service", "s:4", 1, "2026-11-16", {"case_no": "N-4"}),
        Record("evaluation", "s:5", 1, "2026-11-16", _service("N-5")),
        Record("other", "s:6", 1, "2026-11-16", {}),
    ]
    exchange = pair.province.deployment.exchange
    sender = Sender("119900", 1, lambda region, unit: region.startswith("/110000/119900/"))
    answers = receiving.take(exchange, sender, Batch("b", "119900", (*faults, good)))
    assert [one.status for one in answers] == ["refused"] * 5 + ["stored"]
    assert all(one.reason.zh and one.reason.en for one in answers[:5])


def _service(number: str) -> dict[str, Any]:
    return {
        "case_no": number,
        "occurrence_no": 1,
        "item_code": "I7",
        "organization_code": "11990000MB2000004B",
        "hall_code": "",
        "window_code": "",
        "staff_no": "",
        "stage": "",
        "service_channel": "",
        "served_at": "2026-11-16T09:00:00+08:00",
        "case_status": "accepted",
    }


@ALONE
def test_the_breaker_rests_after_failures_and_nothing_is_lost(pair: Pair) -> None:
    real = pair.city.deployment.exchange
    away = replace(real, upper_url="http://127.0.0.1:1/api/v1/exchange")
    pair.rate(1)
    collecting.collect(away)
    packing.pack(away)
    runner = Runner(away.store, away.clock, {packing.SEND: sending.handler(away)}, print)
    for _ in range(12):
        runner.run_due()
        pair.city.clock.advance(timedelta(hours=3))
    with away.store.read() as conn:
        status = overview.status(conn, pair.city.clock.now())
        batch = conn.execute(select(uplink_batch)).one()
    assert (batch.state, status.waiting) == ("open", 2)
    assert batch.attempts >= 5
    assert status.resting
    assert status.oldest_seconds > 3600
    pair.province.clock.set(pair.city.clock.now())
    for _ in range(4):
        pair.later(hours=9)
    assert set(pair.states()) == {"sent"}
    assert len(pair.above()) == 1
