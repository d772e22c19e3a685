"""What is missing is made anew, once; after a restore readers find new rows again."""

from __future__ import annotations

import json

from click.testing import CliRunner
from sqlalchemy import delete, func, select, update

from haochaping import reconciling
from haochaping.cli import main
from haochaping.delivery import messages
from haochaping.delivery.tables import message
from haochaping.deployment import Deployment
from haochaping.grading import tallies
from haochaping.grading.context import CountingRules
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.jobs.tables import job
from haochaping.journal.reading import Reader, read_on
from haochaping.journal.sealing import verify
from haochaping.rectification.tables import case_deadline, case_event, rectification_case
from haochaping.store import rebasing
from haochaping.worker import Worker
from tests.ops.conftest import rate


def count(deployment: Deployment, table: object) -> int:
    with deployment.store.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def test_lost_jobs_are_made_under_the_same_keys_and_only_once(rated: Deployment) -> None:
    words = Words("标题", "subject")
    outgoing = OutgoingMessage("b", "account:1", None, "inbox", words, words)
    with rated.store.write() as conn:
        messages.queue(conn, outgoing, rated.clock.now())
        before = set(conn.execute(select(job.c.dedup)).scalars())
        conn.execute(delete(job))
    made = reconciling.mend(rated)
    assert made["deadline"] == count(rated, case_deadline)
    assert {"plan": 2, "release": 2, "message": 1, "review": 1}.items() <= made.items()
    with rated.store.read() as conn:
        assert set(conn.execute(select(job.c.dedup)).scalars()) == before
    assert reconciling.mend(rated) == {}
    Worker(rated).drain()
    assert reconciling.mend(rated) == {}
    assert count(rated, message) >= 1


def test_a_bad_rating_without_a_case_gets_it_with_its_deadlines(rated: Deployment) -> None:
    Worker(rated).drain()
    tables = (case_deadline, case_event, rectification_case)
    with rated.store.write() as conn:
        (before,) = {
            conn.execute(select(func.min(rectification_case.c.opened_at))).scalar_one(),
        }
        for table in tables:
            conn.execute(delete(table))
        conn.execute(delete(job))
    assert reconciling.mend(rated)["case"] == 2
    with rated.store.read() as conn:
        assert conn.execute(select(func.min(rectification_case.c.opened_at))).scalar() == before
    assert reconciling.mend(rated) == {}


def test_the_command_says_what_it_made_and_a_dry_run_changes_nothing(rated: Deployment) -> None:
    with rated.store.write() as conn:
        conn.execute(delete(job))
    home = ["--home", str(rated.home), "reconcile", "--json"]
    for arguments, code in (([*home, "--dry-run"], 1), (home, 1), (home, 0)):
        run = CliRunner().invoke(main, arguments)
        assert run.exit_code == code, run.output
    assert set(json.loads(run.stdout).values()) == {0}


def test_rows_of_another_server_lie_before_all_that_come(rated: Deployment) -> None:
    """Transaction numbers begin anew after a restore: readers must not pass new rows by."""
    heard: list[str] = []
    reader = Reader("test", lambda conn, rows: heard.extend(row.subject for row in rows))
    Worker(rated).drain()
    while read_on(rated.store, rated.clock, reader):
        pass
    if rated.store.dialect == "postgresql":
        with rated.store.write() as conn:
            rebasing.shift(conn, -(10**9))
            assert rebasing.needed(conn)
    before = list(heard)
    code = rate_again(rated)
    if rated.store.dialect == "postgresql":
        assert read_on(rated.store, rated.clock, reader) == 0, "passed by"
        assert rebasing.mend(rated.store)
    assert not rebasing.mend(rated.store)
    while read_on(rated.store, rated.clock, reader):
        pass
    assert len(heard) > len(before)
    assert heard[: len(before)] == before
    Worker(rated).drain()
    with rated.store.write() as conn:
        assert tallies.compare(conn, CountingRules.of(rated.profile.rules)) == ()
    with rated.store.read() as conn:
        assert list(verify(conn)) == []
    assert code


def rate_again(deployment: Deployment) -> str:
    """Rate one service more."""
    from haochaping.pushing import take_in
    from tests.catalogues import body

    take_in(deployment, {"cases": body(deployment, 13)["cases"]})
    return rate(deployment, 13)


def test_a_finished_job_whose_deadline_still_waits_runs_again(rated: Deployment) -> None:
    with rated.store.write() as conn:
        conn.execute(update(job).where(job.c.kind == "deadline").values(state="done"))
    assert reconciling.mend(rated)["deadline"] == count(rated, case_deadline)
    assert reconciling.mend(rated) == {}
