"""What plugins add when a deployment is assembled, asked for once and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from haochaping.containment import contained
from haochaping.hooks.checks import Junk, elements
from haochaping.hooks.deployment import TableSet
from haochaping.hooks.kinds import HookKind
from haochaping.hooks.specs import Spec, specs
from haochaping.hooks.values import Words
from haochaping.plugins.faults import DeploymentRefused, PluginFault, fault
from haochaping.plugins.loaded import LoadedPlugin
from haochaping.plugins.references import FORM

Contributions = Mapping[str, tuple[tuple[str, Any], ...]]
"""By hook: pairs of the plugin's name and what it adds, in plugin order."""

BELOW_PLUGIN: Final = frozenset(
    {"cli_commands", "console_panels", "public_panels", "scheduled_jobs"}
)
"""Hooks whose names lie below the plugin's own name, so two plugins may use the same."""

REFERENCES: Final = ("view", "call", "factory", "metadata")
"""Fields that name code as `package.module:name`."""


@dataclass(frozen=True, slots=True)
class _Offer:
    plugin: str
    hook: str
    position: int
    item: Any

    @property
    def place(self) -> str:
        return f"{self.hook}[{self.position}]"


def gather(plugins: tuple[LoadedPlugin, ...]) -> Contributions:
    """Ask every plugin what it adds. Raises DeploymentRefused with all that is wrong."""
    gathering = _Gathering()
    for spec in specs().values():
        if spec.facts.kind is HookKind.CONTRIBUTES:
            gathering.ask(spec, plugins)
    if gathering.faults:
        raise DeploymentRefused(gathering.faults)
    return MappingProxyType(gathering.found)


class _Gathering:
    def __init__(self) -> None:
        self.found: dict[str, tuple[tuple[str, Any], ...]] = {}
        self.faults: list[PluginFault] = []

    def ask(self, spec: Spec, plugins: tuple[LoadedPlugin, ...]) -> None:
        offers = [offer for one in plugins for offer in self._offers(spec, one)]
        self.faults += _bad_references(offers)
        self.faults += _duplicates(offers)
        self.found[spec.name] = tuple((offer.plugin, offer.item) for offer in offers)

    def _offers(self, spec: Spec, loaded: LoadedPlugin) -> list[_Offer]:
        if spec.name not in loaded.hooks:
            return []
        ask: Callable[[], Any] = getattr(loaded.plugin, spec.name)
        assert spec.facts.item is not None  # every contributing spec declares one
        item = spec.facts.item
        result = contained(spec.name, lambda: elements(ask(), item))
        if result.value is None:
            self.faults.append(_failed(loaded.name, spec.name, result.error, result.message))
            return []
        return [_Offer(loaded.name, spec.name, at, one) for at, one in enumerate(result.value)]


def identity(hook: str, plugin: str, item: Any) -> str:
    """Return what must be unique about a contribution among all of its hook."""
    if isinstance(item, TableSet):
        return plugin
    if hasattr(item, "rule") and hasattr(item, "view"):
        # public pages and those of the console lie at different places
        return f"{plugin} {'public ' if item.policy == 'public' else ''}{item.rule}"
    name = str(item.code if hasattr(item, "code") else item.name)
    return f"{plugin} {name}" if hook in BELOW_PLUGIN else name


def _duplicates(offers: list[_Offer]) -> Iterator[PluginFault]:
    first: dict[str, _Offer] = {}
    for offer in offers:
        key = identity(offer.hook, offer.plugin, offer.item)
        other = first.setdefault(key, offer)
        if other is not offer:
            yield fault(offer.plugin, _taken(other, offer, key), hook=offer.hook)


def _taken(one: _Offer, other: _Offer, key: str) -> Words:
    return Words(
        f"钩子 {other.hook} 重复提供 {key}：插件 {one.plugin}（{one.place}）"
        f"与插件 {other.plugin}（{other.place}）",
        f"hook {other.hook} has {key} twice: from plugin {one.plugin} ({one.place})"
        f" and from plugin {other.plugin} ({other.place})",
    )


def _bad_references(offers: list[_Offer]) -> Iterator[PluginFault]:
    for offer in offers:
        for field in REFERENCES:
            reference = getattr(offer.item, field, None)
            if reference is not None and not FORM.fullmatch(reference):
                junk = Junk(f"expected package.module:name, got {reference!r}", field)
                yield _failed(offer.plugin, offer.hook, junk.within(f"[{offer.position}]"), "")


def _failed(plugin: str, hook: str, error: Exception | None, message: str) -> PluginFault:
    if isinstance(error, Junk):
        return fault(plugin, _junk(hook, error), hook=hook)
    return fault(
        plugin, Words(f"钩子 {hook} 出错：{message}", f"hook {hook} failed: {message}"), hook=hook
    )


def _junk(hook: str, junk: Junk) -> Words:
    place = f"{hook}{junk.field}" if junk.field else hook
    return Words(
        f"钩子返回值不符合约定：{place}：{junk.message}",
        f"a hook returned what was not agreed: {place}: {junk.message}",
    )
