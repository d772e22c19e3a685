"""What can be wrong with the plugins of a deployment, in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from haochaping.hooks.values import Words
from haochaping.problems import Problem


@dataclass(frozen=True, slots=True)
class PluginFault:
    """One thing that keeps plugins from being used.

    `key` is the profile's key it hangs on (`plugins.zhejiang.ladder`), `hook` the hook if
    one is concerned. `expected`, `example` and `nearest` are empty when there is nothing
    to say.
    """

    plugin: str
    key: str
    message: Words
    hook: str = ""
    expected: str = ""
    example: str = ""
    nearest: str = ""

    def text(self, language: str) -> str:
        """Return the fault in one line in `language`; `nearest` is in the message already."""
        labels = (
            (Words("应为", "expected"), self.expected),
            (Words("例如", "example"), self.example),
        )
        more = [f"{label.into(language)}: {value}" for label, value in labels if value]
        return f"{self.key}: " + "; ".join([self.message.into(language).strip(), *more])


class DeploymentRefused(Problem):
    """The plugins do not fit together; `faults` are all that was found."""

    code = "HCP-DEPLOYMENT-REFUSED"
    status = 500
    exit_code: ClassVar[int] = 3
    title = Words("部署无法启动：插件有误", "The deployment cannot start: plugins are at fault")

    def __init__(self, faults: Iterable[PluginFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(_joined(self.faults))


def fault(plugin: str, message: Words, *, hook: str = "", nearest: str = "") -> PluginFault:
    """Return a fault that hangs on the plugin as a whole."""
    return PluginFault(plugin, f"plugins.{plugin}", message, hook=hook, nearest=nearest)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of `names` most like `name`, empty when none is."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)), "")


def hint(near: str) -> Words:
    """Return a question that names the nearest valid name, empty when there is none."""
    return Words(f"是否想写 {near}？", f" Did you mean {near}?") if near else Words("")


def plus(*parts: Words) -> Words:
    """Return several texts as one."""
    return Words("".join(part.zh for part in parts), "".join(part.en for part in parts))


def _joined(faults: Sequence[PluginFault]) -> Words:
    return Words(
        "；".join(f"{one.key}：{one.message.zh}" for one in faults),
        "; ".join(f"{one.key}: {one.message.into('en')}" for one in faults),
    )
