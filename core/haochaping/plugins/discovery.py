"""Finding plugins: entry points of installed distributions, and classes given by tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from haochaping.containment import contained
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.values import Words
from haochaping.isolation.source import Source, located
from haochaping.plugins.faults import DeploymentRefused, fault

GROUP: Final = "haochaping.plugins"
"""The entry point group in which plugins announce themselves."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that is installed; its code is not imported before `load` is called."""

    name: str
    distribution: str
    version: str
    target: str
    """`package.module:Class`."""
    load: Callable[[], Any]
    """Imports the plugin's class; may raise whatever importing a plugin raises."""
    refused: Words | None = None
    """Why it may not be loaded, None when it may."""
    source: Source | None = None
    """The code of a single file, None for what is installed."""

    def places(self) -> tuple[Path, ...]:
        """Return the folders with the plugin's resources; none of its code is run."""
        if self.source is not None:
            return self.source.places()
        return contained(self.package, lambda: located(self.package)).value or ()

    @property
    def code(self) -> Source:
        """Where the class is found, for a process of its own."""
        return self.source or Source(self.target)

    @property
    def package(self) -> str:
        """The import package in which the plugin's resources lie."""
        module = self.target.partition(":")[0]
        return module.rpartition(".")[0] or module

    @property
    def origin(self) -> str:
        """Say in one word where the plugin comes from."""
        return f"{self.distribution} {self.version} ({self.target})".strip()


def discover(
    classes: Iterable[type[Plugin]] = (), *, installed: bool = True
) -> Mapping[str, Candidate]:
    """Return the plugins there are by name: given `classes` and, if wanted, installed ones.

    A class takes the place of an installed plugin of the same name. Raises DeploymentRefused
    when two installed distributions announce one name.
    """
    found = _installed() if installed else {}
    return MappingProxyType({**found, **{one.name: _given(one) for one in classes}})


def _installed() -> Mapping[str, Candidate]:
    return _announced_in(tuple((folder, _changed(folder)) for folder in sys.path))


def _changed(folder: str) -> int:
    """Return when something was last installed in a folder, in nanoseconds; 0 where none is."""
    try:
        return os.stat(folder or os.curdir).st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _announced_in(folders: tuple[tuple[str, int], ...]) -> Mapping[str, Candidate]:
    """Read what the distributions in the folders announce, which costs a file for each of them."""
    found: dict[str, Candidate] = {}
    for point in metadata.entry_points(group=GROUP):
        candidate = _announced(point)
        other = found.setdefault(candidate.name, candidate)
        if other.target != candidate.target:
            raise DeploymentRefused([fault(candidate.name, _twice(other, candidate))])
    return MappingProxyType(found)


def _announced(point: metadata.EntryPoint) -> Candidate:
    distribution = point.dist
    return Candidate(
        point.name,
        distribution.name if distribution else "",
        distribution.version if distribution else "",
        point.value,
        point.load,
    )


def _given(plugin: type[Plugin]) -> Candidate:
    target = f"{plugin.__module__}:{plugin.__qualname__}"
    return Candidate(plugin.name, "", "", target, lambda: plugin)


def _twice(one: Candidate, other: Candidate) -> Words:
    return Words(
        f"两个安装包声明了同名插件：{one.origin} 与 {other.origin}，请卸载其中一个",
        f"two distributions announce this plugin: {one.origin} and {other.origin};"
        " uninstall one of them",
    )
