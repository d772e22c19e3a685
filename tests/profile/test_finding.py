"""Files that cannot be used at all: refused with words, never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from haochaping.profile import ProfileError, load


def refusal(reference: str | Path) -> str:
    with pytest.raises(ProfileError) as caught:
        load(reference)
    (fault,) = caught.value.faults
    return fault.message.en


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing.yaml") == "there is no such file"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "this is a folder, not a file"


def test_a_device_is_refused_without_being_read() -> None:
    assert refusal("/dev/zero") == "this is not an ordinary file"


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert refusal(tmp_path / "pipe.yaml") == "this is not an ordinary file"


def test_a_file_that_the_system_will_not_open_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert refusal(tmp_path / "loop.yaml")


@pytest.mark.parametrize(
    "name", ["", "zhejang", "no/such", "a\0b/c", "../../etc/passwd", "x" * 5000]
)
def test_a_name_that_means_nothing_is_refused(name: str) -> None:
    assert refusal(name)


def test_an_unknown_name_lists_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(ProfileError) as caught:
        load("shenzen")
    (fault,) = caught.value.faults
    assert fault.nearest == "shenzhen"
    assert "zhejiang" in fault.expected.en


def test_a_relative_path_object_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("zhejiang").write_text("extends: base\n")
    assert [layer.name for layer in load(Path("zhejiang")).layers] == ["base", "zhejiang"]
