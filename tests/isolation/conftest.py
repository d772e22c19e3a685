"""Deployments with plugins in processes of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from haochaping.clock import FakeClock
from haochaping.isolation.keeping import Limits
from haochaping.kit.town import Town, settle
from haochaping.plugins import Dropped, Hooks, PluginManager
from haochaping.plugins.dropped import digest_of
from haochaping.testing.fixtures import MONDAY

HERE = Path(__file__).parent
HOSTILE = sorted(file.stem for file in (HERE / "hostile").glob("*.py"))


def dropped(home: Path, sources: Mapping[str, str], **limits: Any) -> PluginManager:
    """Return a manager that knows single files, all of them allowed."""
    folder = home / "plugins"
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    digests = {file.name: digest_of(file) for file in folder.glob("*.py")}
    return PluginManager(installed=False, dropped=Dropped(folder, digests), limits=Limits(**limits))


class Enabled:
    """As much of a profile as assembling needs."""

    def __init__(self, *names: str) -> None:
        self.plugins = {name: {"isolate": True} for name in names}


@pytest.fixture
def isolated(tmp_path: Path) -> Iterator[Any]:
    """Assemble plugins from their sources, each in a process of its own."""
    made: list[Hooks] = []

    def isolated(services: Any = None, limits: Mapping[str, Any] | None = None, **sources: str):
        manager = dropped(tmp_path, sources, **(limits or {"reserve": False}))
        hooks = manager.assemble(Enabled(*sources), lambda name: services)
        made.append(hooks)
        return hooks

    yield isolated
    for hooks in made:
        hooks.close()


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    """A town with every hostile plugin there is; each does harm at its own stage of a service."""
    home = tmp_path_factory.mktemp("besieged") / "home"
    tail = (HERE / "plugin_tail.txt").read_text(encoding="utf-8")
    harms = {name: (HERE / "hostile" / f"{name}.py").read_text("utf-8") for name in HOSTILE}
    manager = dropped(
        home,
        {name: harm + tail for name, harm in harms.items()},
        seconds=1.0,
        megabytes=256,
        reserve=False,
    )
    database = tmp_path_factory.mktemp("besieged") / "test.db"
    shutil.copy(sqlite_template, database)
    listed = "".join(f"  {name}: {{isolate: true}}\n" for name in HOSTILE)
    profile = f"extends: base\nplugins:\n{listed}"
    clock = FakeClock(MONDAY)
    town = settle(Town, home, f"sqlite:///{database}", clock, profile, manager)
    yield town
    town.deployment.close()
