"""All checks of a merged profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from haochaping.hooks.values import Channel
from haochaping.profile.faults import Fault
from haochaping.profile.nodes import Branch


@dataclass(frozen=True, slots=True)
class Known:
    """What a profile may name beyond the core's own words.

    `plugins` maps the names of installed plugins to the JSON schemas of their settings
    (None: any settings). When `plugins` itself is None, plugin names are not judged.
    """

    plugins: Mapping[str, Mapping[str, Any] | None] | None = None
    channels: frozenset[str] = frozenset(Channel)
    gateways: frozenset[str] | None = None


KNOWN_TO_CORE: Final = Known()


def check(root: Branch, known: Known) -> list[Fault]:
    """Return all faults of a merged profile."""
    return []
