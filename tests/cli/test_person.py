"""`haochaping person`: an extract and erasure of one person, with the number on standard input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from haochaping.access import passwords
from haochaping.access.persons import Person
from haochaping.cli import main
from haochaping.deployment import open_deployment

NUMBER = "990000199001010041"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment that knows one person."""
    home = tmp_path_factory.mktemp("deployment")
    before, passwords.METHOD = passwords.METHOD, "scrypt:1024:8:1"
    result = CliRunner().invoke(main, ["--home", str(home), "init", "-p", "zhejiang", "--yes"])
    passwords.METHOD = before
    assert result.exit_code == 0, result.output
    with open_deployment(home) as deployment, deployment.store.write() as conn:
        who = Person(name="王小明", certificate_no=NUMBER, mobile="13900008888")
        deployment.vault.remember(conn, who, "990106", deployment.clock.now())
    return home


@pytest.fixture
def run(home: Path) -> Callable[..., Result]:
    def run(*words: str, number: str = NUMBER) -> Result:
        arguments: list[Any] = ["--home", str(home), "person", *words]
        return CliRunner().invoke(main, arguments, input=f"{number}\n")

    return run


def test_an_extract_is_printed_and_then_the_person_is_destroyed(
    run: Callable[..., Result],
) -> None:
    done = run("export", "--purpose", "本人申请查阅")
    assert done.exit_code == 0
    assert json.loads(done.stdout)[0]["person"]["name"] == "王小明"
    unsure = run("erase")
    assert unsure.exit_code == 2
    assert run("erase", "--yes").exit_code == 0
    assert run("export", "--purpose", "本人申请查阅").exit_code == 1


def test_an_unknown_number_is_told(run: Callable[..., Result]) -> None:
    assert run("export", "--purpose", "本人申请查阅", number="13811112222").exit_code == 1
