"""The three kinds of hooks and the markers that declare them.

Every spec carries a :class:`HookKind`, the rule that combines several answers
and the version it appeared in. `haochaping.plugins` reads these facts from the
spec itself, so the contract and the way it is called cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

import pluggy

PROJECT: Final = "haochaping"
API_VERSION: Final = 1
"""Version of the plugin contract. A plugin states the one it was written for."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

Function = TypeVar("Function", bound=Callable[..., Any])


class HookKind(StrEnum):
    """When a hook runs and what its failure means."""

    CONTRIBUTES = "contributes"
    """Once, while the deployment is assembled; a failure refuses the start."""
    DECIDES = "decides"
    """Purely, about one object; a failure holds the object or keeps the profile's plan."""
    OBSERVES = "observes"
    """After commit, at least once, in order per subject; a failure is retried, then parked."""


class Combine(StrEnum):
    """How the answers of several plugins become one."""

    ALL = "all"
    """The concatenation of all answers, in plugin order."""
    FIRST = "first"
    """The first answer that is not None, in plugin order."""
    STRICTEST = "strictest"
    """The most restrictive answer."""
    SUM = "sum"
    """All awards, added up by the caller."""
    NONE = "none"
    """Answers are not looked at (observers)."""


@dataclass(frozen=True, slots=True)
class Deprecation:
    """A hook that will go: since which version of the contract, when it goes, what to use."""

    since: int
    removed_in: int
    instead: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"since {self.since}, removed in {self.removed_in}; use {self.instead}"


@dataclass(frozen=True, slots=True)
class SpecFacts:
    """What a spec declares about itself.

    `item` is the type of one element for `all`, `sum` and contributions
    (implementations return an iterable of it) and the type of the whole answer
    for `first` and `strictest`.
    """

    kind: HookKind
    combine: Combine
    item: type | None
    since: int
    deprecated: Deprecation | None = None


def contributes(
    item: type, *, since: int = 1, deprecated: Deprecation | None = None
) -> Callable[[Function], Function]:
    """Declare a spec that adds things of type `item` when the deployment is assembled."""
    return _spec(SpecFacts(HookKind.CONTRIBUTES, Combine.ALL, item, since, deprecated))


def decides(
    item: type, combine: Combine, *, since: int = 1, deprecated: Deprecation | None = None
) -> Callable[[Function], Function]:
    """Declare a spec that answers a question about one object."""
    return _spec(SpecFacts(HookKind.DECIDES, combine, item, since, deprecated))


def observes(
    *, since: int = 1, deprecated: Deprecation | None = None
) -> Callable[[Function], Function]:
    """Declare a spec that reacts to something that has happened."""
    return _spec(SpecFacts(HookKind.OBSERVES, Combine.NONE, None, since, deprecated))


def facts_of(spec: Callable[..., Any]) -> SpecFacts:
    """Return what `spec` declares. Raises AttributeError when it is no spec of ours."""
    facts: SpecFacts = spec.haochaping_facts  # type: ignore[attr-defined]
    return facts


def _spec(facts: SpecFacts) -> Callable[[Function], Function]:
    def mark(function: Function) -> Function:
        function.haochaping_facts = facts  # type: ignore[attr-defined]
        return hookspec(function)

    return mark
