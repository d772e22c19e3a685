"""A class that stands in the core for a plugin in a process of its own.

It has the plugin's name, settings and hooks; every hook asks the host. So the rest of the core
treats it like any plugin, and none of the plugin's code is ever imported here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from haochaping.hooks.kinds import PROJECT, HookKind
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.services import Services
from haochaping.hooks.specs import specs
from haochaping.isolation.keeping import Host, HostFailed

_MARK: Final = f"{PROJECT}_impl"


class Isolated(Plugin):
    """A plugin whose code runs in the process of its host."""

    host: ClassVar[Host]
    schema: ClassVar[str] = ""

    def __init__(self, config: Mapping[str, Any], services: Services) -> None:
        super().__init__(config, services)
        self.host.make(config, services)

    @classmethod
    def package(cls) -> str:
        """Return a package without resources: those of the plugin stay with its host."""
        return "haochaping.isolation"

    @classmethod
    def resource(cls, name: str) -> str:
        """Return the schema of the settings. Raises FileNotFoundError for any other file."""
        if name != cls.config_schema:
            raise FileNotFoundError(name)
        return cls.schema


def stand_in(host: Host) -> type[Isolated]:
    """Return the class that stands for the plugin of a host. Raises HostFailed."""
    about = host.describe()
    try:
        members = {
            "__module__": __name__,
            "host": host,
            "name": _text(about["name"]),
            "api_version": about["api_version"],
            "title_zh": _text(about["title_zh"]),
            "title_en": _text(about["title_en"]),
            "config_schema": _text(about["config_schema"] or "") or None,
            "schema": _text(about["schema"] or ""),
            "after": tuple(_text(one) for one in about["after"]),
            "needs": tuple(_text(one) for one in about["needs"]),
            **{_text(one["name"]): _hook(one) for one in about["hooks"]},
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HostFailed(f"says odd things of itself ({type(error).__name__})") from None
    return type("Isolated", (Isolated,), members)


def cannot_be_isolated(hooks: tuple[str, ...]) -> tuple[str, ...]:
    """Return those hooks whose answers name code that the core would have to run itself."""
    return tuple(
        name
        for name in hooks
        if specs()[name].facts.kind is HookKind.CONTRIBUTES and specs()[name].family == "deployment"
    )


def _hook(told: Mapping[str, Any]) -> Callable[..., Any]:
    name, wanted = _text(told["name"]), tuple(_text(one) for one in told["parameters"])
    if hasattr(Isolated, name):
        raise ValueError(name)

    def ask(self: Isolated, *given: Any, **named: Any) -> Any:
        return self.host.call(name, wanted, given or tuple(named[one] for one in wanted))

    async def later(self: Isolated) -> None:
        """Stand for an implementation that is refused for being asynchronous."""

    hook: Any = later if told["asynchronous"] is True else ask
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    hook.__signature__ = inspect.Signature(
        [inspect.Parameter(one, kind) for one in ("self", *wanted)]
    )
    hook.__name__ = name
    if told["marked"] is True:
        setattr(hook, _MARK, {str(key): bool(one) for key, one in told["options"].items()})
    found: Callable[..., Any] = hook
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 100_000:
        raise TypeError("expected a text")
    return value
