"""Commands that plugins add: `haochaping <plugin> <name>`, where a deployment is at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from haochaping.hooks.deployment import Command
from haochaping.hooks.plugin import Plugin
from haochaping.plugins import PluginManager
from haochaping.plugins.references import load as load_reference
from haochaping.profile import Profile
from haochaping.rulebook import read_profile
from haochaping.settings import plugin_manager, read_settings

CommandCall = Callable[[Plugin, tuple[str, ...]], int | None]


def enabled_plugins(home: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings of the plugins that the deployment enables, in order.

    Raises SettingsRefused or ProfileError.
    """
    return _profile(home, plugin_manager(home), settings=False).plugins


def profile_of(home: Path) -> Profile:
    """Return the profile of the deployment. Raises SettingsRefused or ProfileError."""
    return _profile(home, plugin_manager(home))


def packages_of(home: Path) -> tuple[str, ...]:
    """Return the packages with texts of the deployment: the core's, then its plugins'.

    Raises SettingsRefused, ProfileError or DeploymentRefused.
    """
    manager = plugin_manager(home)
    with closing(manager.assemble(_profile(home, manager))) as hooks:
        return ("haochaping", *(loaded.package for loaded in hooks.plugins))


def plugin_group(home: Path, name: str) -> click.Group | None:
    """Return the commands of plugin `name` of the deployment, None when it has none.

    Raises SettingsRefused, ProfileError or DeploymentRefused.
    """
    manager = plugin_manager(home)
    if name not in manager.discover():
        return None
    with closing(manager.assemble(_profile(home, manager))) as hooks:
        commands = [item for owner, item in hooks.contributions("cli_commands") if owner == name]
    return _group(home, name, commands) if commands else None


def _profile(home: Path, manager: PluginManager, *, settings: bool = True) -> Profile:
    return read_profile(manager, read_settings(home).profile, home, settings=settings)


def _group(home: Path, name: str, commands: Iterable[Command]) -> click.Group:
    group = click.Group(name, help=f"haochaping {name}")
    for command in commands:
        group.add_command(_command(home, name, command))
    return group


def _command(home: Path, plugin: str, command: Command) -> click.Command:
    @click.command(command.name, help=command.summary, context_settings=_ALL_WORDS)
    @click.argument("words", nargs=-1, type=click.UNPROCESSED)
    def run(words: tuple[str, ...]) -> None:
        code = _call(home, plugin, command, words)
        if code:
            raise click.exceptions.Exit(code)

    return run


_ALL_WORDS = {"ignore_unknown_options": True}


def _call(home: Path, plugin: str, command: Command, words: tuple[str, ...]) -> int | None:
    from haochaping.deployment import open_deployment

    call: CommandCall = load_reference(command.call)
    with open_deployment(home) as deployment:
        return call(deployment.hooks.plugin(plugin).plugin, words)
