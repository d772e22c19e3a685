"""A plugin in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from haochaping.hooks.plugin import Plugin
from haochaping.hooks.values import Words


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """One plugin of a deployment: its instance, where it came from, what it implements."""

    name: str
    plugin: Plugin
    title: Words
    distribution: str
    version: str
    api_version: int
    hooks: tuple[str, ...]
    config: Mapping[str, Any] = field(repr=False)

    @property
    def package(self) -> str:
        """The import package with the plugin's templates, translations and migrations."""
        return self.plugin.package()
