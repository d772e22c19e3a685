"""Checks of a plugin's hooks: marked as the contract says, and answering as it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from haochaping.kit.asking import alone
from haochaping.kit.contract import Subject
from haochaping.kit.findings import Finding, fault, remark
from haochaping.kit.target import Target
from haochaping.plugins import DeploymentRefused, PluginFault, specs
from haochaping.plugins.implementations import FINDERS, implemented

Look = Callable[[Target], Iterator[Finding]]


def marked_as_agreed(kind: str) -> Look:
    """Return the look for one way in which implementations can miss the contract."""
    return partial(_marked, kind)


def _marked(kind: str, target: Target) -> Iterator[Finding]:
    yield from map(_told, FINDERS[kind](target.plugin))


def some(target: Target) -> Iterator[Finding]:
    """Find a plugin that implements nothing."""
    if not implemented(target.plugin):
        yield remark("没有实现任何钩子", "implements no hook", target.plugin.__name__)


def not_deprecated(target: Target) -> Iterator[Finding]:
    """Find hooks that will be removed."""
    for hook in implemented(target.plugin):
        gone = specs()[hook].facts.deprecated
        if gone is not None:
            yield remark(f"已弃用：{gone}", f"is deprecated: {gone}", hook)


def assembled(target: Target) -> Iterator[Finding]:
    """Find whatever keeps the plugin from being assembled with its settings."""
    try:
        alone(target.plugin, target.settings)
    except DeploymentRefused as refused:
        yield from map(_told, refused.faults)


def asked(look: Callable[[Subject], Iterator[Finding]]) -> Look:
    """Return a look of `contract` for plugins that can be assembled; the others were told."""

    def ask(target: Target) -> Iterator[Finding]:
        if not list(assembled(target)):
            yield from look(Subject(target.plugin, target.settings))

    return ask


def _told(one: PluginFault) -> Finding:
    return fault(one.message.zh, one.message.into("en"), one.hook or one.key)
