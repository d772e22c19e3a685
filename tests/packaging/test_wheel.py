"""The wheel holds everything and works where nothing else of ours is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.regions import REGIONS

ROOT = Path(__file__).parents[2]
SOURCES = ("core", "plugins", "profiles", "examples")
FILES = ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
NOT_SHIPPED = ("__pycache__", "*.egg-info", "tests")

Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Installed:
    """A clean environment with our wheel in it and the libraries beside it."""

    bin: Path
    site: Path

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment, away from the checkout."""
        return subprocess.run(
            [str(self.bin / words[0]), *words[1:]],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(cwd), "LANG": "C.UTF-8"},
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, built in isolation from a copy, so that nothing built before gets in."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for folder in SOURCES:
        ignored = shutil.ignore_patterns(*NOT_SHIPPED)
        shutil.copytree(ROOT / folder, source / folder, ignore=ignored)
    for file in FILES:
        shutil.copy(ROOT / file, source / file)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(target), "."]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    (found,) = target.glob("haochaping-*.whl")
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own; libraries come from the one the tests run in."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    site = next(home.glob("lib/python*/site-packages"))
    target = ("--target", str(site), "--no-deps", "--no-index", "--quiet")
    command = [sys.executable, "-m", "pip", "install", *target, str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    script = home / "bin" / "haochaping"
    script.write_text(
        f"#!{home}/bin/python\nfrom haochaping.cli import main\nimport sys\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    return Installed(home / "bin", site)


def shipped(folder: str, *patterns: str) -> set[str]:
    """Files of the checkout that belong into the wheel, with the names they have there."""
    found = [path for pattern in patterns for path in (ROOT / folder).rglob(pattern)]
    kept = [path for path in found if path.is_file() and "tests" not in path.parts]
    return {path.relative_to(ROOT).as_posix() for path in kept if "__pycache__" not in path.parts}


def test_every_file_of_the_core_is_in_the_wheel(names: set[str]) -> None:
    wanted = {name.removeprefix("core/") for name in shipped("core/haochaping", "*")}
    assert wanted - names == set()


def test_every_file_of_the_plugins_is_in_the_wheel(names: set[str]) -> None:
    wanted = {
        "/".join(name.split("/")[2:])
        for name in shipped("plugins", "*")
        if name.split("/")[2].startswith("haochaping_") and ".egg-info" not in name
    }
    assert wanted - names == set()


def test_every_profile_is_in_the_wheel(names: set[str]) -> None:
    assert {f"haochaping/{name}" for name in shipped("profiles", "*.yaml", "*.py")} <= names
    assert "haochaping/profiles/base.yaml" in names


def test_every_example_file_is_in_the_wheel(names: set[str]) -> None:
    examples = {name.removeprefix("examples/catalog/") for name in shipped("examples/catalog", "*")}
    assert "zhejiang/cases.csv" in examples
    assert {f"haochaping/examples/{name}" for name in examples} <= names


@pytest.mark.parametrize(
    "kind",
    [
        "py.typed",
        "profile/schema.json",
        "translations/en/LC_MESSAGES/messages.po",
        "store/migrations/env.py",
        "web/templates/",
        "web/static/",
        "worktime/",
    ],
)
def test_what_is_no_code_is_there_too(names: set[str], kind: str) -> None:
    assert any(name.startswith(f"haochaping/{kind}") for name in names)


def test_no_test_and_no_stray_package_is_in_the_wheel(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    packages = {top for top in tops if not top.endswith(".dist-info")}
    plugins = {path.name for path in (ROOT / "plugins").glob("*/haochaping_*")}
    assert packages <= {"haochaping", *plugins}
    assert [name for name in names if "/tests/" in name] == []


def test_the_entry_points_are_announced(wheel: Path, names: set[str]) -> None:
    (found,) = [name for name in names if name.endswith("entry_points.txt")]
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(found).decode()
    for line in (
        "haochaping = haochaping.cli:main",
        "haochaping = haochaping.testing",
        "chongqing = haochaping_chongqing.plugin:Chongqing",
        "guangdong = haochaping_guangdong.plugin:Guangdong",
        "inner_mongolia = haochaping_inner_mongolia.plugin:InnerMongolia",
        "shanghai = haochaping_shanghai.plugin:Shanghai",
        "yantai = haochaping_yantai.plugin:Yantai",
        "shenzhen = haochaping_shenzhen.plugin:Shenzhen",
        "sichuan = haochaping_sichuan.plugin:Sichuan",
        "zhejiang = haochaping_zhejiang.plugin:Zhejiang",
    ):
        assert line in text


def test_the_installed_command_runs_from_the_wheel(installed: Installed, tmp_path: Path) -> None:
    where = "import haochaping; print(haochaping.__file__)"
    assert installed.run("python", "-c", where, cwd=tmp_path).stdout.startswith(str(installed.site))
    assert installed.run("haochaping", "--version", cwd=tmp_path).stdout.startswith("haochaping 0.")


def test_the_installed_plugins_are_whole(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("haochaping", "plugin", "list", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "!" not in done.stdout


@pytest.mark.parametrize("profile", REGIONS)
def test_the_installed_profiles_are_valid(
    installed: Installed, tmp_path: Path, profile: str
) -> None:
    done = installed.run("haochaping", "check", profile, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_deployment_can_be_made_from_the_wheel(installed: Installed, tmp_path: Path) -> None:
    home = ("--home", str(tmp_path / "home"))
    made = installed.run(
        "haochaping", "init", *home, "--profile", "zhejiang", "--yes", cwd=tmp_path
    )
    assert made.returncode == 0, made.stdout + made.stderr
    listed = installed.run("haochaping", "plugin", "list", *home, cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
