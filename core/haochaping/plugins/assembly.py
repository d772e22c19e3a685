"""From the profile's list of plugins to instances in order, or to all that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final, Protocol, cast

from haochaping.containment import contained
from haochaping.hooks.kinds import API_VERSION
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.services import Services
from haochaping.hooks.values import Words
from haochaping.plugins.calls import Hooks
from haochaping.plugins.configuration import Configured, configure, schema_of
from haochaping.plugins.contributions import gather
from haochaping.plugins.deprecations import warn
from haochaping.plugins.discovery import Candidate, discover
from haochaping.plugins.dropped import Dropped
from haochaping.plugins.faults import (
    DeploymentRefused,
    PluginFault,
    fault,
    hint,
    nearest,
    plus,
)
from haochaping.plugins.implementations import (
    implementation_faults,
    implemented,
    refuse_pending,
)
from haochaping.plugins.loaded import LoadedPlugin
from haochaping.plugins.ordering import ordered, ordering_faults

OLDEST_API: Final = 1
"""Oldest version of the plugin contract that is still understood."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")


class Enabling(Protocol):
    """As much of a profile as assembling needs: the enabled plugins with their settings."""

    @property
    def plugins(self) -> Mapping[str, Mapping[str, Any]]:
        """Settings by plugin name, in the order in which plugins are asked."""
        ...


ServicesFor = Callable[[str], Services]
"""Makes the services of the plugin with that name."""


class PluginManager:
    """Knows the plugins there are and assembles those a profile enables."""

    def __init__(
        self,
        classes: Iterable[type[Plugin]] = (),
        *,
        installed: bool = True,
        dropped: Dropped | None = None,
    ) -> None:
        self._classes = tuple(classes)
        self._installed = installed
        self._dropped = dropped or Dropped()
        self._found: Mapping[str, Candidate] | None = None

    def discover(self) -> Mapping[str, Candidate]:
        """Return the plugins there are by name: installed ones before single files.

        Looks once. Raises DeploymentRefused for a name that two distributions announce.
        """
        if self._found is None:
            installed = discover(self._classes, installed=self._installed)
            self._found = MappingProxyType({**self._dropped.candidates(), **installed})
        return self._found

    def schemas(self) -> Mapping[str, Mapping[str, Any] | None]:
        """Return the schema of every plugin's settings by name, None where it cannot be read."""
        classes = {name: load_class(one) for name, one in self.discover().items()}
        return {name: _schema(found) for name, found in classes.items()}

    def profile_folders(self) -> tuple[Traversable, ...]:
        """Return the `profiles` folders that plugins bring along."""
        return self.folders("profiles")

    def folders(self, name: str) -> tuple[Traversable, ...]:
        """Return the folders called `name` that plugins bring along in their packages."""
        packages = [one.package for one in self.discover().values() if one.refused is None]
        found = [contained(package, partial(resources.files, package)) for package in packages]
        folders = [one.value / name for one in found if one.value is not None]
        return tuple(folder for folder in folders if folder.is_dir())

    def check(self, profile: Enabling) -> tuple[PluginFault, ...]:
        """Return all that keeps the profile's plugins from being assembled; services stay away."""
        try:
            self.assemble(profile)
        except DeploymentRefused as refused:
            return refused.faults
        return ()

    def assemble(self, profile: Enabling, services_for: ServicesFor | None = None) -> Hooks:
        """Return the hooks of the plugins that `profile` enables.

        Without `services_for` the plugins get services that refuse every use: enough to look
        at what they contribute. Raises DeploymentRefused, naming every plugin, hook and
        setting at fault.
        """
        choices = _examined(_chosen(profile.plugins, self.discover()))
        by_class = {choice.plugin: choice for choice in choices}
        loaded = [_start(by_class[one], services_for or _Absent) for one in ordered(list(by_class))]
        plugins = tuple(loaded)
        refuse_pending(one.plugin for one in plugins)
        return Hooks(plugins, gather(plugins))


@dataclass(frozen=True, slots=True)
class _Choice:
    candidate: Candidate
    plugin: type[Plugin]
    configured: Configured


