"""The doctor says what is wrong, why it matters and what to do, and runs whatever is broken."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, insert, select, text, update

from haochaping import examining
from haochaping.access import accounts, data_keys, grants, passwords
from haochaping.access.roles import Role
from haochaping.access.tables import account_grant, device
from haochaping.catalog.tables import service_case
from haochaping.cli import main
from haochaping.clock import FakeClock
from haochaping.delivery import messages
from haochaping.deployment import Deployment, open_deployment
from haochaping.examining import Check, Finding, Level, data, examine
from haochaping.grading.folding import fold
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.installing import Wish, install
from haochaping.jobs import Job, enqueue
from haochaping.jobs.tables import job
from haochaping.journal import Event, append
from haochaping.journal.tables import journal_parked
from haochaping.operating import beats, facts
from haochaping.rectification.tables import case_deadline
from haochaping.settings import DATABASE_VARIABLE, SettingsRefused, write_secrets
from haochaping.store import Store, StoreUnavailable
from haochaping.telling import tell
from haochaping.worker import Worker
from tests.faults.ground import stock


def found(deployment: Deployment, name: str) -> tuple[Finding, ...]:
    return tuple(each for each in examine(deployment) if each.check == name)


def level(deployment: Deployment, name: str) -> Level:
    worst = {each.level for each in found(deployment, name)}
    return next(one for one in (Level.FAULT, Level.WARNING, Level.FINE) if one in worst)


def test_there_are_many_checks_each_with_why_and_fix() -> None:
    names = [check.name for check in examining.CHECKS]
    assert len(names) == len(set(names)) >= 40
    for check in examining.CHECKS:
        for words in (check.why, check.fix):
            assert words.zh
            assert words.en


def test_every_check_answers_on_a_fresh_deployment(deployment: Deployment) -> None:
    answers = examine(deployment)
    assert {each.check for each in answers} == {check.name for check in examining.CHECKS}
    assert [each for each in answers if "failed" in each.what.en] == []
    wanted = {"tables", "conservation", "guards", "integrity", "order", "secrets", "missing"}
    assert {each.check for each in answers if each.level is Level.FINE} >= wanted


def test_an_empty_database_is_not_to_be_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk with the real one is not mounted: a new one would hide that it is away."""
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tmp_path / 'empty.db'}")
    (tmp_path / "deployment.yaml").write_text("profile: base\n", encoding="utf-8")
    write_secrets(tmp_path)
    with pytest.raises(SettingsRefused, match="不要运行 migrate"):
        Deployment.open(tmp_path)
    with open_deployment(tmp_path, checked=False) as opened:
        (finding,) = examine(opened)
    assert (finding.check, finding.level) == ("database", Level.FAULT)
    assert "do not migrate" in finding.fix.en


