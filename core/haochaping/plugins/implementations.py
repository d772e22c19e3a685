"""Which hooks a plugin implements, and whether it implements them as the contract says."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import pluggy

from haochaping.hooks.kinds import PROJECT
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.specs import FAMILIES, Spec, specs
from haochaping.hooks.values import Words
from haochaping.plugins.faults import PluginFault, fault, hint, nearest, plus

_MARK: Final = f"{PROJECT}_impl"


def implemented(plugin: type[Plugin]) -> tuple[str, ...]:
    """Return the names of the hooks that `plugin` implements, in the contract's order."""
    return tuple(name for name in specs() if name in marked(plugin))


def marked(plugin: type[Plugin]) -> Mapping[str, Any]:
    """Return the options of `@hookimpl` by method name."""
    functions = ((name, _plain(inspect.getattr_static(plugin, name))) for name in dir(plugin))
    return {name: getattr(one, _MARK) for name, one in functions if hasattr(one, _MARK)}


def implementation_faults(plugin: type[Plugin]) -> tuple[PluginFault, ...]:
    """Return everything wrong with the way `plugin` implements hooks, in words."""
    return tuple(one for find in FINDERS.values() for one in find(plugin))


def refuse_pending(plugins: Iterable[Plugin]) -> None:
    """Let pluggy itself confirm that every implementation has a spec with its arguments.

    Raises pluggy.PluginValidationError. `implementation_faults` says the same in words;
    this is the second look that keeps both from drifting apart.
    """
    manager = pluggy.PluginManager(PROJECT)
    for family in FAMILIES.values():
        manager.add_hookspecs(family)
    for plugin in plugins:
        manager.register(plugin, plugin.name)
    manager.check_pending()


def _pending(plugin: type[Plugin]) -> Iterator[PluginFault]:
    for name in marked(plugin):
        if name not in specs():
            near = nearest(name, specs())
            message = Words(f"没有名为 {name} 的钩子。", f"there is no hook named {name}.")
            yield fault(plugin.name, plus(message, hint(near)), hook=name, nearest=near)


def _odd_arguments(plugin: type[Plugin]) -> Iterator[PluginFault]:
    for spec, member in _members(plugin):
        for argument in _arguments(member):
            if argument not in spec.parameters:
                yield _odd_argument(plugin, spec, argument)


def _odd_argument(plugin: type[Plugin], spec: Spec, argument: str) -> PluginFault:
    known = ", ".join(spec.parameters) or "-"
    near = nearest(argument, spec.parameters)
    message = Words(
        f"钩子 {spec.name} 没有参数 {argument}，它的参数是：{known}。",
        f"hook {spec.name} passes no argument {argument}; it passes: {known}.",
    )
    return fault(plugin.name, plus(message, hint(near)), hook=spec.name, nearest=near)


def _options(plugin: type[Plugin]) -> Iterator[PluginFault]:
    for name, options in marked(plugin).items():
        given = ", ".join(option for option, value in options.items() if value)
        if given:
            message = Words(
                f"@hookimpl 不接受选项 {given}；先后次序由 profile 与 after 决定",
                f"@hookimpl takes no options here ({given}); order comes from the profile"
                " and from `after`",
            )
            yield fault(plugin.name, message, hook=name)


def _unmarked(plugin: type[Plugin]) -> Iterator[PluginFault]:
    done = marked(plugin)
    for name in specs():
        if hasattr(plugin, name) and name not in done:
            message = Words(
                f"方法 {name} 与钩子同名，却没有标注 @hookimpl",
                f"method {name} is named like a hook but is not marked with @hookimpl",
            )
            yield fault(plugin.name, message, hook=name)


def _asynchronous(plugin: type[Plugin]) -> Iterator[PluginFault]:
    for spec, member in _members(plugin):
        function = _plain(member)
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            message = Words(
                f"钩子 {spec.name} 不能是 async 函数", f"hook {spec.name} cannot be async"
            )
            yield fault(plugin.name, message, hook=spec.name)


def _too_new(plugin: type[Plugin]) -> Iterator[PluginFault]:
    for spec, _ in _members(plugin):
        if spec.facts.since > plugin.api_version:
            message = Words(
                f"钩子 {spec.name} 自第 {spec.facts.since} 版起才有，"
                f"插件声明的是第 {plugin.api_version} 版",
                f"hook {spec.name} exists since version {spec.facts.since} of the contract,"
                f" the plugin states version {plugin.api_version}",
            )
            yield fault(plugin.name, message, hook=spec.name)


def _members(plugin: type[Plugin]) -> Iterator[tuple[Spec, Any]]:
    for name in implemented(plugin):
        yield specs()[name], inspect.getattr_static(plugin, name)


def _arguments(member: Any) -> tuple[str, ...]:
    names = tuple(inspect.signature(_plain(member)).parameters)
    return names if isinstance(member, staticmethod) else names[1:]


def _plain(member: Any) -> Any:
    """Return the function inside a static or class method, everything else as it is."""
    return getattr(member, "__func__", member)


FINDERS: Final[Mapping[str, Callable[[type[Plugin]], Iterator[PluginFault]]]] = MappingProxyType(
    {
        "unknown": _pending,
        "arguments": _odd_arguments,
        "options": _options,
        "unmarked": _unmarked,
        "async": _asynchronous,
        "since": _too_new,
    }
)
"""What can be wrong with the way hooks are implemented, by kind."""
