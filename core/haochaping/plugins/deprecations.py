"""Hooks that will go: a plugin that implements one is warned when it is assembled."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from haochaping.hooks.plugin import Plugin
from haochaping.hooks.specs import specs
from haochaping.plugins.implementations import implemented


class PluginDeprecation(DeprecationWarning):
    """A plugin implements a hook that will be removed."""


def deprecations(plugin: type[Plugin]) -> Iterator[str]:
    """Yield one line for each hook of the plugin that will be removed: when, and what instead."""
    for name in implemented(plugin):
        going = specs()[name].facts.deprecated
        if going is not None:
            yield f"plugin {plugin.name}: hook {name} is deprecated {going}"


def warn(plugin: type[Plugin]) -> None:
    """Warn of every hook of the plugin that will be removed."""
    for line in deprecations(plugin):
        warnings.warn(line, PluginDeprecation, stacklevel=2)
