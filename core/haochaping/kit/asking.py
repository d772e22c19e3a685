"""A plugin assembled alone, and its hooks asked one by one as the core asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from haochaping.hooks.kinds import HookKind
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.services import Services
from haochaping.kit.samples import Passed
from haochaping.plugins import Hooks, LoadedPlugin, PluginManager, Spec, specs
from haochaping.plugins.calls import acceptance, prepared


class Impure(RuntimeError):
    """A hook that decides used a service other than `lookup`."""


@dataclass(frozen=True, slots=True)
class Enabled:
    """As much of a profile as plugins need: their settings by name."""

    plugins: Mapping[str, Mapping[str, Any]]


class EmptyTables:
    """Look-ups that find nothing."""

    def one(self, table: str, **key: Any) -> None:
        """Find nothing."""

    def all(self, table: str, **key: Any) -> tuple[()]:
        """Find nothing."""
        return ()


class OnlyLookup:
    """The services as far as a hook that decides may use them."""

    lookup = EmptyTables()

    def __getattr__(self, service: str) -> Any:
        """Refuse every other service."""
        raise Impure(f"services.{service}")


def alone(plugin: type[Plugin], settings: Mapping[str, Any], services: Any = None) -> Hooks:
    """Return the hooks of a plugin and of those it needs, with empty look-ups.

    Raises DeploymentRefused.
    """
    given: Services = services or OnlyLookup()
    enabled: dict[str, Mapping[str, Any]] = {name: {} for name in plugin.needs} | {
        plugin.name: settings
    }
    manager = PluginManager([plugin], installed=bool(plugin.needs))
    return manager.assemble(Enabled(enabled), lambda name: given)


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's implementation of one hook."""

    spec: Spec
    call: Callable[..., Any]
    accept: Callable[[Any], Any]

    def answer(self, question: Passed) -> Any:
        """Return the answer, checked. Raises Junk, or whatever the plugin raises."""
        value = self.call(*(question[name] for name in self.spec.parameters))
        return None if value is None and not self.many else self.accept(value)

    @property
    def many(self) -> bool:
        """True when the answer is an iterable."""
        return self.spec.facts.combine.value in ("all", "sum")


def implementations(loaded: LoadedPlugin, kind: HookKind) -> Iterator[Implementation]:
    """Yield a plugin's implementations of the hooks of one kind."""
    for name in loaded.hooks:
        spec = specs()[name]
        if spec.facts.kind is kind:
            _, accept = acceptance(spec.facts)
            yield Implementation(spec, prepared(spec, loaded), accept)
