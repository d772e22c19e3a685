"""What travels: both dialects, signing, hooks of plugins that bring their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from haochaping import Plugin, hookimpl
from haochaping.clock import FakeClock
from haochaping.hooks.deployment import PayloadCrypto, TicketGateway, UplinkDialect
from haochaping.hooks.exchange import (
    Answer,
    Batch,
    Crypto,
    Dialect,
    DialectSettings,
    ExchangeRefused,
    Record,
    Sealed,
    TicketPage,
    TicketReport,
    TicketSystem,
)
from haochaping.hooks.values import Words
from haochaping.plugins import PluginManager
from haochaping.pushing import take_in
from haochaping.rectification.tables import rectification_case
from haochaping.uplink import national, own_dialect, shapes, signing
from haochaping.uplink.desk import ExchangeSettings
from haochaping.uplink.packing import digest
from haochaping.uplink.tables import uplink_item
from haochaping.uplink.ticketing import ticket_of
from haochaping.web.app import create_app
from haochaping.worker import Worker
from tests.serving import serving
from tests.uplink.pair import CITY, PROVINCE, SECRET, UNIT, found, key_of, opened

AT = datetime(2026, 11, 16, 2, tzinfo=UTC)
CHANNELS = {"1": "web", "4": "window_device"}
SETTINGS = DialectSettings("Asia/Shanghai", CHANNELS)
SERVED: dict[str, Any] = {
    "case_no": "P-1",
    "occurrence_no": 2,
    "item_code": "I7",
    "organization_code": "11990000MB2000004B",
    "hall_code": "H5",
    "window_code": "08",
    "staff_no": "A17",
    "stage": "conclusion",
    "service_channel": "hall",
    "served_at": "2026-11-16T09:00:00+08:00",
    "case_status": "concluded",
}
SAID: dict[str, Any] = {
    "round": 1,
    "grade": 2,
    "options": ["207"],
    "text": "说不清楚",
    "channel": "window_device",
    "provenance": "citizen",
    "identity": "anonymous",
    "rater_role": "applicant",
    "status": "effective",
    "submitted_at": "2026-11-16T10:05:07+08:00",
    "received_at": "2026-11-16T10:05:07+08:00",
}
REPLY = {"public_id": "ABCDEF", "round": 0, "outcome": "rectified", "text": "已改", "at": None}
RECORDS = (
    Record("service", "service:1", 1, "2026-11-16", SERVED),
    Record("evaluation", "evaluation:1:1", 4, "2026-11-16", {**SERVED, **SAID}),
    Record("reply", "reply:3", 1, "2026-11-16", REPLY),
)
BATCH = Batch("b-1", "119900", RECORDS)


@pytest.fixture(params=[own_dialect.make, national.make])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    found: Dialect = request.param(SETTINGS)
    return found


def test_what_is_written_reads_back_as_it_was(dialect: Dialect) -> None:
    read = dialect.read(dialect.write(BATCH))
    assert [digest(one) for one in read.records] == [digest(one) for one in RECORDS]
    assert [dict(one.content) for one in read.records] == [dict(one.content) for one in RECORDS]
    for one in read.records:
        shapes.require(one)


def test_answers_are_read_for_every_record(dialect: Dialect) -> None:
    answers = [
        Answer("service", "service:1", "stored"),
        Answer("evaluation", "evaluation:1:1", "refused", Words("事项不明", "unknown item")),
        Answer("reply", "reply:3", "duplicate"),
    ]
    assert list(dialect.answers(BATCH, dialect.reply(BATCH, answers))) == answers
    with pytest.raises(ExchangeRefused):
        dialect.answers(BATCH, dialect.reply(BATCH, answers[:2]))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"format": "haochaping/1"}',
    b'{"format":"haochaping/1","batch":"b","sender":"1","records":[]}',
    b'{"format":"haochaping/1","batch":"b","sender":"1","records":[7]}',
    b'{"format":"haochaping/1","batch":"b","sender":"1","records":[{}]}'])  # fmt: skip
def test_other_bodies_are_refused_in_words(dialect: Dialect, body: bytes) -> None:
    with pytest.raises(ExchangeRefused) as caught:
        dialect.read(body)
    assert caught.value.why.zh
    assert caught.value.why.en


def test_the_national_names_are_those_of_the_national_platform() -> None:
    body = national.make(SETTINGS).write(BATCH).decode()
    for said in ('"projectNo":"P-1"', '"serviceNumber":"2"', '"satisfaction":"2"', '"pf":"4"',
                 '"evalDetail":"207"', '"taskCode":"I7"', '"effectivEvalua":"1"',
                 '"proStatus":"3"', '"assessTime":"2026-11-16 10:05:07"'):  # fmt: skip
        assert said in body


def test_a_rating_that_cannot_be_read_does_not_hold_up_the_others() -> None:
    found = national.make(SETTINGS)
    body = found.write(BATCH).decode().replace('"pf":"4"', '"pf":"99"').encode()
    read = found.read(body)
    assert ["99" in one.fault.zh for one in read.records] == [False, True, False]
    assert read.records[1].subject == RECORDS[1].subject


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"organization_code": "11990000MB2000004C"}, "校验码"),
        ({"item_code": ""}, "taskCode"),
        ({"channel": "qr"}, "uplink.channels"),
        ({"options": [], "text": ""}, "evalDetail"),
        ({"submitted_at": "2026-11-16T08:00:00+08:00"}, "早于"),
    ],
)
def test_the_gate_says_what_the_national_platform_would_not_take(
    change: Mapping[str, Any], said: str
) -> None:
    record = replace(RECORDS[1], content={**RECORDS[1].content, **change})
    assert not own_dialect.make(SETTINGS).faults(record)
    (fault,) = national.make(SETTINGS).faults(record)
    assert said in fault.zh
    assert fault.en


@pytest.mark.parametrize("make", [signing.sha256, signing.sm3, signing.sm4])
def test_a_signature_holds_for_its_body_its_secret_and_five_minutes(make: Any) -> None:
    crypto: Crypto = make(b"secret", {})
    sealed = crypto.seal(b"body", AT)
    assert crypto.open(sealed, AT + timedelta(minutes=4)) == b"body"
    other: Crypto = make(b"other", {})
    for broken in (
        (crypto, replace(sealed, body=b"bodY"), AT),
        (other, sealed, AT),
        (crypto, sealed, AT + timedelta(minutes=6)),
        (crypto, Sealed(b"body"), AT),
        (make(b"", {}), sealed, AT),
    ):
        with pytest.raises(ExchangeRefused):
            broken[0].open(broken[1], broken[2])


def test_the_two_algorithms_do_not_take_each_others_signatures() -> None:
    sealed = signing.sha256(b"s", {}).seal(b"body", AT)
    with pytest.raises(ExchangeRefused):
        signing.sm3(b"s", {}).open(sealed, AT)


def test_sm4_hides_what_travels_and_opens_only_what_was_sealed_the_same_way() -> None:
    crypto = signing.sm4(b"secret", {})
    sealed = crypto.seal("排队两小时".encode(), AT)
    assert "排队".encode() not in sealed.body
    assert sealed.body != crypto.seal("排队两小时".encode(), AT).body
    assert crypto.open(sealed, AT) == "排队两小时".encode()
    signed_alone = crypto.signed.seal("排队两小时".encode(), AT)
    with pytest.raises(ExchangeRefused, match="decrypted"):
        crypto.open(signed_alone, AT)
    with pytest.raises(ExchangeRefused):
        crypto.open(signing.sm3(b"secret", {}).seal(b"body", AT), AT)


class Lake(Plugin):
    """Brings a dialect, a cipher and a hotline of its own."""

    name = "lake"

    @hookimpl
    def uplink_dialects(self) -> Iterable[UplinkDialect]:
        return [UplinkDialect("lake", Words("湖"), f"{__name__}:make_dialect")]

    @hookimpl
    def payload_crypto(self) -> Iterable[PayloadCrypto]:
        return [PayloadCrypto("lake_aes", Words("湖"), f"{__name__}:make_crypto")]

    @hookimpl
    def ticket_gateways(self) -> Iterable[TicketGateway]:
        return [TicketGateway("lake_line", Words("湖"), f"{__name__}:make_line")]


class LakeDialect(own_dialect.OwnDialect):
    """Takes no good news."""

    def faults(self, record: Record) -> Sequence[Words]:
        good = record.kind == "evaluation" and record.content["grade"] > 3
        return [Words("只收差评", "bad ones only")] if good else []


class Aes:
    """AES-GCM under the secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = AESGCM(secret[:16].ljust(16, b"0"))

    def seal(self, body: bytes, at: datetime) -> Sealed:
        return Sealed(self._key.encrypt(b"0" * 12, body, b""), {"x-cipher": "aes"})

    def open(self, sealed: Sealed, at: datetime) -> bytes:
        return self._key.decrypt(b"0" * 12, sealed.body, b"")


