"""What differs between two profiles, key by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from haochaping.profile.nodes import Leaf, Scalar
from haochaping.profile.profile import Profile


@dataclass(frozen=True, slots=True)
class Difference:
    """A key whose value differs; None and an empty origin where a profile lacks it."""

    key: str
    before: Scalar
    after: Scalar
    origin_before: str
    origin_after: str

    def document(self) -> dict[str, Any]:
        """Return the difference as plain data; decimals as text."""
        return {
            "key": self.key,
            "before": _plain(self.before),
            "after": _plain(self.after),
            "origin_before": self.origin_before,
            "origin_after": self.origin_after,
        }


def compare(before: Profile, after: Profile) -> tuple[Difference, ...]:
    """Return the keys whose values differ, in the order of the profiles."""
    old, new = dict(before.leaves()), dict(after.leaves())
    keys = [*old, *(key for key in new if key not in old)]
    return tuple(
        Difference(key, _value(old.get(key)), _value(new.get(key)), *_origins(old, new, key))
        for key in keys
        if key not in old or key not in new or old[key].value != new[key].value
    )


def _value(leaf: Leaf | None) -> Scalar:
    return leaf.value if leaf else None


def _origins(old: dict[str, Leaf], new: dict[str, Leaf], key: str) -> tuple[str, str]:
    return _origin(old.get(key)), _origin(new.get(key))


def _origin(leaf: Leaf | None) -> str:
    return f"{leaf.file}:{leaf.line}" if leaf else ""


def _plain(value: Scalar) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
