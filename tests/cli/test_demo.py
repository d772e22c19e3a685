"""`haochaping demo`: prints where everything is, runs, and stops when told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.demonstration.conftest import small
from tests.regions import REGIONS

from haochaping.cli import main
from haochaping.clock import stopwatch
from haochaping.demonstration.home import Demonstration

FIGURES = Path(__file__).parents[2] / "examples" / "guangdong-2023-07"


def demo(*words: str) -> Result:
    nothing_set = {"HAOCHAPING_HOME": None, "HAOCHAPING_LANG": None, "HAOCHAPING_DATABASE": None}
    return CliRunner().invoke(main, ["--lang", "en", "demo", *words], env=nothing_set)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration that is there already."""
    folder = tmp_path_factory.mktemp("demo") / "home"
    small(folder, "zhejiang")
    return folder


def free_port() -> int:
    """A port with a free one behind it."""
    while True:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            if next_one.connect_ex(("127.0.0.1", port + 1)) != 0:
                return port


@contextmanager
def running(home: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the demonstration and yield it with what it printed once it runs."""
    command = [sys.executable, "-m", "haochaping.cli", "--lang", "en", "demo"]
    process = subprocess.Popen(
        [*command, "--home", str(home), "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process, list(until_running(process))
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def until_running(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line.rstrip("\n")
        if line.startswith("running"):
            return


def test_the_sheet_is_printed_on_stdout_and_talk_on_stderr(home: Path):
    done = demo("--home", str(home), "--no-run")
    assert done.exit_code == 0, done.output
    assert "public home  http://127.0.0.1:8000/" in done.stdout
    assert "Nihao-2026" in done.stdout
    assert done.stdout.count("/r/") == 5
    assert "using the demonstration" in done.stderr


def test_another_profile_in_the_same_folder_is_refused_in_words(home: Path):
    done = demo("--home", str(home), "--profile", "shenzhen", "--no-run")
    assert done.exit_code == 2
    assert "choose another folder with --home" in done.stderr


def test_a_port_that_is_taken_is_told_before_anything_is_made(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = demo("--home", str(tmp_path / "new"), "--port", port)
    assert done.exit_code == 4
    assert port in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("scale", ["0", "2", "much"])
def test_a_scale_that_makes_no_sense_is_refused(tmp_path: Path, scale: str):
    home = str(tmp_path / "new")
    done = demo("--home", home, "--figures", str(FIGURES), "--scale", scale, "--no-run")
    assert done.exit_code == 2
    assert "--scale" in done.stderr
    assert not (tmp_path / "new").exists()


def test_without_a_folder_each_profile_gets_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from haochaping.cli.demo import Shape, _fitting, _free_home

    monkeypatch.chdir(tmp_path)
    assert _free_home("zhejiang", None) == Path("var/demo")
    Path("var/demo").mkdir(parents=True)
    Demonstration("zhejiang", made=True).keep(Path("var/demo"))
    assert _free_home("zhejiang", None) == Path("var/demo")
    assert _free_home("shenzhen", None) == Path("var/demo-shenzhen")
    assert _free_home("guangdong", Shape(FIGURES, "1")) == Path("var/demo-guangdong-2023-07")
    assert _fitting(Shape(FIGURES, "1")) == "guangdong"
    assert _fitting(None) == "zhejiang"


def test_it_runs_until_it_is_told_to_stop(home: Path):
    import urllib.request

    port = free_port()
    with running(home, port) as (process, printed):
        assert printed[-1].startswith("running"), printed
        for path in ("/", "/boards/organizations", "/console/sign-in"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as page:
                assert page.status == 200
        links = [line for line in printed if "/r/" in line]
        assert len(links) == 5
        started = stopwatch()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert stopwatch() - started < 15
    until = time.monotonic() + 5
    while time.monotonic() < until and _listens(port):
        time.sleep(0.1)
    assert not _listens(port)


@pytest.mark.long
@pytest.mark.parametrize("profile", REGIONS)
def test_a_whole_demonstration_takes_less_than_a_minutes_work(tmp_path: Path, profile: str):
    started = time.process_time()
    done = demo("--home", str(tmp_path / "home"), "--profile", profile, "--no-run")
    assert done.exit_code == 0, done.output
    assert time.process_time() - started < 45


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
