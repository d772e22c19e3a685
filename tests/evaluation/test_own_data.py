"""What is kept about one person can be given to them and destroyed; figures and seals stay."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, update
from tests.evaluation.conftest import Notebook, Town, count, rows

from haochaping.access.persons import Person
from haochaping.access.reveals import Look, PurposeMissing
from haochaping.access.tables import reveal, vault_key, vault_person
from haochaping.access.vault import Vault
from haochaping.catalog.tables import service_case
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.delivery.tables import message
from haochaping.evaluation import conservation, own_data, sending, wording
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.sending import Posting
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.journal import sealing
from haochaping.profile.rules import PrivacyRules
from haochaping.store import Store

NUMBER, MOBILE, NAME = "990000199001010025", "13900009876", "王小明"
DAYS = MappingProxyType({"person": 100, "words": 50, "message": 20, "photo": 20})
RULES = PrivacyRules(Words("局"), Words("热线"), DAYS)
PURPOSE = "本人申请查阅"


@pytest.fixture
def vault(keyring: Keyring) -> Vault:
    return Vault(keyring)


@pytest.fixture
def who(store: Store, vault: Vault, clock: FakeClock, town: Town) -> int:
    """A person with a name, who is the applicant of all services of the town."""
    with store.write() as conn:
        person = Person(name=NAME, certificate_no=NUMBER, mobile=MOBILE)
        person_id = vault.remember(conn, person, "330106", clock.now())
        conn.execute(update(service_case).values(person_id=person_id))
    return person_id


@pytest.fixture
def rated(intake: Intake, bad: Draft, who: int) -> int:
    intake.submit(bad)
    return who


def words(store: Store, keyring: Keyring) -> str:
    row = rows(store)[0]
    with store.read() as conn:
        key = OccurrenceKey(row.region, row.served_month, row.id)
        return wording.words_of(conn, keyring, key)


def test_an_extract_holds_everything_and_leaves_an_audit_row(
    store: Store, vault: Vault, notebook: Notebook, clock: FakeClock, rated: int
) -> None:
    with store.write() as conn:
        [found] = own_data.find(conn, vault, MOBILE)
        sending.post(conn, Posting("b1", found, Words("请评价")), clock.now())
        look = Look(found, 7, PURPOSE)
        document = own_data.export(conn, vault, notebook.emit, look, clock.now())
    assert document["person"]["name"] == NAME
    assert [one["text"] for one in document["ratings"]] == ["等了三个小时"]
    assert len(document["services"]) == 3
    assert document["messages"][0]["body_zh"] == "请评价"
    assert [one["purpose"] for one in document["looks"]] == [PURPOSE]
    assert json.dumps(document)
    assert count(store, reveal) == 1
    assert NAME not in str(notebook.events)


def test_without_a_purpose_there_is_no_extract(
    store: Store, vault: Vault, notebook: Notebook, clock: FakeClock, rated: int
) -> None:
    with pytest.raises(PurposeMissing), store.write() as conn:
        own_data.export(conn, vault, notebook.emit, Look(rated, 7, " "), clock.now())


def test_a_person_is_found_by_either_number(store: Store, vault: Vault, who: int) -> None:
    with store.read() as conn:
        assert own_data.find(conn, vault, NUMBER) == (who,)
        assert own_data.find(conn, vault, f" {MOBILE[:3]} {MOBILE[3:]}") == (who,)
        assert own_data.find(conn, vault, "13812345678") == ()


def test_erasing_closes_name_and_words_and_keeps_the_rating(
    store: Store, vault: Vault, keyring: Keyring, clock: FakeClock, rated: int
) -> None:
    assert words(store, keyring) == "等了三个小时"
    with store.write() as conn:
        sending.post(conn, Posting("b1", rated, Words("请评价")), clock.now())
        assert own_data.erase(conn, vault, rated, clock.now())
        assert not own_data.erase(conn, vault, rated, clock.now())
        assert own_data.find(conn, vault, NUMBER) == ()
        assert vault.masked(conn, rated).erased
    assert words(store, keyring) == ""
    assert (rows(store)[0].grade, rows(store)[0].status) == (2, "effective")
    assert count(store, message) == 0


def test_after_erasing_conservation_and_seals_hold(
    store: Store, vault: Vault, clock: FakeClock, rated: int
) -> None:
    key = Ed25519PrivateKey.generate()
    sealing.seal_next(store, clock, key)
    with store.write() as conn:
        own_data.erase(conn, vault, rated, clock.now())
    clock.advance(timedelta(minutes=1))
    sealing.seal_next(store, clock, key)
    with store.read() as conn:
        assert list(sealing.verify(conn, key.public_key().public_bytes_raw())) == []
        assert conservation.count(conn).holds


def test_persons_unheard_of_for_long_are_erased(
    store: Store, vault: Vault, clock: FakeClock, rated: int
) -> None:
    def run() -> own_data.Expired:
        with store.write() as conn:
            return own_data.expire(conn, vault, RULES, clock.now())

    clock.advance(timedelta(days=100))
    assert run().persons == 0
    clock.advance(timedelta(days=1))
    with store.write() as conn:
        conn.execute(update(service_case).values(updated_at=clock.now()))
    assert run().persons == 1  # the one in whose name nothing was done
    clock.advance(timedelta(days=101))
    assert run().persons == 1
    assert run() == own_data.Expired()
    with store.read() as conn:
        assert conn.execute(select(vault_person.c.erased_at)).scalars().all().count(None) == 0


def test_old_words_go_before_their_person(
    store: Store, vault: Vault, keyring: Keyring, clock: FakeClock, rated: int
) -> None:
    clock.advance(timedelta(days=51))
    with store.write() as conn:
        gone = own_data.expire(conn, vault, RULES, clock.now())
    assert (gone.words, gone.persons) == (1, 0)
    assert words(store, keyring) == ""
    with store.read() as conn:
        assert vault.masked(conn, rated).name == "王**"


def test_the_keys_of_anonymous_words_go_with_them(
    store: Store, vault: Vault, clock: FakeClock, intake: Intake, bad: Draft, who: int
) -> None:
    intake.submit(replace(bad, identity="anonymous"))
    before = count(store, vault_key)
    clock.advance(timedelta(days=51))
    with store.write() as conn:
        own_data.expire(conn, vault, RULES, clock.now())
    assert count(store, vault_key) == before - 1


def test_old_messages_go_when_they_have_ended(
    store: Store, vault: Vault, clock: FakeClock, who: int
) -> None:
    with store.write() as conn:
        for name in ("b1", "b2"):
            sending.post(conn, Posting(name, who, Words("请评价")), clock.now())
        conn.execute(update(message).where(message.c.business_id == "b1").values(state="sent"))
    clock.advance(timedelta(days=21))
    with store.write() as conn:
        assert own_data.expire(conn, vault, RULES, clock.now()).messages == 1
    assert count(store, message) == 1


def test_the_version_of_the_notice_is_stored_with_the_rating(
    desk: Desk, good: Draft, store: Store
) -> None:
    Intake(replace(desk, rules=replace(desk.rules, notice="2-abc"))).submit(good)
    assert rows(store)[0].notice == "2-abc"
