"""Changes of the rules without the console: listed, and taken back when nothing starts."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from haochaping.access import accounts, grants
from haochaping.access.accounts import NewAccount
from haochaping.access.grants import NewGrant
from haochaping.access.roles import Role
from haochaping.amending import recording
from haochaping.amending.changes import Draft
from haochaping.amending.recording import Act
from haochaping.amending.tables import profile_change
from haochaping.cli import main
from haochaping.deployment import Deployment, open_deployment
from haochaping.journal.tables import journal
from haochaping.profile import ProfileError
from haochaping.settings import DATABASE_VARIABLE, write_secrets

KEY = "forms.text_max"
SOURCE = {"document": "x", "status": "in_force"}
PEOPLE = {"author": Role.ADMINISTRATOR, "officer": Role.SECURITY_OFFICER}


@pytest.fixture
def home(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment's folder with an administrator and a security officer."""
    monkeypatch.setenv(DATABASE_VARIABLE, sqlite_url)
    (tmp_path / "deployment.yaml").write_text("profile: base\n", encoding="utf-8")
    write_secrets(tmp_path)
    (tmp_path / "data").mkdir()
    with open_deployment(tmp_path, checked=False) as deployment:
        with deployment.store.write() as conn:
            emit, now = deployment.journal.emit, deployment.clock.now()
            for login, role in PEOPLE.items():
                new = NewAccount(login, login.title(), "-")
                number = accounts.create(conn, emit, new, now)
                grants.give(conn, emit, NewGrant(number, role), now)
    return tmp_path


def run(home: Path, *words: str) -> Any:
    return CliRunner().invoke(main, ["--home", str(home), "--lang", "en", "profile", *words])


def stored(home: Path, value: str = "300", days: int = -1, key: str = KEY) -> int:
    """Store a change as the console would have; return its number. It stands since yesterday."""
    with open_deployment(home, checked=False) as deployment, deployment.store.write() as conn:
        emit, now = deployment.journal.emit, deployment.clock.now()
        people = {login: accounts.find(conn, login) for login in PEOPLE}
        author, officer = (one.id if one else 0 for one in people.values())
        draft = Draft(key, value, SOURCE, "新规程", now + timedelta(days=2))
        number = recording.propose(conn, emit, draft, Act(author, now))
        recording.decide(conn, emit, number, Act(officer, now), approve=True)
        since = update(profile_change).where(profile_change.c.id == number)
        conn.execute(since.values(effective_at=now + timedelta(days=days)))
    return number


def told(home: Path) -> list[str]:
    """What the audit says of changes, in order."""
    with open_deployment(home, checked=False) as deployment, deployment.store.read() as conn:
        rows = select(journal.c.kind).where(journal.c.subject.like("profile-change:%"))
        return list(conn.execute(rows.order_by(journal.c.seq)).scalars())


def test_changes_are_listed_with_what_became_of_them(home: Path) -> None:
    assert run(home, "changes").stderr == "there are no changes\n"
    standing, later = stored(home), stored(home, "200", days=5)
    lines = run(home, "changes").stdout.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [
        [str(later), "approved, begins later"],
        [str(standing), "stands"],
    ]
    assert lines[0].endswith(f"{KEY}: 200")
    newest = json.loads(run(home, "changes", "--json").stdout)[0]
    wanted = {"id": later, "proposed_by": "Author", "decided_by": "Officer", "reason": "新规程"}
    assert wanted.items() <= newest.items()


def test_one_that_stands_is_withdrawn_at_once_by_two_people(home: Path) -> None:
    number = stored(home)
    with open_deployment(home) as deployment:
        assert deployment.profile.rules.forms.text_max == 300
    how = ("withdraw", str(number), "--reason", "typing error", "--by", "author")
    alone = run(home, *how)
    assert (alone.exit_code, "approved-by" in alone.stderr) == (2, True)
    assert "does not hold profile.approve" in run(home, *how, "--approved-by", "author").stderr
    assert "no account named nobody" in run(home, *how, "--approved-by", "nobody").stderr
    done = run(home, *how, "--approved-by", "officer")
    assert (done.exit_code, done.stderr) == (0, f"change {number} is taken back\n")
    with open_deployment(home) as deployment:
        assert deployment.profile.rules.forms.text_max == 500
    again = run(home, *how, "--approved-by", "officer")
    assert (again.exit_code, "already" in again.stderr) == (2, True)
    rows = json.loads(run(home, "changes", "--json").stdout)
    assert [(one["state"], one["reason"]) for one in rows] == [
        ("standing", "typing error"),
        ("ended", "新规程"),
    ]
    assert told(home) == ["profile.proposed", "profile.approved"] * 2
    assert rows[0]["decision"] == "haochaping profile withdraw"


def test_one_that_does_not_stand_yet_is_dropped_by_one_person(home: Path) -> None:
    number = stored(home, days=5)
    how = ("withdraw", str(number), "--by", "author")
    assert run(home, *how, "--reason", " ").exit_code == 2
    assert run(home, *how, "--reason", "no longer wanted").exit_code == 0
    assert json.loads(run(home, "changes", "--json").stdout)[0]["state"] == "dropped"
    assert told(home)[-1] == "profile.dropped"
    assert "no such change" in run(home, "withdraw", "17", "--by", "author", "--reason", "x").stderr


def test_it_mends_a_deployment_that_no_longer_starts(home: Path) -> None:
    """Of two changes that do not fit the file any more, one after the other."""
    numbers = [stored(home, "a lot"), stored(home, "[1", key="channels.sms.signature")]
    for left in (True, False):
        with pytest.raises(ProfileError):
            Deployment.open(home)
        how = ("--reason", "r", "--by", "author", "--approved-by", "officer")
        done = run(home, "withdraw", str(numbers.pop()), *how)
        assert (done.exit_code, "still faulty" in done.stderr) == (0, left), done.output
    Deployment.open(home).close()


def test_what_others_stand_on_is_not_taken_away(home: Path) -> None:
    """A change that only fits beside an earlier one keeps that one."""
    deadlines = "rectification.deadlines.reply"
    first = stored(home, "60", key=f"{deadlines}.complex.count")
    stored(home, "50", key=f"{deadlines}.simple.count")
    how = ("--reason", "r", "--by", "author", "--approved-by", "officer")
    refused = run(home, "withdraw", str(first), *how)
    assert (refused.exit_code, deadlines in refused.stderr) == (2, True), refused.stderr
    states = {one["state"] for one in json.loads(run(home, "changes", "--json").stdout)}
    assert states == {"standing"}
