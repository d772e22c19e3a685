"""As much of Prometheus' query language as the alert rules use, over two scrapes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Labels = tuple[tuple[str, str], ...]
Vector = dict[Labels, float]
Series = Mapping[tuple[str, Labels], float]
"""A scrape: values by metric and labels."""

_TOKEN = re.compile(r'\s*("[^"]*"|=~|==|!=|[A-Za-z_:][\w:]*|\d[\d.]*[smhd]?|[-+*/<>=(){},\[\]])')
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_RECKONED: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip


def scraped(text: str) -> Series:
    """Read an exposition."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            head, _, value = line.rpartition(" ")
            name, _, labels = head.partition("{")
            found[name, tuple(sorted(re.findall(r'(\w+)="([^"]*)"', labels)))] = float(value)
    return found


@dataclass
class Query:
    """An expression over the scrape `before` and the one `now`, `seconds` later."""

    before: Series
    now: Series
    seconds: float
    _left: list[str] = field(default_factory=list)

    def vector(self, expression: str) -> Vector:
        """Return what the expression selects: empty means that an alert does not fire."""
        self._left = _TOKEN.findall(expression)
        assert re.sub(r"\s", "", expression) == "".join(self._left), "an unknown sign"
        found = self._either()
        assert not self._left, self._left
        return found

    def _either(self) -> Vector:
        found = self._both()
        while self._takes("or"):
            found = {**self._both(), **found}
        return found

    def _both(self) -> Vector:
        found = self._compared()
        while self._takes("and"):
            for sign in ("on", "(", ")"):
                assert self._takes(sign), "only `and on ()` is used"
            found = found if self._compared() else {}
        return found

    def _compared(self) -> Vector:
        found = self._reckoned()
        while self._left and self._left[0] in _COMPARED:
            compare, bound = _COMPARED[self._left.pop(0)], float(self._left.pop(0))
            found = {labels: value for labels, value in found.items() if compare(value, bound)}
        return found

    def _reckoned(self) -> Vector:
        found = self._one()
        while self._left and self._left[0] in _RECKONED:
            reckon, other = _RECKONED[self._left.pop(0)], self._one()
            found = {key: reckon(found[key], other[key]) for key in found.keys() & other.keys()}
        return found

    def _one(self) -> Vector:
        name = self._left.pop(0)
        if name in ("sum", "max", "min"):
            by = self._names() if self._takes("by") else ()
            (inner,) = self._called(self._either)
            return _gathered({"sum": sum, "max": max, "min": min}[name], inner, by)
        if name == "histogram_quantile":
            share, inner = self._called(lambda: float(self._left.pop(0)), self._either)
            return _quantile(share, inner)
        if name in ("rate", "delta"):
            (inner,) = self._called(self._range)
            share = self.seconds if name == "rate" else 1
            return {key: one / share for key, one in inner.items()}
        return self._selected(name)(self.now)

    def _range(self) -> Vector:
        """Read `name{…}[5m]`: how much each series that both scrapes have has grown."""
        selected = self._selected(self._left.pop(0))
        assert self._takes("[")
        self._left.pop(0)
        assert self._takes("]")
        before, now = selected(self.before), selected(self.now)
        return {key: now[key] - before[key] for key in now.keys() & before.keys()}

    def _selected(self, name: str) -> Callable[[Series], Vector]:
        wanted = []
        if self._takes("{"):
            while not self._takes("}"):
                label, sign, value = (self._left.pop(0) for _ in range(3))
                wanted.append((label, sign, value.strip('"')))
                self._takes(",")
        return lambda series: {
            labels: value
            for (metric, labels), value in series.items()
            if metric == name and all(_fits(dict(labels), *one) for one in wanted)
        }

    def _called(self, *parts: Callable[[], Any]) -> list[Any]:
        assert self._takes("(")
        found = []
        for part in parts:
            found.append(part())
            self._takes(",")
        assert self._takes(")")
        return found

    def _names(self) -> Sequence[str]:
        assert self._takes("(")
        names = []
        while not self._takes(")"):
            names.append(self._left.pop(0))
            self._takes(",")
        return names

    def _takes(self, sign: str) -> bool:
        if self._left[:1] != [sign]:
            return False
        self._left.pop(0)
        return True


def _fits(labels: Mapping[str, str], name: str, sign: str, value: str) -> bool:
    found = labels.get(name, "")
    return found == value if sign == "=" else re.fullmatch(value, found) is not None


def _gathered(how: Any, vector: Vector, by: Sequence[str]) -> Vector:
    groups: dict[Labels, list[float]] = {}
    for labels, value in vector.items():
        groups.setdefault(tuple(one for one in labels if one[0] in by), []).append(value)
    return {labels: how(values) for labels, values in groups.items()}


def _quantile(share: float, vector: Vector) -> Vector:
    """Return the upper bound of the bucket that the share falls into."""
    counts = sorted((float(dict(labels)["le"]), value) for labels, value in vector.items())
    if not counts or not counts[-1][1]:
        return {}
    return {(): next(bound for bound, count in counts if count >= share * counts[-1][1])}