class _Absent:
    """Stands for the services while plugins are only checked."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, service: str) -> Any:
        raise RuntimeError(
            f"plugin {self._name} uses services.{service} while it is being assembled;"
            " services are for hooks that decide or observe, for pages, commands and jobs"
        )


def _schema(found: type[Plugin] | PluginFault) -> Mapping[str, Any] | None:
    if isinstance(found, PluginFault):
        return None
    return contained(found.name, lambda: schema_of(found)).value


def load_class(candidate: Candidate) -> type[Plugin] | PluginFault:
    """Return the plugin's class, or in words why it cannot be used."""
    if candidate.refused is not None:
        return fault(candidate.name, candidate.refused)
    result = contained(candidate.target, candidate.load)
    if not result.ok:
        why = Words(
            f"无法导入 {candidate.target}：{result.message}",
            f"{candidate.target} cannot be imported: {result.message}",
        )
        return fault(candidate.name, why)
    found: Any = result.value
    refused = _class_fault(candidate, found)
    return refused if refused is not None else cast("type[Plugin]", found)


def _chosen(
    enabled: Mapping[str, Mapping[str, Any]], available: Mapping[str, Candidate]
) -> list[_Choice | PluginFault]:
    return [
        _choice(available[name], settings) if name in available else _unknown(name, available)
        for name, settings in enabled.items()
    ]


def _choice(candidate: Candidate, settings: Mapping[str, Any]) -> _Choice | PluginFault:
    found = load_class(candidate)
    if isinstance(found, PluginFault):
        return found
    return _Choice(candidate, found, configure(found, settings))


def _examined(chosen: list[_Choice | PluginFault]) -> tuple[_Choice, ...]:
    faults = [one for one in chosen if isinstance(one, PluginFault)]
    choices = tuple(one for one in chosen if isinstance(one, _Choice))
    for choice in choices:
        faults += [*choice.configured.faults, *implementation_faults(choice.plugin)]
    plugins = [choice.plugin for choice in choices]
    faults += ordering_faults(plugins)
    if faults:
        raise DeploymentRefused(faults)
    return choices


def _start(choice: _Choice, services_for: ServicesFor) -> LoadedPlugin:
    plugin, config = choice.plugin, choice.configured.config
    warn(plugin)
    result = contained(plugin.name, lambda: plugin(config, services_for(plugin.name)))
    if result.value is None:
        why = Words(f"创建插件时出错：{result.message}", f"making it failed: {result.message}")
        raise DeploymentRefused([fault(plugin.name, why)])
    return LoadedPlugin(
        name=plugin.name,
        plugin=result.value,
        title=Words(plugin.title_zh or plugin.name, plugin.title_en),
        distribution=choice.candidate.distribution,
        version=choice.candidate.version,
        api_version=plugin.api_version,
        hooks=implemented(plugin),
        config=config,
    )


def _unknown(name: str, available: Mapping[str, Candidate]) -> PluginFault:
    near = nearest(name, available)
    message = Words(f"没有安装名为 {name} 的插件。", f"no plugin named {name} is installed.")
    one = fault(name, plus(message, hint(near)), nearest=near)
    known = ", ".join(sorted(available)) or "-"
    return PluginFault(name, one.key, one.message, expected=known, nearest=near)


def _class_fault(candidate: Candidate, found: Any) -> PluginFault | None:
    if not (isinstance(found, type) and issubclass(found, Plugin)):
        why = Words(
            f"{candidate.target} 不是 haochaping.Plugin 的子类",
            f"{candidate.target} is no subclass of haochaping.Plugin",
        )
        return fault(candidate.name, why)
    return _name_fault(candidate, getattr(found, "name", "")) or _api_fault(found)


def _name_fault(candidate: Candidate, name: str) -> PluginFault | None:
    if name == candidate.name and _NAME.fullmatch(name):
        return None
    why = Words(
        f"插件类的 name 是“{name}”，应与入口点名称 {candidate.name} 相同，"
        "并且只含小写字母、数字和下划线",
        f"its class says name {name!r}; it must equal the entry point's name"
        f" {candidate.name!r}: lower-case letters, digits and underscores",
    )
    return fault(candidate.name, why)


def _api_fault(plugin: type[Plugin]) -> PluginFault | None:
    stated: Any = plugin.api_version
    if isinstance(stated, int) and OLDEST_API <= stated <= API_VERSION:
        return None
    range_zh = f"第 {OLDEST_API} 至 {API_VERSION} 版"
    newer = isinstance(stated, int) and stated > API_VERSION
    todo = Words(*(("请升级 haochaping", "upgrade haochaping") if newer else _OUTDATED))
    why = Words(
        f"插件按契约第 {stated} 版编写，本版本支持{range_zh}；{todo.zh}",
        f"it was written for version {stated} of the plugin contract, understood are"
        f" {OLDEST_API} to {API_VERSION}; {todo.en}",
    )
    return fault(plugin.name, why)


_OUTDATED: Final = ("请安装该插件的新版本", "install a newer version of the plugin")
