"""The vendor's example: installed beside the core, its own tests pass, every check is green."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.kit.conftest import Workplace

SOURCE = Path(__file__).parents[2] / "examples" / "hunan"


def test_the_example_of_a_vendor_passes_its_tests_and_all_checks(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    shutil.copytree(SOURCE, tmp_path / "hunan")
    place.install("./hunan")
    tested = place.run("pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path / "hunan")
    assert "7 passed" in tested.stdout, tested.stdout + tested.stderr
    checked = place.haochaping("plugin", "check", "./hunan")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_touches_nothing_of_the_core() -> None:
    source = "\n".join(
        file.read_text("utf-8") for file in (SOURCE / "haochaping_hunan").glob("*.py")
    )
    allowed = ("haochaping import", "haochaping.hooks", "haochaping_hunan")
    lines = [
        line.removeprefix("from ")
        for line in source.splitlines()
        if line.startswith("from haochaping")
    ]
    assert [line for line in lines if not line.startswith(allowed)] == []
