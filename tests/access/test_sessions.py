"""Sessions idle out, end after twelve hours and are ended by their owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from haochaping.access import sessions
from haochaping.access.sessions import Stage
from haochaping.access.tables import session as session_table

IDLE = timedelta(minutes=30)


@pytest.fixture
def account(people):
    return people.settled()


@pytest.fixture
def open_one(store, keyring, clock, account):
    def open_one(client=""):
        with store.write() as conn:
            visitor = sessions.Visitor(account, client)
            return sessions.open_session(conn, keyring, visitor, Stage.FULL, clock.now())

    return open_one


@pytest.fixture
def resolve(store, keyring, clock):
    def resolve(token):
        with store.read() as conn:
            return sessions.resolve(conn, keyring, token, clock.now(), IDLE)

    return resolve


def test_a_token_leads_to_its_session(open_one, resolve):
    opened = open_one()
    assert resolve(opened.token) == opened.session
    assert len(opened.token) == 43


@pytest.mark.parametrize("token", ["", "x", "张三", "A" * 43])
def test_any_other_token_leads_nowhere(open_one, resolve, token):
    open_one()
    assert resolve(token) is None


def test_the_token_is_not_in_the_database(store, open_one):
    opened = open_one()
    with store.read() as conn:
        rows = conn.execute(select(session_table)).all()
    assert opened.token not in str(rows)


def test_a_session_idles_out(open_one, resolve, clock):
    opened = open_one()
    clock.advance(IDLE - timedelta(seconds=1))
    assert resolve(opened.token) is not None
    clock.advance(timedelta(seconds=1))
    assert resolve(opened.token) is None


def test_a_busy_session_ends_after_twelve_hours(store, open_one, resolve, clock):
    opened = open_one()
    for _ in range(36):
        assert resolve(opened.token) is not None
        clock.advance(timedelta(minutes=20))
        with store.write() as conn:
            sessions.seen(conn, opened.session.id, clock.now())
    assert resolve(opened.token) is None


def test_seen_is_due_once_a_minute(open_one, clock):
    session = open_one().session
    assert not session.unseen(clock.now() + timedelta(seconds=59))
    assert session.unseen(clock.now() + timedelta(seconds=60))


def test_seen_never_runs_back(store, open_one, resolve, clock):
    opened = open_one()
    with store.write() as conn:
        sessions.seen(conn, opened.session.id, clock.now() - timedelta(minutes=5))
    assert resolve(opened.token).seen_at == clock.now()


def test_an_account_sees_its_own_sessions_latest_first(store, open_one, clock, account):
    first = open_one("  Firefox\non Linux ")
    clock.advance(timedelta(minutes=1))
    second = open_one("x" * 500)
    with store.read() as conn:
        mine = sessions.of_account(conn, account, clock.now(), IDLE)
    assert [each.id for each in mine] == [second.session.id, first.session.id]
    assert mine[1].client == "Firefox on Linux"
    assert len(mine[0].client) == 120


def test_a_session_is_ended_by_its_owner_only(store, open_one, resolve, clock, account):
    opened = open_one()
    with store.write() as conn:
        assert not sessions.revoke(conn, account + 1, opened.session.id, clock.now())
        assert sessions.revoke(conn, account, opened.session.id, clock.now())
        assert not sessions.revoke(conn, account, opened.session.id, clock.now())
    assert resolve(opened.token) is None


def test_all_other_sessions_can_be_ended(store, open_one, resolve, clock, account):
    here, there, elsewhere = open_one(), open_one(), open_one()
    with store.write() as conn:
        assert sessions.revoke_all(conn, account, clock.now(), except_id=here.session.id) == 2
    assert resolve(here.token) is not None
    assert resolve(there.token) is None
    assert resolve(elsewhere.token) is None


def test_sessions_that_have_long_ended_are_tidied_away(store, open_one, clock):
    open_one()
    clock.advance(sessions.KEPT + timedelta(seconds=1))
    with store.write() as conn:
        assert sessions.tidy(conn, clock.now()) == 1
        assert sessions.tidy(conn, clock.now()) == 0
