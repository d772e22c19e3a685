"""From the profile's list of plugins to instances in order, or to all that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final, Protocol, cast

from haochaping.containment import contained
from haochaping.hooks.kinds import API_VERSION
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.services import Services
from haochaping.hooks.values import Words
from haochaping.isolation.keeping import Host, Limits
from haochaping.isolation.standing_in import Isolated, cannot_be_isolated, stand_in
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
from haochaping.profile.checking import ISOLATE

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
        limits: Limits | None = None,
    ) -> None:
        self._classes = tuple(classes)
        self._installed = installed
        self._dropped = dropped or Dropped()
        self._found: Mapping[str, Candidate] | None = None
        self._limits = limits or Limits()

    def discover(self) -> Mapping[str, Candidate]:
        """Return the plugins there are by name: installed ones before single files.

        Looks once. Raises DeploymentRefused for a name that two distributions announce.
        """
        if self._found is None:
            installed = discover(self._classes, installed=self._installed)
            self._found = MappingProxyType({**self._dropped.candidates(), **installed})
        return self._found

    def schemas(self) -> Mapping[str, Mapping[str, Any] | None]:
        """Return the schema of every plugin's settings by name, None where it cannot be read.

        A plugin is imported when its schema is asked for, and not before.
        """
        return _Schemas(self.discover())

    def profile_folders(self) -> tuple[Traversable, ...]:
        """Return the `profiles` folders that plugins bring along."""
        return self.folders("profiles")

    def folders(self, name: str) -> tuple[Traversable, ...]:
        """Return the folders called `name` that plugins bring along in their packages."""
        usable = [one for one in self.discover().values() if one.refused is None]
        folders = [place / name for one in usable for place in one.places()]
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
        choices = _examined(self._chosen(profile.plugins))
        by_class = {choice.plugin: choice for choice in choices}
        loaded = [_start(by_class[one], services_for or _Absent) for one in ordered(list(by_class))]
        plugins = tuple(loaded)
        refuse_pending(one.plugin for one in plugins)
        return Hooks(plugins, gather(plugins))

    def _chosen(self, enabled: Mapping[str, Mapping[str, Any]]) -> list[_Choice | PluginFault]:
        available = self.discover()
        return [
            self._choice(available[name], settings)
            if name in available
            else _unknown(name, available)
            for name, settings in enabled.items()
        ]

    def _choice(self, candidate: Candidate, settings: Mapping[str, Any]) -> _Choice | PluginFault:
        own = {key: one for key, one in settings.items() if key != ISOLATE}
        wanted = settings.get(ISOLATE, False)
        if not isinstance(wanted, bool):
            return _no_flag(candidate.name)
        found = load_class(self._placed(candidate) if wanted else candidate)
        if isinstance(found, PluginFault):
            return found
        return _Choice(candidate, found, configure(found, own))

    def _placed(self, candidate: Candidate) -> Candidate:
        """Return a plugin whose class stands for one in a process of its own."""
        home = self._dropped.folder
        hidden = () if home is None else (home.parent,)
        host = Host(candidate.code, self._limits, hidden)
        return replace(candidate, load=partial(stand_in, host))


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


class _Schemas(Mapping[str, Mapping[str, Any] | None]):
    """Schemas of plugins' settings, each read when it is asked for."""

    def __init__(self, candidates: Mapping[str, Candidate]) -> None:
        self._candidates = candidates

    def __getitem__(self, name: str) -> Mapping[str, Any] | None:
        return _schema(load_class(self._candidates[name]))

    def __contains__(self, name: object) -> bool:
        return name in self._candidates

    def __iter__(self) -> Iterator[str]:
        return iter(self._candidates)

    def __len__(self) -> int:
        return len(self._candidates)


def _cannot_be_isolated(plugin: type[Plugin]) -> Iterator[PluginFault]:
    if not issubclass(plugin, Isolated):
        return
    for name in cannot_be_isolated(implemented(plugin)):
        message = Words(
            f"钩子 {name} 交给系统运行插件自己的代码，不能放在独立进程中；"
            f"请从配置档中去掉 plugins.{plugin.name}.isolate，或不启用该插件",
            f"hook {name} hands the core code of the plugin to run, which cannot be done in a"
            f" process of its own; take plugins.{plugin.name}.isolate out of the profile, or"
            " leave the plugin out",
        )
        yield fault(plugin.name, message, hook=name)


def _no_flag(plugin: str) -> PluginFault:
    message = Words("isolate 只能是 true 或 false", "isolate is either true or false")
    return PluginFault(plugin, f"plugins.{plugin}.{ISOLATE}", message, expected="true, false")


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


def _examined(chosen: list[_Choice | PluginFault]) -> tuple[_Choice, ...]:
    faults = [one for one in chosen if isinstance(one, PluginFault)]
    choices = tuple(one for one in chosen if isinstance(one, _Choice))
    for choice in choices:
        faults += [*choice.configured.faults, *implementation_faults(choice.plugin)]
        faults += _cannot_be_isolated(choice.plugin)
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
