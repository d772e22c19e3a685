"""The command table and the modules of the command line agree; help imports little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from haochaping.cli.table import COMMANDS, Place

ROOT = Path(__file__).parents[2]
FRAME = {"__init__", "context", "extensions", "lazy", "reporting", "table"}
HEAVY = {"alembic", "babel", "cryptography", "flask", "jsonschema", "sqlalchemy", "yaml"}

WHAT_HELP_IMPORTS = """
import json, sys
from haochaping.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


@pytest.mark.parametrize("place", COMMANDS.values(), ids=COMMANDS.keys())
def test_every_command_of_the_table_is_there(place: Place) -> None:
    assert isinstance(getattr(import_module(place.module), place.attribute), click.Command)


def test_every_module_of_commands_is_in_the_table() -> None:
    folder = ROOT / "core" / "haochaping" / "cli"
    modules = {path.stem for path in folder.glob("*.py")} - FRAME
    commands = {place.module.rpartition(".")[2] for place in COMMANDS.values()}
    parts = {name for name in modules if name.partition("_")[0] in {"", *COMMANDS}}
    assert modules - parts <= commands


def test_every_command_is_told_in_both_languages() -> None:
    assert [name for name, place in COMMANDS.items() if not place.summary.en] == []


def test_help_imports_neither_web_nor_database_nor_anything_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHAT_HELP_IMPORTS],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COVERAGE_PROCESS_CONFIG": "", "COVERAGE_PROCESS_START": ""},
    )
    assert HEAVY & set(json.loads(done.stderr)) == set()
    assert "plugin" in done.stdout
