"""Single files in a deployment's folder: loaded when their digest is allowed, refused otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from haochaping.cli import main
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.plugins import DeploymentRefused
from haochaping.settings import plugin_manager, read_settings, write_secrets

SOURCE = """
from haochaping import Plugin, hookimpl
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.values import Words

class Lakeside(Plugin):
    name = "lakeside"
    config_schema = "schema.json"

    @hookimpl
    def disclosure_boards(self):
        words = Words("大厅榜", "Halls")
        return [BoardSpec("lakeside.halls", words, "hall", self.config["measure"])]
"""
SCHEMA = '{"type": "object", "properties": {"measure": {"type": "string", "default": "bad_rate"}}}'


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str) -> Path:
    """A deployment with a file in its plugins folder that nobody has allowed yet."""
    home = tmp_path / "home"
    (home / "plugins" / "lakeside").mkdir(parents=True)
    (home / "plugins" / "lakeside.py").write_text(SOURCE, "utf-8")
    (home / "plugins" / "lakeside" / "schema.json").write_text(SCHEMA, "utf-8")
    settings = f"# kept\nprofile: town\ndatabase: {sqlite_url}\nbase_url: http://localhost\n"
    (home / "deployment.yaml").write_text(settings, "utf-8")
    profile = (
        "extends: base\njurisdiction: {code: '110000', name: {zh: 市}}\nplugins: {lakeside: {}}\n"
    )
    (home / "town.yaml").write_text(profile, "utf-8")
    write_secrets(home)
    return home


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", "--home", str(home), *words])


def opened(home: Path, clock: FakeClock) -> Deployment:
    return Deployment.open(home, clock=clock, checked=False)


def test_a_file_is_refused_with_the_command_that_allows_it(home: Path, clock: FakeClock) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        opened(home, clock)
    todo = f"haochaping --home {home} plugin allow lakeside.py"
    assert todo in refused.value.detail.en
    assert todo in run(home, "plugin", "list").stdout


def test_an_allowed_file_is_loaded_with_its_settings(home: Path, clock: FakeClock) -> None:
    assert run(home, "plugin", "allow", "lakeside.py").exit_code == 0
    deployment = opened(home, clock)
    (board,) = deployment.hooks.contribute("disclosure_boards")
    deployment.close()
    assert (board.name, board.measure) == ("lakeside.halls", "bad_rate")
    assert (home / "deployment.yaml").read_text("utf-8").startswith("# kept\nprofile: town\n")


@pytest.mark.parametrize("changed", ["lakeside.py", "lakeside/schema.json"])
def test_a_file_that_was_changed_since_is_refused_again(
    home: Path, clock: FakeClock, changed: str
) -> None:
    run(home, "plugin", "allow", "lakeside.py")
    file = home / "plugins" / changed
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(DeploymentRefused, match="与允许清单中的摘要不符"):
        opened(home, clock)
    run(home, "plugin", "allow", "lakeside.py")
    opened(home, clock).close()
    assert len(read_settings(home).allowed_plugins) == 1


def test_a_file_without_a_plugin_is_told_so(home: Path) -> None:
    (home / "plugins" / "lakeside.py").write_text("x = 1\n", "utf-8")
    run(home, "plugin", "allow", "lakeside.py")
    assert "one subclass of Plugin" in run(home, "plugin", "list").stdout


def test_only_a_file_that_is_there_can_be_allowed(home: Path) -> None:
    refused = run(home, "plugin", "allow", "seaside.py")
    assert refused.exit_code == 3


def test_without_a_deployment_no_file_is_looked_for(tmp_path: Path) -> None:
    assert "lakeside" not in plugin_manager(tmp_path).discover()
    assert "lakeside" not in plugin_manager(None).discover()
