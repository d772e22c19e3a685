"""A new plugin, written and installed as a vendor would, for the tests of a module."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

PYTHON = sys.executable


@dataclass(frozen=True)
class Workplace:
    """A folder with a plugin's package and a place that it is installed in."""

    folder: Path

    @property
    def site(self) -> Path:
        return self.folder / "site"

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of this Python where the installed plugins are seen."""
        clean = {name: v for name, v in os.environ.items() if not name.startswith("HAOCHAPING")}
        return subprocess.run(
            [PYTHON, "-m", *words],
            cwd=cwd or self.folder,
            env={**clean, "PYTHONPATH": str(self.site), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    def haochaping(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("haochaping.cli", "--lang", "en", *words)

    def install(self, *packages: str) -> None:
        offline = ("--no-index", "--no-deps", "--no-build-isolation", "--quiet")
        done = self.run("pip", "install", *offline, "--target", str(self.site), *packages)
        assert done.returncode == 0, done.stdout + done.stderr


Make = Callable[..., Workplace]


@pytest.fixture(scope="module")
def hunan(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The plugin `hunan`, new and installed."""
    place = Workplace(tmp_path_factory.mktemp("vendor"))
    done = place.haochaping("plugin", "new", "hunan", "--region", "430000")
    assert done.returncode == 0, done.stderr
    place.install("./hunan")
    return place
