"""A quick first look at a body, which tells those that certainly fit the schema.

Whatever this look is not certain of goes to the schema library, which also says what is
wrong; so it needs to know only the rules that ordinary bodies are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Fits = Callable[[Any], bool]

_SAID_ONLY: Final = frozenset({"description", "default", "examples", "components"})


def look_at(schema: Mapping[str, Any]) -> Fits:
    """Return a look for a schema: True only for values that fit it."""
    rules = {name: rule for name, rule in schema.items() if name not in _SAID_ONLY}
    build = _builder(rules.pop("type", None))
    if "enum" in rules:
        build = _enum
    return build(rules)


def _uncertain(rules: Mapping[str, Any]) -> Fits:
    return lambda value: False


def _enum(rules: Mapping[str, Any]) -> Fits:
    words = rules["enum"]
    if set(rules) != {"enum"} or not all(isinstance(word, str) for word in words):
        return _uncertain(rules)
    known = frozenset(words)
    return lambda value: type(value) is str and value in known


def _string(rules: Mapping[str, Any]) -> Fits:
    if not set(rules) <= {"minLength", "maxLength"}:
        return _uncertain(rules)
    least, most = rules.get("minLength", 0), rules.get("maxLength", float("inf"))
    return lambda value: type(value) is str and least <= len(value) <= most


def _integer(rules: Mapping[str, Any]) -> Fits:
    if not set(rules) <= {"minimum", "maximum"}:
        return _uncertain(rules)
    least, most = rules.get("minimum", float("-inf")), rules.get("maximum", float("inf"))
    return lambda value: type(value) is int and least <= value <= most


def _array(rules: Mapping[str, Any]) -> Fits:
    if not {"items"} <= set(rules) <= {"items", "maxItems"}:
        return _uncertain(rules)
    each, most = look_at(rules["items"]), rules.get("maxItems", float("inf"))
    return lambda value: type(value) is list and len(value) <= most and all(map(each, value))


def _object(rules: Mapping[str, Any]) -> Fits:
    closed = rules.get("additionalProperties") is False
    if not closed or not set(rules) <= {"additionalProperties", "required", "properties"}:
        return _uncertain(rules)
    known = {name: look_at(rule) for name, rule in rules["properties"].items()}
    needed = frozenset(rules.get("required", ()))

    def fits(value: Any) -> bool:
        return (
            type(value) is dict
            and needed <= value.keys() <= known.keys()
            and all(known[name](one) for name, one in value.items())
        )

    return fits


_BUILD: Final[Mapping[Any, Callable[[Mapping[str, Any]], Fits]]] = {
    "string": _string,
    "integer": _integer,
    "array": _array,
    "object": _object,
}


def _builder(kind: object) -> Callable[[Mapping[str, Any]], Fits]:
    return _BUILD.get(kind, _uncertain) if isinstance(kind, str) else _uncertain
