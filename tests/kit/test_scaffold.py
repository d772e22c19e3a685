"""`plugin new`: what it writes is installed, tested, checked and shown at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.kit.conftest import Workplace

from haochaping.catalog.uscc import is_valid
from haochaping.hooks.values import Words
from haochaping.kit import catalogue
from haochaping.kit.scaffold import CannotWrite, Order, write
from haochaping.plugins import specs


def test_a_new_plugin_is_installed_and_its_own_tests_pass(hunan: Workplace) -> None:
    tested = hunan.run("pytest", "-q", "-p", "no:cacheprovider", cwd=hunan.folder / "hunan")
    assert "6 passed" in tested.stdout, tested.stdout + tested.stderr
    listed = hunan.haochaping("plugin", "list").stdout
    assert "hunan            0.1.0" in listed
    assert hunan.haochaping("check", "hunan").returncode == 0


@pytest.mark.parametrize(
    ("region", "place"),
    [
        ("430000", None),
        ("430100", Words("长沙市", "Changsha")),
        ("430102", Words("芙蓉区", "Furong")),
    ],
)
def test_all_that_is_written_is_code_in_good_order(
    tmp_path: Path, region: str, place: Words | None
) -> None:
    write(Order("all_hooks", region, place, tuple(specs())), tmp_path / "it")
    command = [sys.executable, "-m", "ruff", "format", "--check", "--line-length", "100"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    plugin = (tmp_path / "it/haochaping_all_hooks/plugin.py").read_text("utf-8")
    assert [hook for hook in specs() if f"def {hook}(" not in plugin] == []


@pytest.mark.parametrize("region", ["430000", "430100", "430102"])
def test_the_catalogue_of_a_new_jurisdiction_has_codes_of_its_own(region: str) -> None:
    files = dict(catalogue.files(region, Words("某地", "Somewhere")))
    assert "33010" not in "".join(files.values())
    codes = [line.split(",")[0] for line in files["organizations.csv"].splitlines()[1:]]
    assert len(codes) >= 8
    assert [code for code in codes if len(code) == 18 and not is_valid(code)] == []


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (Order("Hunan"), "lower-case"),
        (Order("class"), "lower-case"),
        (Order("hunan", "43"), "six digits"),
        (Order("hunan", hooks=("case_close",)), "did you mean case_closed"),
    ],
)
def test_what_cannot_be_written_is_refused_in_words(
    tmp_path: Path, order: Order, told: str
) -> None:
    with pytest.raises(CannotWrite) as refused:
        write(order, tmp_path / "it")
    assert told in refused.value.detail.en
    assert not (tmp_path / "it").exists()


def test_a_folder_that_holds_something_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(CannotWrite):
        write(Order("hunan", "430000"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
