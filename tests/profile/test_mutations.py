"""Profiles that were spoilt: refused in words, never with a traceback or in silence."""

from __future__ import annotations

import random
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from haochaping.cli import main
from haochaping.containment import contained
from haochaping.plugins import PluginManager
from haochaping.profile import ProfileError, rules
from haochaping.rectification.plans import CONTACT, REPLY
from haochaping.rulebook import read_profile
from haochaping.web import languages

PROFILES = Path(__file__).parents[2] / "profiles"
JUNK = (
    "~",
    "-1",
    "99999999999",
    "''",
    "[]",
    "{}",
    "是",
    "2026-13-45",
    "0.1.2",
    '"\\0"',
    "*x",
    "!!int 3",
)
HEAD = "extends: base\njurisdiction: {code: '110000', name: {zh: 市, en: City}}\n"

LISTED = Path(__file__).with_name("semantic_faults.yaml")
FAULTS: dict[str, str] = yaml.safe_load(LISTED.read_text("utf-8"))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_means_something_is_never_accepted(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    keys = {line.partition(":")[0] for line in fault.splitlines()}
    head = "".join(f"{line}\n" for line in HEAD.splitlines() if line.partition(":")[0] not in keys)
    file = tmp_path / "it.yaml"
    file.write_text(f"{head}{fault}\n", "utf-8")
    done = CliRunner().invoke(main, ["--lang", "en", "check", str(file)])
    assert done.exit_code == 3, done.output
    assert "it.yaml" in done.stdout
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("fault", "place", "close"),
    [
        ("scale: {option_list: nationall}", "it.yaml:3:scale.option_list", "national"),
        ("languages: {offered: [en, zh_CN]}", "it.yaml:3:languages.offered.1", "zh_Hans_CN"),
        (
            "rectification: {deadlines: {replay: {count: 3, unit: workday}}}",
            "it.yaml:3:rectification.deadlines.replay",
            "reply",
        ),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_one(
    fault: str, place: str, close: str, tmp_path: Path
) -> None:
    file = tmp_path / "it.yaml"
    file.write_text(f"{HEAD}{fault}\n", "utf-8")
    with pytest.raises(ProfileError) as refused:
        read_profile(PluginManager(), str(file))
    found = {each.place.removeprefix(f"{tmp_path}/"): each for each in refused.value.faults}
    assert found[place].nearest == close
    assert found[place].expected.zh


def test_what_may_be_named_is_what_there_is() -> None:
    assert set(rules.LANGUAGES) == set(languages.LANGUAGES)
    lists = files("haochaping.indicators").iterdir()
    assert set(rules.OPTION_LISTS) == {Path(str(one)).stem for one in lists if ".yaml" in str(one)}
    assert {CONTACT, REPLY} == set(rules.DEADLINES)


def test_a_province_is_checked_in_less_than_two_seconds() -> None:
    read_profile(PluginManager(), "zhejiang")  # imports the plugins
    seconds = min(
        contained("check", partial(read_profile, PluginManager(), "zhejiang")).seconds
        for _ in range(3)
    )
    assert seconds < 2


def test_eighty_faults_are_listed() -> None:
    assert len(FAULTS) >= 80


def mutated(seed: int) -> str:
    """Spoil one profile in one to three places."""
    dice = random.Random(seed)
    file = dice.choice(sorted(PROFILES.glob("*.yaml")))
    lines = file.read_text("utf-8").splitlines()
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(lines))
        lines[at : at + 1] = dice.choice(
            (
                [],
                [lines[at], lines[at]],
                [f"  {lines[at]}"],
                [lines[at].replace(":", "", 1)],
                [lines[at].partition(":")[0] + ": " + dice.choice(JUNK)],
                [lines[at][: dice.randrange(len(lines[at]) + 1)]],
                [lines[at][::-1]],
            )
        )
    return "\n".join(lines) + "\n"


def refusals(seeds: range, folder: Path) -> int:
    refused = 0
    for seed in seeds:
        file = folder / f"m{seed}.yaml"
        file.write_text(mutated(seed), "utf-8")
        error = contained("load", partial(read_profile, PluginManager(), str(file))).error
        if error is not None:
            assert isinstance(error, ProfileError), (seed, error)
            assert error.faults
            assert all(fault.message.zh and fault.message.en for fault in error.faults)
            refused += 1
    return refused


def test_mutated_profiles_are_refused_in_words(tmp_path: Path) -> None:
    assert refusals(range(40), tmp_path) >= 10


@pytest.mark.long
def test_two_thousand_mutated_profiles_are_refused_in_words(tmp_path: Path) -> None:
    assert refusals(range(2000), tmp_path) >= 500


def test_every_profile_names_its_schema_for_editors() -> None:
    for file in sorted(PROFILES.glob("*.yaml")):
        first = file.read_text("utf-8").splitlines()[0]
        kind, _, schema = first.partition(" $schema=")
        assert kind == "# yaml-language-server:"
        assert (PROFILES / schema).is_file()


def test_the_schema_is_printed_for_other_tools() -> None:
    done = CliRunner().invoke(main, ["profile", "schema"])
    assert yaml.safe_load(done.stdout)["properties"]["jurisdiction"]


def test_what_a_profile_changes_is_told_in_sentences() -> None:
    words = ["--lang", "en", "explain"]
    done = CliRunner().invoke(main, [*words, "zhejiang", "--changes-from", "base"])
    assert done.exit_code == 0
    assert "New: " in done.stdout
    assert "source: " in done.stdout
    same = CliRunner().invoke(main, [*words, "base", "--changes-from", "base"])
    assert (same.stdout, same.stderr.strip()) == ("", "nothing differs")
