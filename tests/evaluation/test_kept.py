"""Ratings kept on a device come in one by one, count once, and trust no device's clock."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from tests.evaluation.conftest import build_town, rows

from haochaping.access import queue_keys
from haochaping.access.queue_keys import QueueKey
from haochaping.crypto import seal_to
from haochaping.evaluation.codes import Purpose
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.kept import BadBatch, Batch, Fate, Item, Stand, batch_of, take
from haochaping.hooks.values import OccurrenceKey
from haochaping.ids import shuffled
from haochaping.store import StoreUnavailable

DEVICE = 77
HOUR = 3_600_000.0
YEAR = 365 * 24 * HOUR


@pytest.fixture
def key(desk) -> QueueKey:
    return queue_keys.in_use(desk.store, desk.keyring, desk.emit, desk.clock.now())


@pytest.fixture
def seal(desk, key):
    """Seal what somebody said about a service, as a device does."""

    def sealed(about: OccurrenceKey, item_id: str = "", **said: Any) -> Item:
        last_day = desk.rules.local_day(desk.clock.now()) + timedelta(days=30)
        code = desk.signer.sign(Purpose.RATE, about, last_day)
        whole = {"code": code, "key": f"minted-{about.id}", "grade": 5, **said}
        name = item_id or f"item-{about.id}"
        return box(key, name, json.dumps(whole))

    return sealed


def box(key: QueueKey, item_id: str, text: str, context: str = "") -> Item:
    bound = (context or f"device:{DEVICE}:{item_id}").encode()
    sealed = seal_to(queue_keys.decoded(key.public), text.encode(), bound)
    return Item(item_id, key.id, queue_keys.encoded(sealed))


def sent(intake: Intake, *items: Item, stand: Stand | None = None) -> list[tuple[str, str]]:
    batch = Batch(DEVICE, items, stand or Stand(0.0, "", 0.0))
    return [(one.fate, one.reason) for one in take(intake, batch)]


def test_a_kept_rating_is_created_and_then_a_duplicate(intake, town, seal, store):
    item = seal(town.occurrence, grade=2, options=["207"], text="等了很久")
    assert sent(intake, item) == [("created", "")]
    assert sent(intake, item) == [("duplicate", "")]
    [rating] = rows(store)
    assert (rating.grade, rating.channel, rating.identity) == (2, "window_device", "presumed")


def test_two_hundred_items_sent_three_times_shuffled_make_two_hundred_ratings(
    desk, store, clock, keyring, seal
):
    town = build_town(store, clock, keyring, services=200)
    items = [seal(key, grade=1 + key.id % 5, text="话") for key in [town.occurrence, *town.others]]
    intake = Intake(desk)
    fates: Counter[str] = Counter()
    for _ in range(3):
        mixed = shuffled(items)
        for start in range(0, 200, 40):
            batch = Batch(DEVICE, tuple(mixed[start : start + 40]), Stand(0.0, "", 0.0))
            fates.update(one.fate for one in take(intake, batch))
    assert fates == {Fate.CREATED: 200, Fate.DUPLICATE: 400}
    assert len({row.occurrence_id for row in rows(store)}) == len(rows(store)) == 200


def test_one_item_sent_by_many_at_once_is_created_once(desk, town, seal, store):
    item, intake = seal(town.occurrence), Intake(desk)
    fates: list[str] = []
    threads = [Thread(target=lambda: fates.append(sent(intake, item)[0][0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(fates) == {"created": 1, "duplicate": 7}
    assert len(rows(store)) == 1


def test_each_item_has_its_own_answer(intake, town, seal, key):
    wrong = seal(town.others[0], grade=7)
    silent = seal(town.others[1], grade=1)
    broken = Item("broken", key.id, seal(town.occurrence).box)
    assert sent(intake, wrong, silent, broken, seal(town.occurrence)) == [
        ("refused", "HCP-GRADE-INVALID"),
        ("refused", "HCP-REASON-REQUIRED"),
        ("refused", "HCP-KEPT-UNREADABLE"),
        ("created", ""),
    ]


def test_a_service_that_was_rated_otherwise_meanwhile_is_refused(intake, town, seal, good):
    intake.submit(good)
    assert sent(intake, seal(town.occurrence)) == [("refused", "HCP-ALREADY-RATED")]


def test_another_rating_under_the_same_key_is_refused(intake, town, seal):
    sent(intake, seal(town.occurrence))
    other = seal(town.occurrence, "other", grade=4)
    assert sent(intake, other) == [("refused", "HCP-IDEMPOTENCY-MISMATCH")]


def test_a_link_that_has_expired_is_refused_but_a_replay_is_still_a_duplicate(
    intake, town, seal, clock
):
    came, late = seal(town.occurrence), seal(town.others[0])
    sent(intake, came)
    clock.advance(timedelta(days=40))
    assert sent(intake, came, late) == [("duplicate", ""), ("refused", "HCP-LINK-EXPIRED")]


def test_seven_days_offline_are_nothing(intake, town, seal, clock, store):
    item = seal(town.occurrence)
    clock.advance(timedelta(days=7))
    assert sent(intake, item) == [("created", "")]
    assert rows(store)[0].counted_on == intake.desk.rules.local_day(clock.now())


def test_an_item_belongs_to_its_device_and_to_its_own_id(intake, town, seal, key):
    item = seal(town.occurrence)
    renamed = Item("another", item.key_id, item.box)
    foreign = box(key, "item", json.dumps({"code": "x", "key": "y"}), "device:78:item")
    for stranger in (renamed, foreign):
        assert sent(intake, stranger) == [("refused", "HCP-KEPT-UNREADABLE")]


@pytest.mark.parametrize("text", ["", "[]", "1", "{", '{"code": 1, "key": "k"}', '{"code": "c"}'])
def test_what_an_item_says_must_be_readable(intake, town, key, text):
    assert sent(intake, box(key, "a", text)) == [("refused", "HCP-KEPT-UNREADABLE")]


@pytest.mark.parametrize("kid", ["", "1", "x", "9" * 30, "-5"])
def test_an_item_sealed_to_a_key_that_is_not_here_is_refused(intake, town, kid):
    assert sent(intake, Item("a", kid, "AAAA")) == [("refused", "HCP-QUEUE-KEY-GONE")]


def test_a_store_that_is_away_means_later_for_each(intake, town, seal, monkeypatch):
    def away(draft: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(intake, "submit", away)
    [(fate, reason)] = sent(intake, seal(town.occurrence))
    assert (fate, reason) == ("later", StoreUnavailable.code)


@pytest.mark.parametrize("off", [-YEAR, 0.0, YEAR])
def test_a_clock_that_is_a_year_off_changes_nothing(intake, town, seal, store, clock, off):
    true = clock.now().timestamp() * 1000
    item = seal(town.occurrence, clock=true + off, run="page-1", counter=5.0)
    clock.advance(timedelta(hours=2))
    sent(intake, item, stand=Stand(true + 2 * HOUR + off, "page-2", 9.0))
    [rating] = rows(store)
    assert rating.received_at == clock.now()
    assert rating.submitted_at == clock.now() - timedelta(hours=2)
    assert rating.counted_on == intake.desk.rules.local_day(clock.now())


def test_a_clock_that_was_set_right_in_between_is_corrected_by_the_pages_counter(
    intake, town, seal, store, clock
):
    item = seal(town.occurrence, clock=0.0, run="page-1", counter=1000.0)
    sent(intake, item, stand=Stand(2e12, "page-1", 61_000.0))
    assert rows(store)[0].submitted_at == clock.now() - timedelta(minutes=1)


@pytest.mark.parametrize("then", [-1.0, 9e14])
def test_a_wait_that_cannot_be_leaves_the_moment_unknown(intake, town, seal, store, then):
    item = seal(town.occurrence, clock=1e12)
    sent(intake, item, stand=Stand(1e12 + then, "", 0.0))
    assert rows(store)[0].submitted_at is None


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"items": []},
        {"items": "x"},
        {"items": [1]},
        {"items": [{"id": "a", "kid": "1"}]},
        {"items": [{"id": "", "kid": "1", "box": "x"}]},
        {"items": [{"id": "a", "kid": "1", "box": "x" * 20_000}]},
        {"items": [{"id": str(n), "kid": "1", "box": "x"} for n in range(41)]},
    ],
)
def test_a_batch_that_is_none_is_refused_as_a_whole(said):
    with pytest.raises(BadBatch):
        batch_of(DEVICE, said)


def test_a_batch_tells_the_devices_time_as_far_as_it_is_one():
    item = {"id": "a", "kid": "1", "box": "x"}
    said = {"items": [item], "clock": "noon", "run": 7, "counter": True}
    assert batch_of(DEVICE, said).stand == Stand(0.0, "", 0.0)
