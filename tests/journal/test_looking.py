"""Looking into the journal: some kinds, families of kinds, readers, what was given up."""

from __future__ import annotations

from sqlalchemy import insert

from haochaping.journal import Event, append, looking
from haochaping.journal.tables import journal_cursor, journal_parked


def test_events_come_latest_first_page_by_page(store, clock):
    with store.write() as conn:
        append(conn, [Event("a", f"x:{n}") for n in range(60)], clock.now())
        append(conn, [Event("b", "y:1")], clock.now())
    with store.read() as conn:
        first = looking.events(conn, ["a"])
        second = looking.events(conn, ["a"], first.before)
    subjects = [one.subject for one in (*first.entries, *second.entries)]
    assert subjects == [f"x:{n}" for n in reversed(range(60))]
    assert second.before == 0


def test_a_family_of_kinds_is_named_by_its_beginning(store, clock):
    with store.write() as conn:
        kinds = ("plugin.a.b", "plugin.c.d", "plugins", "other")
        append(conn, [Event(one, "x:1") for one in kinds], clock.now())
    with store.read() as conn:
        found = looking.events(conn, ["plugin.", "other"])
    assert [one.kind for one in found.entries] == ["other", "plugin.c.d", "plugin.a.b"]


def test_an_empty_journal_has_no_events(store):
    with store.read() as conn:
        assert looking.events(conn, ["a"]) == looking.Found((), 0)


def test_readers_and_what_they_gave_up_are_listed(store, clock):
    with store.write() as conn:
        conn.execute(insert(journal_cursor).values(name="plugin:a", at=clock.now()))
        row = {"reader": "plugin:a", "subject": "case:1", "ready_at": clock.now()}
        states = (("parked", 1), ("waiting", 2), ("done", 3))
        conn.execute(
            insert(journal_parked), [{**row, "seq": seq, "state": one} for one, seq in states]
        )
    with store.read() as conn:
        assert [one.name for one in looking.readers(conn)] == ["plugin:a"]
        assert [one.given_up for one in looking.parked(conn)] == [True, False]
