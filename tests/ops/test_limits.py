"""Connections and waiting: what `pool` says, what is refused, and that the database keeps to it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from haochaping.deployment import Deployment
from haochaping.examining import Level
from haochaping.settings import SettingsRefused, read_settings
from haochaping.store import Limits, Store, StoreUnavailable
from haochaping.telling import tell
from tests.ops.test_doctor import level

POOL = "pool: {size: 1, extra: 1, wait_seconds: 1, lock_seconds: 2, idle_seconds: 10}"


def written(folder: Path, more: str) -> Path:
    (folder / "deployment.yaml").write_text(f"profile: base\n{more}\n", encoding="utf-8")
    return folder


def test_without_a_word_a_process_has_a_connection_for_each_thread(tmp_path: Path) -> None:
    limits = read_settings(written(tmp_path, "threads: 24")).limits
    assert (limits.size, limits.most, limits.statement_seconds) == (24, 48, 30)


def test_what_is_said_is_taken(tmp_path: Path) -> None:
    said = f"{POOL}\nstatement_seconds: 7"
    assert read_settings(written(tmp_path, said)).limits == Limits(
        size=1, extra=1, wait_seconds=1, lock_seconds=2, statement_seconds=7, idle_seconds=10
    )


@pytest.mark.parametrize(
    "wrong",
    ["pool: {size: 0}", "pool: {sise: 4}", "pool: {wait_seconds: 600}", "log_days: 179"],
)
def test_what_would_do_harm_is_refused_and_named(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(SettingsRefused, match=wrong.split(":")[0]):
        read_settings(written(tmp_path, wrong))


def test_the_law_s_six_months_are_taken(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "log_days: 180")).log_days == 180


def test_the_server_keeps_to_it(postgres_url: str, tmp_path: Path) -> None:
    limits = read_settings(written(tmp_path, f"{POOL}\nstatement_seconds: 1")).limits
    store = Store.open(postgres_url, limits)
    with store.read() as conn:
        told = {
            name: conn.execute(text("SELECT current_setting(:n)"), {"n": name}).scalar()
            for name in ("lock_timeout", "idle_in_transaction_session_timeout")
        }
    assert told == {"lock_timeout": "2s", "idle_in_transaction_session_timeout": "10s"}
    with pytest.raises(StoreUnavailable), store.read() as conn:
        conn.execute(text("SELECT pg_sleep(3)"))
    with store.read(), store.read(), pytest.raises(StoreUnavailable), store.read():
        pass
    store.close()


def test_the_doctor_counts_what_all_processes_may_open(deployment: Deployment) -> None:
    if deployment.store.dialect == "sqlite":
        assert level(deployment, "pool") is Level.FINE
        return
    assert level(deployment, "pool") is Level.FINE
    with deployment.store.write() as conn:
        conn.execute(
            text(
                "INSERT INTO process_beat SELECT 'h:' || n, 'web', n, '1', '', '', :at, :at, '{}'"
                " FROM generate_series(1, 40) n"
            ),
            {"at": int((deployment.clock.now() - timedelta(seconds=1)).timestamp() * 1_000_000)},
        )
    tell(deployment, "worker")
    assert level(deployment, "pool") is Level.WARNING
