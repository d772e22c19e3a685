"""The command line finds commands, says errors in words and exits with meaning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from haochaping import __version__, hookimpl
from haochaping.cli import extensions, main
from haochaping.cli.context import (
    Invocation,
    NoHome,
    language_of,
    pass_invocation,
    with_common_options,
)
from haochaping.cli.lazy import LazyGroup
from haochaping.cli.reporting import ExitCode, described, exit_code
from haochaping.cli.table import COMMANDS, Place
from haochaping.hooks.deployment import Command
from haochaping.hooks.values import Words
from haochaping.plugins import DeploymentRefused, PluginFault
from haochaping.problems import Problem


def run(*words: str, command: click.Command = main) -> Result:
    nothing_set = {"HAOCHAPING_HOME": None, "HAOCHAPING_LANG": None}
    return CliRunner().invoke(command, words, env=nothing_set)


class Missing(Problem):
    code = "HCP-TEST"
    status = 404
    title = Words("找不到", "Not there")


def group_that_raises(error: Exception) -> click.Group:
    @click.command()
    def fail() -> None:
        raise error

    group = LazyGroup("group", table={})
    group.get_command = lambda ctx, name: with_common_options(fail)  # type: ignore[method-assign]
    return group


def test_the_version_is_told() -> None:
    assert run("--version").output == f"haochaping {__version__}\n"


def test_help_lists_the_commands_that_are_there_in_the_language_asked_for() -> None:
    chinese, english = run("--help").output, run("--lang", "en", "--help").output
    assert COMMANDS["plugin"].summary.zh in chinese
    assert COMMANDS["plugin"].summary.en in english


def test_a_command_whose_module_is_missing_is_neither_listed_nor_run() -> None:
    place = Place("haochaping.cli.no_such_module", "x", Words("无", "none"))
    group = LazyGroup("group", table={"ghost": place})
    assert "ghost" not in run("--help", command=group).output
    assert run("ghost", command=group).exit_code == ExitCode.USAGE


def test_an_unknown_command_is_a_usage_error() -> None:
    result = run("no-such-command")
    assert result.exit_code == ExitCode.USAGE
    assert "no-such-command" in result.stderr


def test_a_problem_ends_in_words_and_never_in_a_traceback() -> None:
    result = run("fail", command=group_that_raises(Missing(Words("没有 7 号", "no number 7"))))
    assert result.exit_code == ExitCode.USAGE
    assert result.stderr == "错误 HCP-TEST: 找不到\n  没有 7 号\n"
    assert result.stdout == ""


def test_with_debug_the_error_itself_comes_through() -> None:
    error = Missing()
    result = run("fail", "--debug", command=group_that_raises(error))
    assert result.exception is error


def test_an_internal_error_says_how_to_see_more() -> None:
    result = run("fail", command=group_that_raises(ZeroDivisionError("x")))
    assert result.exit_code == ExitCode.INTERNAL
    assert "ZeroDivisionError" in result.stderr
    assert "--debug" in result.stderr


def test_clicks_own_errors_keep_their_form() -> None:
    result = run("fail", command=group_that_raises(click.UsageError("wrong option")))
    assert result.exit_code == ExitCode.USAGE
    assert "wrong option" in result.stderr


def with_status(number: int) -> Problem:
    return type("Odd", (Problem,), {"status": number})()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DeploymentRefused([]), ExitCode.CONFIGURATION),
        (with_status(500), ExitCode.CONFIGURATION),
        (with_status(503), ExitCode.UNREACHABLE),
        (with_status(422), ExitCode.USAGE),
        (NoHome(), ExitCode.USAGE),
        (ConnectionRefusedError(), ExitCode.UNREACHABLE),
        (TimeoutError(), ExitCode.UNREACHABLE),
        (FileNotFoundError(2, "missing", "x.yaml"), ExitCode.USAGE),
        (RuntimeError(), ExitCode.INTERNAL),
    ],
)
def test_every_kind_of_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert exit_code(error) == code


def test_all_faults_are_printed_line_by_line() -> None:
    faults = [
        PluginFault("a", "plugins.a.days", Words("太小", "too small"), expected="minimum 1"),
        PluginFault("b", "plugins.b", Words("没有", "missing"), example="2"),
    ]
    lines = list(described(DeploymentRefused(faults), "en"))
    assert lines == [
        "Error HCP-DEPLOYMENT-REFUSED: The deployment cannot start: plugins are at fault",
        "  plugins.a.days: too small; expected: minimum 1",
        "  plugins.b: missing; example: 2",
    ]


def test_a_file_that_is_missing_is_named() -> None:
    assert "x.yaml" in next(described(FileNotFoundError(2, "No such file", "x.yaml"), "zh"))


@pytest.mark.parametrize(
    ("wanted", "locale"),
    [("en", "en"), ("en_GB", "en"), ("EN", "en"), ("zh", "zh_Hans_CN"), (None, "zh_Hans_CN")],
)
def test_languages_are_understood_as_people_write_them(wanted: str | None, locale: str) -> None:
    assert language_of(wanted) == locale


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Invocation]:
    """What a command that looks at its invocation has seen; it runs as `board`."""
    found: list[Invocation] = []

    @click.command()
    @pass_invocation
    def look(invocation: Invocation) -> None:
        found.append(invocation)

    monkeypatch.setattr(main, "_table", {})
    monkeypatch.setattr(main, "_of_plugin", lambda ctx, name: with_common_options(look))
    return found


def test_common_options_may_stand_before_or_behind_the_command(
    seen: list[Invocation], tmp_path: Path
) -> None:
    run("--home", str(tmp_path), "--lang", "en", "look")
    run("look", "--home", str(tmp_path), "--lang", "en")
    assert [(one.home, one.language) for one in seen] == [(tmp_path, "en")] * 2


def test_the_option_behind_the_command_wins(seen: list[Invocation], tmp_path: Path) -> None:
    run("--home", "elsewhere", "look", "--home", str(tmp_path))
    assert seen[0].home == tmp_path


def test_the_home_comes_from_the_environment_too(seen: list[Invocation], tmp_path: Path) -> None:
    CliRunner().invoke(main, ["look"], env={"HAOCHAPING_HOME": str(tmp_path)})
    assert seen[0].deployment_home() == tmp_path


def test_a_folder_with_a_deployment_is_its_own_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoHome):
        Invocation().deployment_home()
    (tmp_path / "deployment.yaml").touch()
    assert Invocation().deployment_home() == Path()


def test_talk_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    Invocation(language="en").say(Words("好", "good"))
    assert capsys.readouterr() == ("", "good\n")


def test_installed_plugins_are_listed_for_people_and_for_machines() -> None:
    rows = {row["name"]: row for row in json.loads(run("plugin", "list", "--json").stdout)}
    assert rows.keys() >= {"guangdong", "inner_mongolia", "shenzhen", "zhejiang"}
    assert rows["zhejiang"]["distribution"] == "haochaping"
    assert rows["zhejiang"]["enabled"] is None
    assert rows["zhejiang"]["problems"] == []
    assert "rectification_warnings" in rows["zhejiang"]["hooks"]
    listed = run("plugin", "list").stdout
    assert "zhejiang" in listed
    assert "rectification_warnings" in listed


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A deployment's folder with settings only."""
    (tmp_path / "deployment.yaml").write_text("profile: zhejiang\n")
    return tmp_path


