"""Tickets of the 12345 hotline: taken once, handled here, told back once each."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from haochaping.access.roles import Role
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.evaluation.problems import TakenUpstream
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Identity
from haochaping.pushing import take_in
from haochaping.rectification import cases as handling
from haochaping.rectification import replies
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.tables import rectification_case
from haochaping.uplink import overview, ticketing
from haochaping.uplink.tables import exchange_ticket, uplink_item
from haochaping.web.app import create_app
from haochaping.worker import Worker
from tests.uplink.pages import signed_in
from tests.uplink.pair import CITY, UNIT, Place, found, key_of

HANDLER = Actor(
    71, permissions=frozenset({"case.handle", "case.contact"}), organization_paths=("/1/",)
)
SUPERVISOR = Actor(72, permissions=frozenset({"case.supervise"}))


@dataclass
class Hotline:
    """A hotline on this machine: hands tickets out by number and hears what became of them."""

    tickets: list[dict[str, Any]] = field(default_factory=list)
    heard: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: int = 0
    faults: list[int] = field(default_factory=list)
    """Answers to give before any good one; 0: hear it, then cut the connection."""
    port: int = 0

    @property
    def said(self) -> list[tuple[str, str, str]]:
        """What was heard: number, kind, state."""
        return [(one["no"], one["kind"], one["state"]) for one in self.heard.values()]

    def answer(self, method: str, path: str, body: bytes, key: str) -> tuple[int, dict[str, Any]]:
        self.asked += 1
        fault = self.faults.pop(0) if self.faults else 200
        if fault >= 400:
            return fault, {}
        if method == "GET":
            after = int(path.partition("after=")[2] or 0)
            some = self.tickets[after : after + 2]
            more = after + 2 < len(self.tickets)
            return fault, {"tickets": some, "cursor": str(after + len(some)), "more": more}
        if key in self.heard:
            return 409, {}
        self.heard[key] = {"no": path.split("/")[2], **json.loads(body)}
        return fault, {}


@contextmanager
def listening() -> Iterator[Hotline]:
    hotline = Hotline()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            key = self.headers.get("Idempotency-Key", "")
            status, data = hotline.answer(self.command, self.path, body, key)
            if status == 0:
                self.connection.close()
                return
            answer = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _take

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hotline.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hotline
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Town:
    """A city that takes tickets, and its hotline."""

    place: Place
    hotline: Hotline

    @property
    def exchange(self) -> Any:
        return self.place.deployment.exchange

    def later(self, **by: float) -> None:
        self.place.clock.advance(timedelta(**by))
        Worker(self.place.deployment).drain()

    def count(self, table: Any) -> int:
        with self.exchange.store.read() as conn:
            return int(conn.execute(select(func.count()).select_from(table)).scalar_one())

    def act(self, *moves: str) -> None:
        context = self.place.deployment.rectification
        for move in moves:
            with self.exchange.store.write() as conn:
                row = conn.execute(select(rectification_case)).one()
                who = SUPERVISOR if move == "confirm" else HANDLER
                at = self.place.clock.now()
                order = Order(row.public_id, row.version, who, at, text="已整改", note="属实")
                if move == "reply":
                    replies.reply(context, conn, order)
                else:
                    getattr(handling, move)(context, conn, order)


ALONE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def town(store_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Town]:
    with listening() as hotline:
        url = f"http://127.0.0.1:{hotline.port}"
        sources = {"hotline": {"gateway": "http", "url": url, "pull": True, "title": "12345"}}
        home = tmp_path / "home"
        place = found(home, store_url, clock, CITY, "{intake: both}", sources=sources)
        yield Town(place, hotline)
        place.deployment.close()


def ticket(number: int, grade: int = 1, **more: Any) -> dict[str, Any]:
    said = {"no": f"T{number}", "grade": grade, "organization_code": UNIT, "item_code": "I7"}
    said |= {"options": ["108"] if grade == 1 else [], "text": "窗口让我跑了三趟"}
    return {**said, "name": "王某", "mobile": "13800001234", **more}


def test_create_status_reply_and_close_go_round_once(town: Town) -> None:
    first = ticket(1, name="", mobile="")
    town.hotline.tickets = [first, ticket(2, grade=5), ticket(3, grade=4)]
    town.later(minutes=2)
    assert town.count(evaluation) == 3
    assert town.count(rectification_case) == 1
    with town.exchange.store.read() as conn:
        row = conn.execute(select(evaluation).where(evaluation.c.grade == 1)).one()
    assert (row.provenance, row.channel) == ("hotline_operator", "hotline")
    town.later(days=1)
    town.act("take_up", "rectify")
    town.later(minutes=2)
    town.act("reply")
    town.later(minutes=2)
    for _ in range(4):
        town.later(minutes=2)
    said = town.hotline.said
    assert len(said) == len(set(said))
    assert set(said) == {
        ("T1", "status", "opened"),
        ("T1", "status", "verifying"),
        ("T1", "status", "rectifying"),
        ("T1", "reply", "replied"),
        ("T2", "status", "recorded"),
        ("T3", "status", "recorded"),
    }
    (reply,) = [one for one in town.hotline.heard.values() if one["kind"] == "reply"]
    assert (reply["text"], reply["outcome"]) == ("已整改", "rectified")
    town.act("confirm")
    town.later(minutes=2)
    assert ("T1", "closed", "closed") in town.hotline.said


@ALONE
def test_busy_failing_and_cut_connections_lose_and_double_nothing(town: Town) -> None:
    town.hotline.tickets = [ticket(1)]
    town.hotline.faults = [500, 429]
    for _ in range(3):
        town.later(minutes=2)
    assert town.count(evaluation) == 1
    town.hotline.faults = [503, 0, 429]
    for _ in range(6):
        town.later(hours=1)
    assert town.hotline.said == [("T1", "status", "opened")]
    with town.exchange.store.read() as conn:
        assert set(conn.execute(select(uplink_item.c.state)).scalars()) == {"sent"}


@ALONE
def test_a_report_that_was_heard_before_the_cut_is_told_as_a_duplicate(town: Town) -> None:
    town.hotline.tickets = [ticket(1)]
    town.later(minutes=2)
    heard = dict(town.hotline.heard)
    overview_sent = town.count(uplink_item)
    with town.exchange.store.write() as conn:
        conn.execute(uplink_item.update().values(state="waiting", sent_revision=0))
    town.later(minutes=2)
    assert town.hotline.heard == heard
    assert town.count(uplink_item) == overview_sent
    with town.exchange.store.read() as conn:
        assert set(conn.execute(select(uplink_item.c.state)).scalars()) == {"sent"}


@ALONE
def test_the_same_ticket_again_changes_nothing_and_another_content_is_refused(town: Town) -> None:
    take = ticketing.take_pushed
    body = [ticket(1)]
    (first,) = take(town.exchange, "hotline", body, ticketing.anywhere)
    (again,) = take(town.exchange, "hotline", body, ticketing.anywhere)
    (other,) = take(town.exchange, "hotline", [ticket(1, grade=2)], ticketing.anywhere)
    assert [first.status, again.status, other.status] == ["taken", "duplicate", "refused"]
    assert town.count(evaluation) == 1


def test_a_service_rated_in_both_places_counts_once_and_is_told(town: Town) -> None:
    deployment = town.place.deployment
    case = {"case_no": "C-1", "item_code": "I7", "organization_code": UNIT}
    case |= {"status": "accepted", "occurrences": [{"no": 1}]}
    take_in(deployment, {"cases": [case]})
    deployment.intake.submit(
        Draft(
            occurrence=CaseRef("C-1"),
            grade=2,
            options=("207",),
            idempotency_key="here",
            client="citizen",
            channel="web",
            identity=Identity.PRESUMED,
        )
    )
    town.hotline.tickets = [ticket(9, grade=1, case_no="C-1")]
    town.later(minutes=2)
    assert town.count(evaluation) == 1
    assert town.count(rectification_case) == 1
    assert ("T9", "status", "rated_before") in town.hotline.said
    town.later(days=1)
    town.act("take_up")
    town.later(minutes=2)
    assert ("T9", "status", "verifying") in town.hotline.said


@ALONE
def test_a_ticket_that_cannot_be_taken_is_kept_told_and_taken_later(town: Town) -> None:
    bad = [ticket(1, organization_code="NOBODY"), ticket(2, grade=None), ticket(3, channel="fax")]
    town.hotline.tickets = bad
    town.later(minutes=2)
    assert town.count(evaluation) == 0
    assert {kind for _no, kind, _state in town.hotline.said} == {"refused"}
    texts = " ".join(one["text"] for one in town.hotline.heard.values())
    assert "NOBODY" in texts
    with town.exchange.store.read() as conn:
        rows = list(conn.execute(select(exchange_ticket).order_by(exchange_ticket.c.source_no)))
        assert overview.status(conn, town.place.clock.now()).tickets == {"refused": 3}
    assert all(row.sealed and b"13800001234" not in row.sealed for row in rows)
    with town.exchange.store.write() as conn:
        known = conn.execute(select(catalog.organization)).one()._asdict()
        conn.execute(
            catalog.organization.insert().values(
                **{**known, "id": 2, "code": "NOBODY", "uscc": "X", "path": "/2/"}
            )
        )
    again = ticketing.refused_again(town.exchange, rows[0].id)
    assert again is not None
    assert again.status == "taken"
    assert town.count(evaluation) == 1


def test_where_ratings_are_given_upstream_only_the_own_door_says_so(
    tmp_path: Path, sqlite_url: str, clock: FakeClock
) -> None:
    place = found(tmp_path / "home", sqlite_url, clock, CITY, "{intake: upstream}")
    case = {"case_no": "C-1", "organization_code": UNIT, "occurrences": [{"no": 1}]}
    (pushed,) = take_in(place.deployment, {"cases": [case]})
    assert pushed.invitation is not None
    client = create_app(place.deployment).test_client()
    answer = client.get(f"/r/{pushed.invitation.code}", headers={"Accept": "text/html"})
    assert answer.status_code == 409
    assert "12345" in answer.get_data(as_text=True)
    draft = Draft(
        occurrence=CaseRef("C-1"), grade=5, idempotency_key="k", client="citizen", channel="web"
    )
    with pytest.raises(TakenUpstream):
        place.deployment.intake.submit(draft)
    place.deployment.close()


@ALONE
def test_tickets_are_pushed_through_the_api_by_a_key_within_its_reach(town: Town) -> None:
    key = key_of(town.place.deployment)
    client = create_app(town.place.deployment).test_client()
    headers = {"Authorization": f"Bearer {key}"}
    body = {"source": "hotline", "tickets": [ticket(1), ticket(2, organization_code="NOBODY")]}
    answer = client.post("/api/v1/exchange/tickets", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert [one["status"] for one in answer.json["results"]] == ["taken", "refused"]
    assert "NOBODY" in answer.json["results"][1]["reason"]["zh"]
    unknown = client.post(
        "/api/v1/exchange/tickets", json={**body, "source": "fax"}, headers=headers
    )
    assert (unknown.status_code, unknown.json["code"]) == (404, "HCP-UNKNOWN-SOURCE")


@ALONE
def test_the_console_page_lists_what_is_stuck_and_takes_a_ticket_again(
    town: Town, tmp_path: Path
) -> None:
    town.hotline.tickets = [ticket(1, organization_code="NOBODY")]
    town.later(minutes=2)
    client = signed_in(town.place, Role.SUPERVISOR)
    page = client.get("/console/exchange").get_data(as_text=True)
    assert "NOBODY" in page
    assert "T1" in page
    assert client.get("/console/exchange?lang=en").status_code == 200