class Line:
    """A hotline that has one ticket."""

    heard: ClassVar[list[TicketReport]] = []

    def pull(self, cursor: str) -> TicketPage:
        given = {"no": "L-1", "grade": 2, "options": ["207"], "case_no": "C-1"}
        return TicketPage((ticket_of(given),) if not cursor else (), "1")

    def report(self, report: TicketReport) -> str:
        self.heard.append(report)
        return "ok"


def make_dialect(settings: DialectSettings) -> Dialect:
    return LakeDialect()


def make_crypto(secret: bytes, config: Mapping[str, Any]) -> Crypto:
    return Aes(secret)


def make_line(settings: Mapping[str, Any], http: Any) -> TicketSystem:
    return Line()


def test_plugins_bring_their_own_dialect_cipher_and_hotline(
    tmp_path: Path, sqlite_url: str, postgres_url: str, clock: FakeClock
) -> None:
    manager = PluginManager([Lake], installed=False)
    receive = "{receive: {dialect: lake, crypto: lake_aes, channels: {}}}"
    upper = found(
        tmp_path / "u",
        postgres_url,
        FakeClock(clock.now()),
        PROVINCE,
        receive,
        secrets={f"exchange-{CITY}": SECRET},
        manager=manager,
        plugins="{lake: {}}",
    )
    batch = "{count: 9, bytes: 9000, seconds: 0}"
    sending = f"{{intake: both, dialect: lake, crypto: lake_aes, batch: {batch}}}"
    with serving(create_app(upper.deployment)) as url:
        secrets = {"uplink-key": key_of(upper.deployment), "uplink-sign": SECRET}
        lower = found(tmp_path / "l", sqlite_url, clock, CITY, sending, secrets=secrets,
                      manager=manager, plugins="{lake: {}}")  # fmt: skip
        lower.deployment.close()
        sources = {"line": {"gateway": "lake_line", "pull": True}}
        lower.deployment = opened(lower.home, clock, manager=manager, sources=sources,
                                  upper_url=f"{url}/api/v1/exchange")  # fmt: skip
        served = [{"no": 1, "served_at": clock.now().isoformat()}]
        take_in(lower.deployment, {"cases": [
            {"case_no": "C-1", "organization_code": UNIT, "occurrences": served}]})  # fmt: skip
        for _ in range(4):
            clock.advance(timedelta(minutes=2))
            Worker(lower.deployment).drain()
        with upper.deployment.store.read() as conn:
            (case,) = conn.execute(select(rectification_case)).all()
        with lower.deployment.store.read() as conn:
            states = set(conn.execute(select(uplink_item.c.state)).scalars())
    assert case.queue == "below"
    assert states == {"sent"}
    assert [(one.no, one.state) for one in Line.heard] == [("L-1", "opened")]
    for place in (lower, upper):
        place.deployment.close()


def test_a_name_that_nobody_brings_keeps_the_deployment_from_starting(
    tmp_path: Path, sqlite_url: str, clock: FakeClock
) -> None:
    with pytest.raises(ExchangeSettings, match="lake"):
        found(tmp_path / "h", sqlite_url, clock, CITY, "{dialect: lake}")
