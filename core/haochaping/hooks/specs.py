"""The registry of hook specs: everything the contract offers, read from the specs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from haochaping.hooks.deployment import DeploymentHooks
from haochaping.hooks.disclosure import DisclosureHooks
from haochaping.hooks.evaluation import EvaluationHooks
from haochaping.hooks.grading import GradingHooks
from haochaping.hooks.kinds import SpecFacts, facts_of
from haochaping.hooks.rectification import RectificationHooks

FAMILIES: Final[Mapping[str, type]] = MappingProxyType(
    {
        "evaluation": EvaluationHooks,
        "grading": GradingHooks,
        "rectification": RectificationHooks,
        "disclosure": DisclosureHooks,
        "deployment": DeploymentHooks,
    }
)
"""The classes that hold the specs, in the order of an evaluation's way."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One hook: its family, its name, what it declares and the arguments it passes."""

    family: str
    name: str
    facts: SpecFacts
    parameters: tuple[str, ...]
    function: Callable[..., Any]


@lru_cache(maxsize=1)
def specs() -> Mapping[str, Spec]:
    """Return every spec of the contract by name, in the order they are written down."""
    found = {
        name: _spec(family, name, function)
        for family, owner in FAMILIES.items()
        for name, function in vars(owner).items()
        if hasattr(function, "haochaping_facts")
    }
    return MappingProxyType(found)


def _spec(family: str, name: str, function: Callable[..., Any]) -> Spec:
    parameters = tuple(inspect.signature(function).parameters)[1:]
    return Spec(family, name, facts_of(function), parameters, function)
