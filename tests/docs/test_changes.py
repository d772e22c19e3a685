"""The change log is put together from files, a file a change."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest
from tests.docs.conftest import ROOT

FOLDER = ROOT / "changes"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
KINDS = [kind["directory"] for kind in SETTINGS["type"]]


def test_every_file_says_what_kind_of_change_it_is() -> None:
    name = re.compile(rf"\+[a-z0-9-]+\.({'|'.join(KINDS)})\.md")
    files = [file for file in FOLDER.iterdir() if file.name != "README.md"]
    assert [file.name for file in files if not name.fullmatch(file.name)] == []
    assert [file.name for file in files if not file.read_text("utf-8").strip()] == []


def test_the_log_has_the_place_where_releases_are_put() -> None:
    text = (ROOT / SETTINGS["filename"]).read_text("utf-8")
    assert text.count(SETTINGS["start_string"]) == 1
    assert all(f"`{kind}`" in (ROOT / "CONTRIBUTING.md").read_text("utf-8") for kind in KINDS)


@pytest.mark.long
def test_the_files_are_put_together() -> None:
    words = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "## 9.9 (" in done.stdout