def test_with_a_deployment_the_list_says_what_is_enabled(home: Path) -> None:
    rows = json.loads(run("plugin", "list", "--json", "--home", str(home)).stdout)
    enabled = {row["name"]: row["enabled"] for row in rows}
    assert enabled["zhejiang"] is True
    assert enabled["guangdong"] is False


def test_a_folder_without_a_deployment_is_an_error_in_words(tmp_path: Path) -> None:
    result = run("plugin", "list", "--home", str(tmp_path))
    assert result.exit_code == ExitCode.CONFIGURATION
    assert "deployment.yaml" in result.stderr


class Opened:
    """A deployment as a plugin's command gets it."""

    def __init__(self, hooks: Any) -> None:
        self.hooks = hooks

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@pytest.fixture
def plugin_command(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the plugin zhejiang have a command `greet`; returns what it is called with."""
    from haochaping.plugins import PluginManager
    from haochaping.profile import load
    from haochaping_zhejiang.plugin import Zhejiang

    calls: list[Any] = []

    class Greeting(Zhejiang):
        __module__ = Zhejiang.__module__

        @hookimpl
        def cli_commands(self) -> list[Command]:
            return [Command("greet", "问候", "haochaping.testing:greet")]

    def greet(plugin: Any, words: tuple[str, ...]) -> int:
        calls.append((plugin.name, words))
        return 1

    manager = PluginManager([Greeting])
    hooks = manager.assemble(load("zhejiang"))
    monkeypatch.setattr(extensions, "PluginManager", lambda: manager)
    monkeypatch.setattr(extensions, "plugin_manager", lambda home: manager)
    monkeypatch.setattr(extensions, "load_reference", lambda reference: greet)
    monkeypatch.setattr("haochaping.deployment.open_deployment", lambda home: Opened(hooks))
    return calls


def test_a_plugins_command_runs_under_the_plugins_name(
    plugin_command: list[Any], home: Path
) -> None:
    result = run("--home", str(home), "zhejiang", "greet", "--loud", "you")
    assert plugin_command == [("zhejiang", ("--loud", "you"))]
    assert result.exit_code == ExitCode.FINDINGS


def test_a_plugins_commands_are_listed_under_its_name(
    plugin_command: list[Any], home: Path
) -> None:
    assert "问候" in run("--home", str(home), "zhejiang", "--help").output


@pytest.mark.usefixtures("plugin_command")
def test_a_plugin_without_commands_is_no_command(home: Path) -> None:
    assert run("--home", str(home), "guangdong").exit_code == ExitCode.USAGE
    assert run("--home", str(home), "nobody").exit_code == ExitCode.USAGE
