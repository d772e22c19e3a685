"""The order in which plugins are asked: the profile's, as far as `needs` and `after` allow."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping, Sequence

from haochaping.hooks.plugin import Plugin
from haochaping.hooks.values import Words
from haochaping.plugins.faults import PluginFault, fault, hint, nearest, plus


def ordered(plugins: Sequence[type[Plugin]]) -> tuple[type[Plugin], ...]:
    """Return `plugins` with each one behind those it names, otherwise as they came.

    Raises graphlib.CycleError; `ordering_faults` says beforehand that there is a cycle.
    """
    before = _before(plugins)
    graphlib.TopologicalSorter(before).prepare()
    waiting, done = list(plugins), dict[str, type[Plugin]]()
    while waiting:
        ready = next(one for one in waiting if before[one.name] <= done.keys())
        waiting.remove(ready)
        done[ready.name] = ready
    return tuple(done.values())


def ordering_faults(plugins: Sequence[type[Plugin]]) -> tuple[PluginFault, ...]:
    """Return the needs that nobody meets and the cycle, if there is one."""
    return (*_unmet(plugins), *_cycle(plugins))


def _before(plugins: Sequence[type[Plugin]]) -> Mapping[str, set[str]]:
    names = {one.name for one in plugins}
    return {one.name: names & {*one.needs, *one.after} for one in plugins}


def _unmet(plugins: Sequence[type[Plugin]]) -> Iterator[PluginFault]:
    names = [one.name for one in plugins]
    for one in plugins:
        for need in one.needs:
            if need not in names:
                yield _missing(one.name, need, nearest(need, names))


def _missing(name: str, need: str, near: str) -> PluginFault:
    message = Words(
        f"需要插件 {need}，但它没有启用；请在 profile 的 plugins 中加入 {need}。",
        f"needs plugin {need}, which is not enabled; add it to `plugins` in the profile.",
    )
    return fault(name, plus(message, hint(near)), nearest=near)


def _cycle(plugins: Sequence[type[Plugin]]) -> Iterator[PluginFault]:
    try:
        graphlib.TopologicalSorter(_before(plugins)).prepare()
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1]
        way = " → ".join(circle)
        message = Words(
            f"插件的先后要求互相矛盾：{way}", f"plugins ask for an order in a circle: {way}"
        )
        yield fault(circle[0], message)
