"""Keys are rotated while everything runs; suites stand behind one provider; incidents are told."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from haochaping import suites
from haochaping.access import data_keys
from haochaping.access.tables import vault_key
from haochaping.cli import main
from haochaping.clock import FakeClock, stopwatch
from haochaping.copying.rows import Loader, Shape
from haochaping.crypto import Keyring, Unsealable, open_with, seal_with
from haochaping.deployment import Deployment
from haochaping.journal import Event, append
from haochaping.settings import master_keys, read_secrets
from haochaping.store.types import micros


def run(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--home", str(home), "--lang", "en", *words])
    return done.exit_code, done.stdout


def ring(home: Path) -> Keyring:
    """The keys as a process that starts now knows them."""
    return read_secrets(home).keyring


def test_at_no_step_of_a_rotation_is_anything_unreadable(home: Path) -> None:
    """Old and new processes side by side, at every step, read what the other one sealed."""
    before = ring(home)
    assert run(home, "key", "prepare") == (0, "master-2.key\n")
    prepared = ring(home)
    assert run(home, "key", "prepare")[0] == 0, "a second time changes nothing"
    assert len(master_keys(home).files) == 2
    for one, other in ((before, prepared), (prepared, before)):
        assert other.open("p", one.seal("p", b"x")) == b"x"
    assert run(home, "key", "use") == (0, "2\n")
    after = ring(home)
    for one, other in ((prepared, after), (after, prepared)):
        assert other.open("p", one.seal("p", b"x")) == b"x"
    assert after.seal("p", b"x")[0] == 2
    assert after.mac("p", b"x") == before.mac("p", b"x")
    assert after.index("110101") == before.index("110101")
    assert "2\t*\tmaster-2.key" in run(home, "key", "list")[1]


def test_data_keys_are_wrapped_anew_once_and_open_as_before(rated: Deployment) -> None:
    with rated.store.read() as conn:
        ids = list(conn.execute(select(vault_key.c.id)).scalars())
        plain = dict(data_keys.get_all(conn, rated.keyring, ids))
    assert ids
    home = rated.home
    assert run(home, "key", "prepare")[0] == run(home, "key", "use")[0] == 0
    code, said = run(home, "key", "rewrap")
    assert code == 0
    assert json.loads(said)["keys"] == len(ids)
    assert json.loads(run(home, "key", "rewrap")[1])["keys"] == 0
    with rated.store.read() as conn:
        marks = {row[:1] for row in conn.execute(select(vault_key.c.wrapped)).scalars()}
        assert marks == {b"\x02"}
        assert dict(data_keys.get_all(conn, ring(home), ids)) == plain


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_million_data_keys(deployment: Deployment) -> None:
    number, old = 10**6, deployment.keyring
    at = micros(deployment.clock.now())
    sealed = (
        [n, old.seal("data-key", bytes(32), f"key:{n}".encode()), at] for n in range(1, number + 1)
    )
    with deployment.store.write() as conn:
        Loader(conn, 0).load(Shape("vault_key", ("id", "wrapped", "created_at"), ()), sealed)
    assert run(deployment.home, "key", "prepare")[0] == run(deployment.home, "key", "use")[0] == 0
    started = stopwatch()
    code, said = run(deployment.home, "key", "rewrap")
    assert code == 0
    assert json.loads(said)["keys"] == number
    with deployment.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(vault_key)).scalar() == number
    print(
        f"\n{deployment.store.dialect}: {number} keys wrapped anew, {stopwatch() - started:.0f} s"
    )


def test_the_national_suite_seals_and_what_the_other_sealed_stays_readable() -> None:
    master = {1: bytes(range(32))}
    intl, national = Keyring(master), Keyring(master, suite=suites.GM)
    for one in (intl, national):
        for other in (intl, national):
            assert other.open("p", one.seal("p", b"text", b"c"), b"c") == b"text"
    sealed = national.seal("p", b"text", b"c")
    assert sealed[0] == 0x81
    for broken in (sealed[:-1] + b"x", b"\x01" + sealed[1:], sealed[:14]):
        with pytest.raises(Unsealable):
            national.open("p", broken, b"c")
    key = national.new_data_key()
    assert len(key) == 16
    assert open_with(key, seal_with(key, b"words", b"c"), b"c") == b"words"
    with pytest.raises(Unsealable):
        open_with(key, seal_with(key, b"words", b"c"), b"d")


def test_the_suites_follow_their_standards_and_say_what_they_are_not() -> None:
    """SM3 of "abc" from GB/T 32905-2016; SM4 of one block from GB/T 32907-2016, by way of GCM."""
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert suites.GM.digest(b"abc").hex() == expected
    assert suites.GM.mac(b"k", b"abc") != suites.INTL.mac(b"k", b"abc")
    assert "未经商用密码认证" in suites.GM.zh
    assert not suites.GM.certified
    with pytest.raises(ValueError, match="16 or 32"):
        suites.of_key(b"short")


def test_a_deployment_runs_by_the_national_suite(home: Path, clock: FakeClock) -> None:
    from tests.faults.ground import stock
    from tests.ops.conftest import rate

    (home / "deployment.yaml").write_text("profile: base\ncrypto: gm\n")
    deployment = Deployment.open(home, clock=clock)
    stock(deployment, 12)
    rate(deployment, 12)  # with words
    with deployment.store.read() as conn:
        marks = {row[:1] for row in conn.execute(select(vault_key.c.wrapped)).scalars()}
    assert marks == {b"\x81"}
    deployment.close()


def test_an_incident_report_is_filled_from_the_trail(rated: Deployment, clock: FakeClock) -> None:
    with rated.store.write() as conn:
        append(conn, [Event("person.revealed", "person:7", {"by": 71})], clock.now())
        append(conn, [Event("account.disabled", "account:9", {"by": 72})], clock.now())
    local = clock.now().astimezone(rated.zone)
    span = [f"{(local + timedelta(minutes=m)):%Y-%m-%dT%H:%M}" for m in (-5, 5)]
    code, said = run(rated.home, "incident", "--from", span[0], "--to", span[1], "--what", "x")
    assert code == 0
    assert "person.revealed  person:7  by 71" in said
    assert "account.disabled: 1" in said
    assert "For people to fill in" in said
    assert "evaluation.recorded" not in said
    later = f"{(local + timedelta(days=1)):%Y-%m-%d}"
    assert "person.revealed" not in run(rated.home, "incident", "--from", later, "--to", later)[1]
    assert run(rated.home, "incident", "--from", "yesterday", "--to", later)[0] == 2
