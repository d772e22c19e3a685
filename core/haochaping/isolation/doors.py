"""The services that reach a plugin in a process of its own, and what each is given and gives.

A hook that decides may look things up in the plugin's own tables. One that observes may also ask
the questions below, and what it wants done is noted as effects: the core carries them out, in
their order, once the hook has returned. Nothing else of the services is there.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from types import MappingProxyType
from typing import Any, Final

from haochaping.hooks import services
from haochaping.hooks.checks import Junk, checker
from haochaping.hooks.kinds import HookKind
from haochaping.isolation.codec import codec
from haochaping.isolation.wire import Malformed

MOST_EFFECTS: Final = 100
"""Effects of one hook call."""
MOST_QUESTIONS: Final = 1_000
"""Questions of one hook call."""
ZONE: Final = "worktime.zone"
PROMISE: Final = "‹effect:{}›"
"""Stands in a text for what an effect gives, by its number within the call."""
PROMISED: Final = -(1 << 62)
"""Stands, less the effect's number, for a number that an effect gives."""

_DECIDING: Final = ("lookup.one", "lookup.all")
_OBSERVING: Final = (
    *("now", "new_id", "worktime.due", "messages.receipts", "cases.counts", "cases.progress"),
    *("catalog.organization", "catalog.halls", "catalog.names"),
)
_EFFECTS: Final = (
    *("opinions.record", "cases.open", "evaluations.readmit", "messages.send", "audit"),
)


@dataclass(frozen=True, slots=True)
class Door:
    """One service: its parameters with their types, the rest of them (`**key`), what it gives."""

    name: str
    signature: inspect.Signature
    types: Mapping[str, Any]
    gives: Any
    effect: bool

    def write(self, given: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments as JSON knows them. Raises TypeError for others than it takes."""
        bound = self.signature.bind(*given, **named)
        return {name: codec(self.types[name]).written(one) for name, one in bound.arguments.items()}

    def read(self, told: Any) -> dict[str, Any]:
        """Return the arguments that JSON stands for, of the declared types. Raises Malformed."""
        if not isinstance(told, dict) or not told.keys() <= self.types.keys():
            raise Malformed(f"other arguments than {self.name} takes")
        found = {name: codec(self.types[name]).back(one) for name, one in told.items()}
        try:
            for name, one in found.items():
                checker(self.types[name])(one)
            self._more(found)
            self.signature.bind(**found)
        except (Junk, TypeError) as error:
            raise Malformed(f"{self.name}: {error}") from None
        return found

    def _more(self, found: dict[str, Any]) -> None:
        for name, one in self.signature.parameters.items():
            if one.kind is one.VAR_KEYWORD:
                found |= {str(key): value for key, value in found.pop(name, {}).items()}

    def of(self, offered: Any) -> Callable[..., Any]:
        """Return the function of the services that are offered."""
        call: Callable[..., Any] = reduce(getattr, self.name.split("."), offered)
        return call


@cache
def doors(kind: HookKind) -> Mapping[str, Door]:
    """Return what is open to a hook of a kind, by name."""
    names = {
        HookKind.DECIDES: _DECIDING,
        HookKind.OBSERVES: (*_DECIDING, *_OBSERVING, *_EFFECTS),
    }.get(kind, ())
    return MappingProxyType({name: _door(name) for name in names})


def _door(name: str) -> Door:
    owner: Any = services.Services
    *way, last = name.split(".")
    for step in way:
        owner = typing.get_type_hints(getattr(owner, step).fget, _names())["return"]
    function = getattr(owner, last)
    hints = typing.get_type_hints(function, _names())
    gives = hints.pop("return")
    own = list(inspect.signature(function).parameters.values())[1:]
    types = {one.name: _type(one, hints[one.name]) for one in own}
    return Door(name, inspect.Signature(own), types, gives, name in _EFFECTS)


def _type(parameter: inspect.Parameter, hint: Any) -> Any:
    return Mapping[str, hint] if parameter.kind is parameter.VAR_KEYWORD else hint


def _names() -> dict[str, Any]:
    return {**vars(services), "Exclusion": Any}


def kept(value: Any, promised: Sequence[Any]) -> Any:
    """Return a value with the promises in it replaced by what earlier effects gave.

    Raises Malformed for a promise of an effect that has not been before.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value < PROMISED:
        if PROMISED - value > len(promised):
            raise Malformed("a promise of no effect")
        return promised[PROMISED - value - 1]
    if isinstance(value, str):
        for at, given in enumerate(promised):
            value = value.replace(PROMISE.format(at + 1), str(given))
    if isinstance(value, list):
        return [kept(one, promised) for one in value]
    if isinstance(value, dict):
        return {name: kept(one, promised) for name, one in value.items()}
    return value


def promise(gives: Any, number: int) -> Any:
    """Return what stands for the outcome of effect `number` until it is carried out."""
    if gives is int:
        return PROMISED - number
    return PROMISE.format(number) if gives is str else None


__all__ = ["MOST_EFFECTS", "MOST_QUESTIONS", "ZONE", "Door", "doors", "kept", "promise"]
