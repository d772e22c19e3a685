"""How the jobs are doing, as the system page tells it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from haochaping.jobs import Job, enqueue, looking
from haochaping.jobs.tables import job


def test_due_and_parked_jobs_are_counted(store, clock):
    now = clock.now()
    early, late = now - timedelta(minutes=9), now + timedelta(minutes=9)
    with store.write() as conn:
        for kind, due in (("a", early), ("b", now), ("c", late), ("d", early)):
            enqueue(conn, Job(kind, due), now)
        parked = job.c.kind == "d"
        conn.execute(update(job).where(parked).values(state="parked", error="no answer"))
    with store.read() as conn:
        load = looking.load(conn, now)
        [given_up] = looking.parked(conn)
    assert (load.due, load.oldest, load.parked) == (2, early, 1)
    assert (given_up.kind, given_up.error, given_up.due_at) == ("d", "no answer", early)


def test_without_work_nothing_waits(store, clock):
    with store.read() as conn:
        assert looking.load(conn, clock.now()) == looking.Load(0, None, 0)
        assert looking.parked(conn) == ()
