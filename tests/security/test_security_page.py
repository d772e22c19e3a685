"""`docs/security.md` names for each control what proves it: tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| threat")
]


def number_of_tests(place: Path) -> int:
    """Count the tests of a file or a folder; a `long` one counts like any other."""
    files = [place] if place.is_file() else sorted(place.rglob("test_*.py"))
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    functions = (
        one for tree in trees for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)
    )
    return sum(one.name.startswith("test_") for one in functions)


def test_the_table_is_read_whole() -> None:
    assert len(ROWS) >= 18
    assert {len(row) for row in ROWS} == {3}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_control_names_tests_that_exist(row: list[str]) -> None:
    _, control, proof = row
    assert control
    named = [one for one in re.findall(r"`([^`]+)`", proof) if "/" in one]
    assert named, "a control without a test is a wish"
    for name in named:
        path, _, test = name.partition("::")
        place = ROOT / path
        assert place.exists(), name
        assert number_of_tests(place), name
        assert not test or f"def {test}(" in place.read_text(encoding="utf-8"), name
