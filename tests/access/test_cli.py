"""The commands `user` and `device`, on a deployment of its own."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select

from haochaping.access import passwords
from haochaping.catalog.tables import hall, organization, region, window
from haochaping.cli import main
from haochaping.deployment import open_deployment
from haochaping.journal.tables import journal


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A deployment with one hall and one window."""
    home = tmp_path_factory.mktemp("deployment")
    before, passwords.METHOD = passwords.METHOD, "scrypt:1024:8:1"
    result = CliRunner().invoke(main, ["--home", str(home), "init", "-p", "zhejiang", "--yes"])
    passwords.METHOD = before
    assert result.exit_code == 0, result.output
    with open_deployment(home) as deployment, deployment.store.write() as conn:
        _fill(conn)
    return home


def _fill(conn):
    place = {"region": "990106", "place": "990106"}
    conn.execute(
        insert(region).values(
            code="990106", name="示例区", level="county", path="/990106/", county="990106"
        )
    )
    conn.execute(
        insert(organization).values(id=1, code="O1", uscc="U1", name="局", path="/1/", **place)
    )
    conn.execute(insert(hall).values(id=2, code="H1", name="厅", organization_id=1, **place))
    conn.execute(insert(window).values(id=3, hall_id=2, code="01", name="窗", organization_id=1))


@pytest.fixture
def run(home):
    def run(*words):
        return CliRunner().invoke(main, ["--home", str(home), *words])

    return run


def rows(run, *words):
    return {row["login"]: row for row in json.loads(run(*words, "list", "--json").stdout)}


def test_an_account_is_added_with_a_role_and_its_password_is_printed_once(run):
    result = run("user", "add", "Wang.Wu", "王五", "--role", "handler", "--organization", "O1")
    login, _, password = result.stdout.strip().partition("\t")
    assert result.exit_code == 0
    assert (login, len(password)) == ("wang.wu", 14)
    row = rows(run, "user")["wang.wu"]
    assert (row["name"], row["roles"], row["state"]) == ("王五", ["handler"], "active")


def test_roles_are_granted_and_taken_back(run):
    run("user", "add", "zhao.liu", "赵六")
    assert run("user", "grant", "zhao.liu", "监督人员", "--region", "990106").exit_code == 0
    assert rows(run, "user")["zhao.liu"]["roles"] == ["supervisor"]
    assert run("user", "revoke", "zhao.liu", "supervisor").exit_code == 0
    assert rows(run, "user")["zhao.liu"]["roles"] == []


def test_the_three_who_watch_each_other_stay_three(run):
    result = run("user", "grant", "admin", "auditor")
    assert result.exit_code == 2
    assert "HCP-GRANT-REFUSED" in result.stderr


def test_an_account_is_closed_and_opened(run):
    run("user", "add", "sun.qi", "孙七")
    run("user", "disable", "sun.qi")
    assert rows(run, "user")["sun.qi"]["state"] == "disabled"
    run("user", "enable", "sun.qi")
    assert rows(run, "user")["sun.qi"]["state"] == "active"


@pytest.mark.parametrize("command", ["disable", "enable", "reset-password", "reset-totp"])
def test_an_account_that_is_not_there_is_named(run, command):
    result = run("user", command, "nobody")
    assert result.exit_code == 2
    assert "没有登录名为 nobody 的账号" in result.stderr


def test_a_password_is_reset_and_printed(run):
    run("user", "add", "zhou.ba", "周八")
    result = run("user", "reset-password", "zhou.ba")
    assert result.stdout.startswith("zhou.ba\t")


def test_taking_a_second_factor_off_is_journalled(run, home):
    run("user", "add", "wu.jiu", "吴九")
    assert run("user", "reset-totp", "wu.jiu").exit_code == 0
    with open_deployment(home) as deployment, deployment.store.read() as conn:
        kinds = conn.execute(select(journal.c.kind)).scalars().all()
    assert "account.factor_removed" in kinds


def test_an_api_key_is_printed_once_and_listed_without_itself(run):
    result = run(
        "user", "add-key", "审批系统", "--scope", "cases.push", "--region", "990106",
        "--organization", "O1", "--days", "30",
    )  # fmt: skip
    key_id, _, key = result.stdout.strip().partition("\t")
    assert key.startswith("hcpk_")
    listed = run("user", "keys", "--json")
    assert key not in listed.stdout
    (row,) = [row for row in json.loads(listed.stdout) if row["id"] == int(key_id)]
    assert (row["scopes"], row["state"]) == (["cases.push"], "active")
    assert run("user", "revoke-key", key_id).exit_code == 0
    assert run("user", "revoke-key", key_id).exit_code == 1
    assert f"{key_id}\t审批系统\t990106\tcases.push\t-\trevoked" in run("user", "keys").stdout


def test_a_key_that_could_do_nothing_is_refused_in_words(run):
    result = run("user", "add-key", "x", "--scope", "all", "--region", "990106")
    assert result.exit_code == 2
    assert "cases.push" in result.stderr


def test_a_device_is_registered_for_a_window(run):
    result = run("device", "add", "H1", "01", "--name", "一号")
    device_id, _, key = result.stdout.strip().partition("\t")
    assert key.startswith("hcpd_")
    (row,) = json.loads(run("device", "list", "--json").stdout)
    assert (row["id"], row["name"], row["state"]) == (int(device_id), "一号", "away")
    renewed = run("device", "renew", device_id).stdout
    assert renewed.startswith(f"{device_id}\thcpd_")
    assert key not in renewed
    assert run("device", "revoke", device_id).exit_code == 0
    assert run("device", "revoke", device_id).exit_code == 1


def test_a_device_needs_a_window_that_exists(run):
    result = run("device", "add", "H1", "99")
    assert result.exit_code == 2
    assert "没有这个窗口" in result.stderr
