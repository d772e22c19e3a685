"""`haochaping plugin uninstall`: what a plugin left in the database goes, the journal stays."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import inspect, select

from haochaping.cli import main
from haochaping.jobs import Job, enqueue
from haochaping.jobs.tables import job
from haochaping.journal.tables import journal
from haochaping.store import migrating
from haochaping.testing.towns import Town


@pytest.fixture
def profile_snippet() -> str:
    return "extends: base\nplugins: {zhejiang: {}}\n"


def run(town: Town, *words: str, answer: str = "") -> Result:
    home = ["--home", str(town.deployment.home), "--lang", "en"]
    return CliRunner().invoke(main, [*home, "plugin", "uninstall", *words], input=answer)


def own_tables(town: Town) -> list[str]:
    names = inspect(town.deployment.store.engine).get_table_names()
    return [name for name in names if name.startswith("zhejiang_")]


def test_a_plugin_is_uninstalled_once_no_profile_enables_it(town: Town) -> None:
    store, at = town.deployment.store, town.clock.now()
    (line,) = (one for one in town.deployment.migration_lines() if one.name == "zhejiang")
    migrating.adopt(store, line)
    town.deployment.hooks.plugin("zhejiang").plugin.services.audit("checked", "it", {})
    with store.write() as conn:
        enqueue(conn, Job("plugin:zhejiang:remind", at), at)
        enqueue(conn, Job("plugin:zhejiang2:remind", at), at)

    refused = run(town, "zhejiang", "--yes")
    assert refused.exit_code == 3
    assert "enables zhejiang" in refused.output
    assert own_tables(town)

    (town.deployment.home / "profiles" / "town.yaml").write_text("extends: base\n")
    declined = run(town, "zhejiang", answer="n\n")
    assert declined.exit_code == 0
    assert "table zhejiang_" in declined.output
    assert "jobs: 1" in declined.output
    assert own_tables(town)

    done = run(town, "zhejiang", "--yes")
    assert done.exit_code == 0, done.output
    assert "is uninstalled" in done.output
    assert own_tables(town) == []
    with store.read() as conn:
        assert conn.execute(select(job.c.kind)).scalars().all() == ["plugin:zhejiang2:remind"]
        kinds = set(conn.execute(select(journal.c.kind)).scalars())
    assert {"plugin.zhejiang.checked", "plugin.uninstalled"} <= kinds
    assert "no tables or jobs" in run(town, "zhejiang", "--yes").output
    unknown = run(town, "lakeside", "--yes")
    assert unknown.exit_code == 2
    assert "not installed" in unknown.output
