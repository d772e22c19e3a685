"""What the documents show works: profiles pass or fail as they say, commands exit with 0."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.docs.conftest import ROOT, Example, documents, examples

from haochaping import Plugin
from haochaping.cli import main
from haochaping.cli.table import COMMANDS

BIN = Path(sys.executable).parent
RUN = ("docs/quickstart.md", "docs/operations.md", "docs/profiles.md", "docs/plugins.md")
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#]+)")
COMMAND = re.compile(r"^haochaping ([a-z]+)", re.MULTILINE)


@pytest.mark.parametrize("example", examples("yaml"), ids=str)
def test_every_profile_is_accepted_or_refused_as_it_says(example: Example, tmp_path: Path):
    file = tmp_path / "example.yaml"
    file.write_text(example.text, "utf-8")
    done = CliRunner().invoke(main, ["--lang", "en", "check", str(file)])
    refused = example.text.startswith("# refused")
    assert done.exit_code == (3 if refused else 0), done.output


@pytest.mark.parametrize("name", RUN)
def test_every_command_of_a_document_exits_with_0(name: str, tmp_path: Path):
    """Run the `sh` blocks of a document as one script, as a reader would copy them."""
    script = "\n".join(example.text for example in examples("sh", ROOT / name))
    assert script.strip()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = run_shell(script, tmp_path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_documents_with_commands_are_all_run():
    with_commands = {each.document for each in examples("sh")}
    followed = {"docs/tutorial.md", "docs/tutorial.zh-CN.md"}  # by test_tutorial.py
    assert with_commands == {*RUN, *followed, "README.md", "README.zh-CN.md"}


def test_every_command_that_is_named_exists():
    named = {
        command
        for language in ("sh", "console", "")
        for example in examples(language)
        for command in COMMAND.findall(example.text)
    }
    assert named - set(COMMANDS) == set()


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path):
    targets = LINK.findall(document.read_text("utf-8"))
    assert [each for each in targets if not (document.parent / each).exists()] == []


def test_the_examples_of_plugins_run():
    """The blocks of the guide build on each other."""
    names: dict[str, Any] = {}
    for example in examples("python", ROOT / "docs" / "plugins.md"):
        names["__name__"] = "lakeside"
        sys.modules.setdefault("lakeside", type(sys)("lakeside"))
        exec(compile(example.text, str(example), "exec"), names)
    assert issubclass(names["Lakeside"], Plugin)
    assert names["board"].subject_kind == "hall"


def test_the_entry_point_of_the_guide_is_that_of_the_example():
    (shown,) = examples("toml", ROOT / "docs" / "plugins.md")
    project = tomllib.loads((ROOT / "examples/plugin-minimal/pyproject.toml").read_text("utf-8"))
    assert tomllib.loads(shown.text)["project"].items() <= project["project"].items()


def test_the_minimal_plugin_passes_its_own_tests():
    folder = ROOT / "examples" / "plugin-minimal"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_minimal_plugin_runs_in_a_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "plugin-minimal"))
    from haochaping_minimal.plugin import Minimal

    from haochaping.clock import SystemClock
    from haochaping.deployment import assemble
    from haochaping.disclosure.sight import Audience
    from haochaping.installing import Wish, install
    from haochaping.plugins import PluginManager
    from haochaping.profile import Known, load
    from haochaping.settings import read_secrets, read_settings

    install(Wish(tmp_path, "zhejiang"))
    (tmp_path / "with.yaml").write_text("extends: zhejiang\nplugins: {minimal: {}}\n", "utf-8")
    manager = PluginManager([Minimal])
    profile = load("with", deployment_dir=tmp_path, known=Known(plugins=manager.schemas()))
    settings, secrets = read_settings(tmp_path), read_secrets(tmp_path)
    deployment = assemble(settings, secrets, SystemClock(), profile=profile, manager=manager)
    try:
        boards = deployment.disclosing.boards.listed(Audience.PUBLIC)
        assert {"minimal.halls", "overdue"} <= {spec.name for spec in boards}
    finally:
        deployment.close()


def test_both_readmes_show_the_same_commands():
    english = [each.text for each in examples("sh", ROOT / "README.md")]
    chinese = [each.text for each in examples("sh", ROOT / "README.zh-CN.md")]
    assert english == chinese


def test_a_fault_is_shown_as_the_page_on_profiles_promises(tmp_path: Path):
    (refused,) = (each for each in examples("yaml") if each.text.startswith("# refused"))
    file = tmp_path / "example.yaml"
    file.write_text(refused.text, "utf-8")
    done = CliRunner().invoke(main, ["check", str(file), "--json"])
    faults = json.loads(done.stdout)["faults"]
    assert len(faults) >= 2
    assert any(fault.get("nearest") == "reopen_limit" for fault in faults)


def run_shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder with this installation first on the path."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("HAOCHAPING_")
    }
    environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
