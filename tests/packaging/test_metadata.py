"""What setup.cfg lists is what lies on disk, and what is pinned is what it asks for."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"haochaping.examples", "haochaping.profiles"}
"""Packages whose folders lie at the root."""


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def listed(setup: configparser.ConfigParser, section: str, key: str) -> list[str]:
    return [line for line in setup[section][key].splitlines() if line]


def packages_below(folder: Path, root: Path) -> set[str]:
    inits = folder.rglob("__init__.py")
    found = {init.parent.relative_to(root).as_posix().replace("/", ".") for init in inits}
    return {name for name in found if ".tests" not in name}


def test_the_list_of_packages_is_the_folders_on_disk(setup: configparser.ConfigParser) -> None:
    on_disk = packages_below(ROOT / "core" / "haochaping", ROOT / "core") | ELSEWHERE
    for plugin in (ROOT / "plugins").glob("*/haochaping_*"):
        on_disk |= packages_below(plugin, plugin.parent)
    assert set(listed(setup, "options", "packages")) == on_disk


def test_every_plugin_is_announced(setup: configparser.ConfigParser) -> None:
    plugins = {path.parent.parent.name for path in (ROOT / "plugins").glob("*/*/__init__.py")}
    points = listed(setup, "options.entry_points", "haochaping.plugins")
    assert {point.partition(" = ")[0] for point in points} == plugins


def pinned(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / name).read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("name", ["lock.txt", "test.txt", "docs.txt"])
def test_pins_are_plain_versions_without_addresses_or_paths(name: str) -> None:
    lines = (ROOT / "requirements" / name).read_text("utf-8").splitlines()
    assert lines[0].startswith("# ")
    odd = [line for line in lines[1:] if not re.fullmatch(r"[a-z0-9-]+==[0-9A-Za-z.+!]+", line)]
    assert odd == []


@pytest.mark.parametrize(
    ("name", "section", "key"),
    [
        ("lock.txt", "options", "install_requires"),
        ("test.txt", "options", "install_requires"),
        ("test.txt", "options.extras_require", "test"),
        ("docs.txt", "options.extras_require", "docs"),
    ],
)
def test_everything_asked_for_is_pinned_to_a_fitting_version(
    setup: configparser.ConfigParser, name: str, section: str, key: str
) -> None:
    pins = pinned(name)
    for line in listed(setup, section, key):
        wanted = Requirement(line)
        assert pins[canonicalize_name(wanted.name)] in wanted.specifier


def test_running_and_testing_use_the_same_versions() -> None:
    assert pinned("lock.txt").items() <= pinned("test.txt").items()
