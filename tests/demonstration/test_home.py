"""A demonstration stays in its own folder and never touches anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from haochaping.demonstration import home as folder
from haochaping.demonstration.building import Wish, ready
from haochaping.demonstration.home import MARK, Demonstration, DeviceKey
from haochaping.demonstration.problems import (
    NeverInProduction,
    NoExampleCatalogue,
    NotADemonstration,
    OtherDemonstration,
)
from haochaping.installing import Wish as InstallWish
from haochaping.installing import install


def test_an_empty_or_missing_folder_holds_no_demonstration(tmp_path: Path):
    assert folder.marked(tmp_path) is None
    assert folder.marked(tmp_path / "none") is None


def test_a_folder_with_anything_else_is_refused_and_left_alone(tmp_path: Path):
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(NotADemonstration):
        ready(Wish(tmp_path, "zhejiang"))
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_real_deployment_gets_no_demonstration_accounts(tmp_path: Path):
    install(InstallWish(tmp_path, "zhejiang"))
    before = (tmp_path / "deployment.yaml").read_text("utf-8")
    with pytest.raises(NotADemonstration):
        ready(Wish(tmp_path, "zhejiang"))
    assert (tmp_path / "deployment.yaml").read_text("utf-8") == before


def test_production_is_refused_even_where_the_mark_is_there(tmp_path: Path):
    Demonstration("zhejiang", made=True).keep(tmp_path)
    (tmp_path / "deployment.yaml").write_text("profile: zhejiang\nproduction: true\n", "utf-8")
    with pytest.raises(NeverInProduction):
        ready(Wish(tmp_path, "zhejiang"))


def test_a_database_named_by_the_environment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HAOCHAPING_DATABASE", "sqlite:////somewhere/else.db")
    with pytest.raises(NotADemonstration, match="HAOCHAPING_DATABASE"):
        ready(Wish(tmp_path, "zhejiang"))


@pytest.mark.parametrize(("profile", "label"), [("shenzhen", ""), ("zhejiang", "figures")])
def test_another_demonstration_is_refused(tmp_path: Path, profile: str, label: str):
    Demonstration("zhejiang", made=True).keep(tmp_path)
    with pytest.raises(OtherDemonstration):
        ready(Wish(tmp_path, profile, label=label))


def test_a_mark_that_cannot_be_read_is_refused(tmp_path: Path):
    (tmp_path / MARK).write_text("{", "utf-8")
    with pytest.raises(NotADemonstration):
        folder.marked(tmp_path)


def test_a_profile_without_an_example_is_refused_before_anything_is_written(tmp_path: Path):
    with pytest.raises(NoExampleCatalogue, match="zhejiang"):
        ready(Wish(tmp_path / "home", "base"))
    assert not (tmp_path / "home").exists()


def test_the_mark_is_read_as_it_was_written_and_belongs_to_its_owner(tmp_path: Path):
    made = Demonstration("zhejiang", True, "key", [DeviceKey(1, "H", "01", "窗口", "k")], ["C-1"])
    made.keep(tmp_path)
    assert folder.marked(tmp_path) == made
    assert (tmp_path / MARK).stat().st_mode & 0o077 == 0