def test_a_database_that_is_away_is_told_once(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(store: Store) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(Store, "read", away)
    (finding,) = examine(deployment)
    assert (finding.check, finding.level) == ("database", Level.FAULT)
    assert "HaochapingDatabaseDown" in finding.fix.zh


def test_a_finding_says_what_why_and_what_to_do(deployment: Deployment) -> None:
    (calendar,) = found(deployment, "calendar")
    assert calendar.level is Level.WARNING
    assert "haochaping calendar load" in calendar.fix.zh
    assert calendar.why.zh


def test_work_that_lies_too_long_points_to_the_worker(deployment: Deployment) -> None:
    now = deployment.clock.now()
    with deployment.store.write() as conn:
        enqueue(conn, Job("k", now - timedelta(minutes=10), dedup="late"), now)
        append(conn, [Event("case.opened", "case:1")], now - timedelta(minutes=10))
    assert level(deployment, "worker") is Level.FAULT
    assert level(deployment, "seal") is Level.WARNING


def test_what_was_given_up_is_shown(deployment: Deployment) -> None:
    row = {"reader": "plugin:x", "seq": 1, "subject": "case:1", "state": "parked", "attempts": 10}
    with deployment.store.write() as conn:
        conn.execute(insert(journal_parked), {**row, "ready_at": deployment.clock.now()})
    assert level(deployment, "parked") is Level.WARNING


def test_keys_that_others_may_read_or_that_are_gone_are_faults(deployment: Deployment) -> None:
    folder = deployment.home / "secrets"
    (folder / "master.key").chmod(0o644)
    (folder / "backup.key").unlink()
    assert level(deployment, "secrets") is Level.FAULT
    assert level(deployment, "keys_complete") is Level.FAULT


def test_files_that_belong_to_nothing_and_open_settings_are_named(deployment: Deployment) -> None:
    (deployment.home / "data" / "restore.part").touch()
    (deployment.home / "core.1234").touch()
    (deployment.home / "deployment.yaml").chmod(0o646)
    (orphans,) = found(deployment, "orphans")
    assert "core.1234" in orphans.what.en
    assert "restore.part" in orphans.what.en
    assert level(deployment, "writable") is Level.FAULT


def test_a_process_with_other_rules_and_one_that_died_are_told(
    deployment: Deployment, clock: FakeClock
) -> None:
    tell(deployment, "worker")
    assert level(deployment, "drift") is Level.FINE
    (deployment.home / "deployment.yaml").write_text("profile: base\nthreads: 4\n")
    assert "old settings" in found(deployment, "drift")[0].what.en
    clock.advance(beats.GONE_AFTER)
    assert level(deployment, "drift") is Level.FINE
    assert "no worker process" in found(deployment, "processes")[0].what.en


def test_lost_jobs_and_cases_are_found(rated: Deployment) -> None:
    Worker(rated).drain()
    assert level(rated, "missing") is Level.FINE
    with rated.store.write() as conn:
        conn.execute(delete(job).where(job.c.kind == "deadline"))
    (missing,) = found(rated, "missing")
    assert missing.level is Level.FAULT
    assert "haochaping reconcile" in missing.fix.en


def test_a_deadline_that_did_not_fire_is_a_fault(rated: Deployment, clock: FakeClock) -> None:
    with rated.store.write() as conn:
        conn.execute(update(case_deadline).values(due_at=clock.now() - timedelta(minutes=9)))
    assert level(rated, "deadlines") is Level.FAULT


def test_a_message_that_nobody_gets_is_told_by_its_age(
    deployment: Deployment, clock: FakeClock
) -> None:
    words = Words("标题", "subject")
    outgoing = OutgoingMessage("b", "account:1", None, "inbox", words, words)
    with deployment.store.write() as conn:
        messages.queue(conn, outgoing, clock.now())
    assert level(deployment, "messages") is Level.FINE
    clock.advance(timedelta(hours=2))
    assert "120 minutes" in found(deployment, "messages")[0].what.en


def test_backup_and_drill_have_an_age(deployment: Deployment, clock: FakeClock) -> None:
    assert level(deployment, "backup") is Level.WARNING
    with deployment.store.write() as conn:
        facts.note(conn, "backup", {}, clock.now())
        facts.note(conn, "drill", {}, clock.now())
    assert level(deployment, "backup") is Level.FINE
    assert level(deployment, "drill") is Level.FINE
    clock.advance(timedelta(hours=30))
    assert level(deployment, "backup") is Level.FAULT


def test_two_duties_in_one_hand_are_a_fault(deployment: Deployment, clock: FakeClock) -> None:
    with deployment.store.write() as conn:
        new = accounts.NewAccount("both", "王", "x")
        number = accounts.create(conn, deployment.journal.emit, new, clock.now())
        given = grants.NewGrant(number, Role.ADMINISTRATOR)
        grants.give(conn, deployment.journal.emit, given, clock.now())
        row = {"id": 1, "account_id": number, "role": Role.AUDITOR, "granted_at": clock.now()}
        conn.execute(insert(account_grant), row)
    (duties,) = found(deployment, "duties")
    assert "both" in duties.what.en


@pytest.fixture
def screen(rated: Deployment) -> int:
    """A window device that was seen a day ago, with a wrong clock and ratings in its queue."""
    row = {
        "id": 9,
        "key_mac": "k",
        "name": "8号",
        "window_id": 4,
        "region": "330106",
        "created_at": rated.clock.now(),
        "seen_at": rated.clock.now() - timedelta(days=1),
        "waiting": 3,
        "clock_offset_ms": 400_000,
    }
    with rated.store.write() as conn:
        conn.execute(insert(device), row)
    return 9


def test_devices_that_are_away_or_have_a_wrong_clock_are_told(
    rated: Deployment, screen: int
) -> None:
    said = [each.what.en for each in found(rated, "devices")]
    assert said == ["1 window devices are away", "3 ratings wait on window devices"]
    assert level(rated, "device_health") is Level.WARNING


def test_a_gateway_outside_the_list_that_nobody_answers_is_told_twice(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = deployment.settings.__class__
    changed = {**{n: getattr(deployment.settings, n) for n in settings.__slots__}}
    changed["sms_url"] = "http://127.0.0.1:9/sms"
    object.__setattr__(deployment, "settings", settings(**changed))
    assert {each.level for each in found(deployment, "gateways")} == {Level.WARNING, Level.FAULT}


def test_a_guard_that_was_dropped_is_a_fault(deployment: Deployment) -> None:
    with deployment.store.write() as conn:
        if deployment.store.dialect == "sqlite":
            conn.execute(text("DROP TRIGGER journal_no_delete"))
        else:
            conn.execute(text("ALTER TABLE journal DISABLE TRIGGER journal_append_only"))
    assert level(deployment, "guards") is Level.FAULT


def test_a_check_that_breaks_is_shown_and_stops_no_other(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(deployment, conn):
        raise RuntimeError("no")

    words = Words("甲", "a")
    first = Check("broken", words, words, broken)
    monkeypatch.setattr(examining, "CHECKS", (first, *examining.CHECKS))
    assert level(deployment, "broken") is Level.FAULT
    assert level(deployment, "tables") is Level.FINE


def test_the_command_prints_json_and_exits_by_the_worst_finding(deployment: Deployment) -> None:
    run = CliRunner().invoke(main, ["--home", str(deployment.home), "doctor", "--json"])
    rows = json.loads(run.stdout)
    assert {"check", "level", "what", "why", "fix"} == rows[0].keys()
    worst = {row["level"] for row in rows}
    assert run.exit_code == (2 if "fault" in worst else 1 if "warning" in worst else 0)
    assert all(row["fix"] and row["why"] for row in rows if row["level"] != "ok")
    (deployment.home / "secrets" / "seal.key").chmod(0o644)
    run = CliRunner().invoke(main, ["--home", str(deployment.home), "--lang", "en", "doctor"])
    assert run.exit_code == 2
    assert "✗ secrets: others may read seal.key\n    why: the keys" in run.stdout


def test_a_bulletin_that_is_late_and_an_overdue_outlet_say_what_to_do(rated: Deployment) -> None:
    with rated.store.write() as conn:
        while fold(conn).entries:
            pass
    rated.clock.advance(timedelta(days=26))  # type: ignore[attr-defined]
    assert level(rated, "bulletins") is Level.FINE
    rated.clock.advance(timedelta(days=8))  # type: ignore[attr-defined]
    told = found(rated, "bulletins")
    assert [each.level for each in told] == [Level.WARNING] * 2
    assert "2026年11月通报（内部版）应于 2026-12-15 前发布，已逾期" in told[0].what.zh
    assert "还没有草稿" in told[0].what.zh
    assert "haochaping bulletin" in told[0].fix.zh
    overdue = found(rated, "timetable")
    assert "榜单（2026-11）应于 2026-12-05 前在本网站公开，已逾期" in overdue[0].what.zh
    assert "/open-data" in overdue[1].what.en
    assert "open-data make" in overdue[1].fix.en


def test_another_master_key_is_refused_before_anything_is_written(
    deployment: Deployment, home: Path
) -> None:
    """As after a restore at night with the secrets of another deployment."""
    tell(deployment, "worker")
    assert level(deployment, "master_key") is Level.FINE
    key = home / "secrets" / "master.key"
    key.write_text("ab" * 32)
    with pytest.raises(SettingsRefused, match="主密钥"):
        Deployment.open(home)
    with open_deployment(home, checked=False) as opened:
        (finding,) = found(opened, "master_key")
    assert finding.level is Level.FAULT
    assert "do not go on with a new one" in finding.fix.en


def test_a_wrong_key_that_comes_first_is_not_taken_for_the_right_one(
    deployment: Deployment, home: Path
) -> None:
    """A database from before, restored beside fresh secrets: what is sealed tells its key."""
    with deployment.store.write() as conn:
        data_keys.make(conn, deployment.keyring, deployment.clock.now())
    key = home / "secrets" / "master.key"
    right = key.read_text()
    key.write_text("ab" * 32)
    with pytest.raises(SettingsRefused, match="主密钥"):
        Deployment.open(home)
    with open_deployment(home, checked=False) as opened:
        assert level(opened, "master_key") is Level.FAULT
        with pytest.raises(SettingsRefused, match="主密钥"):
            tell(opened, "web")
        with opened.store.read() as conn:
            assert facts.last(conn, "master_key") is None
            assert beats.processes(conn) == ()
    key.write_text(right)
    with open_deployment(home) as opened:
        tell(opened, "web")
        with opened.store.read() as conn:
            assert facts.last(conn, "master_key") is not None


def test_init_writes_the_key_down_and_refuses_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second `init` that has to make a key again says so instead of going on with it."""
    monkeypatch.setattr(passwords, "METHOD", "scrypt:1024:8:1")
    install(Wish(home, "base"))
    (home / "secrets" / "master.key").unlink()
    with pytest.raises(SettingsRefused, match="主密钥"):
        install(Wish(home, "base"))


def test_somebody_who_holds_the_database_is_found(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "_PATIENCE", 0)
    assert level(deployment, "writing") is Level.FINE
    if deployment.store.dialect == "sqlite":
        with deployment.store.write():
            (finding,) = found(deployment, "writing")
        assert finding.level is Level.FAULT
        assert f"fuser {deployment.store.engine.url.database}" in finding.fix.en


def test_advice_about_writing_fits_every_database() -> None:
    """What only one of them has is said where it is found."""
    (check,) = (one for one in examining.CHECKS if one.name == "writing")
    for said in (check.fix.zh, check.fix.en):
        assert "sqlite" not in said
        assert "haochaping.db" not in said


def test_a_number_of_two_cases_is_found(deployment: Deployment) -> None:
    stock(deployment, 2)
    assert level(deployment, "case_numbers") is Level.FINE
    with deployment.store.write() as conn:
        row = conn.execute(select(service_case).limit(1)).mappings().one()
        other = {**row, "id": row["id"] + 1, "region": "999999"}
        conn.execute(insert(service_case), other)
    (finding,) = found(deployment, "case_numbers")
    assert finding.level is Level.FAULT
    assert row["case_no"] in finding.what.en
