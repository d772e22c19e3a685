"""Checks of form: the data of a profile against a JSON schema, faults in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault, shown
from haochaping.profile.nearest import nearest
from haochaping.profile.nodes import Branch, Node, children, dotted, plain

MOST_FAULTS: Final = 60
"""Faults of form that are looked for in one go."""
SHORT: Final = 80
"""Characters of an example that stands in one line."""
Schema = Mapping[str, Any]


@cache
def profile_schema() -> Schema:
    """Return the schema of profiles: JSON Schema 2020-12."""
    text = (resources.files("haochaping.profile") / "schema.json").read_text(encoding="utf-8")
    schema: Schema = json.loads(text)
    return schema


@cache
def _profile_validator() -> Draft202012Validator:
    return Draft202012Validator(profile_schema())


def shape_faults(root: Branch) -> list[Fault]:
    """Return what is wrong with the form of a profile."""
    return _faults(_profile_validator(), root, ())


def settings_faults(node: Node, path: tuple[str, ...], schema: Schema) -> list[Fault]:
    """Return what is wrong with a plugin's settings, which stand at `path`."""
    return _faults(Draft202012Validator(schema), node, path)


def _faults(validator: Draft202012Validator, root: Node, path: tuple[str, ...]) -> list[Fault]:
    """Return at most MOST_FAULTS faults; a file that is wrong all over is not read to the end."""
    errors = validator.iter_errors(plain(root))
    found = (fault for error in errors for fault in _explained(error, root, path))
    return list(dict.fromkeys(islice(found, MOST_FAULTS)))


def _explained(error: ValidationError, root: Node, path: tuple[str, ...]) -> Iterator[Fault]:
    """Yield the faults that one error of the validator means."""
    way = tuple(str(part) for part in error.absolute_path)
    node = _deepest(root, way)
    place = (*path, *way)
    if error.validator == "additionalProperties" and isinstance(node, Branch):
        yield from _unknown_keys(error, node, place)
    elif error.validator == "required":
        yield from _missing_keys(error, node, place)
    else:
        yield _wrong_value(error, node, place)


def _deepest(root: Node, way: Iterable[str]) -> Node:
    """Return the node at a path, or the last one on the way that exists."""
    for part in way:
        root = dict(children(root)).get(part, root)
    return root


def _unknown_keys(error: ValidationError, node: Branch, place: tuple[str, ...]) -> Iterator[Fault]:
    """Yield a fault for every key the schema does not know."""
    known = _mapping(_mapping(error.schema).get("properties"))
    listed = ", ".join(known)
    for key, entry in node.entries.items():
        if key not in known:
            close = nearest(key, known)
            sample = close or next(iter(known), "")
            yield Fault(
                entry.file,
                entry.line,
                dotted((*place, shown(key))),
                Words(f"没有“{shown(key)}”这个键", f"there is no key “{shown(key)}”"),
                Words(listed, listed),
                _sample(sample, known),
                close,
            )


def _sample(key: str, known: Schema) -> str:
    """Return a valid key with an example of its value, unless that is long."""
    value = example(resolved(_mapping(known.get(key))))
    return f"{key}: {value if len(value) <= SHORT else '…'}" if key else ""


def _missing_keys(error: ValidationError, node: Node, place: tuple[str, ...]) -> Iterator[Fault]:
    """Yield a fault for every key that must be there and is not."""
    present = {key for key, _ in children(node)}
    properties = _mapping(error.schema).get("properties", {})
    for key in _stated(error):
        if key not in present:
            schema = resolved(_mapping(properties.get(key)))
            yield Fault(
                node.file,
                node.line,
                dotted((*place, key)),
                Words(f"缺少“{key}”", f"“{key}” is missing"),
                expectation(schema),
                example(schema),
            )


def _wrong_value(error: ValidationError, node: Node, place: tuple[str, ...]) -> Fault:
    """Return the fault of a value that does not fit."""
    schema = resolved(_mapping(error.schema))
    found = _found(error.instance)
    limits = _limit(error)
    expected = expectation(schema)
    words = [part for part in (expected.zh, limits.zh) if part]
    english = [part for part in (expected.en, limits.en) if part]
    return Fault(
        node.file,
        node.line,
        dotted(place),
        Words(f"写的是{found.zh}，不合要求", f"found {found.en}, which does not fit"),
        Words("，".join(words), ", ".join(english)),
        example(schema),
        _nearest_choice(error),
    )


def _found(value: Any) -> Words:
    """Say what was written."""
    if isinstance(value, dict):
        return Words("一个映射", "a map")
    if isinstance(value, list):
        return Words(f"{len(value)} 项的列表", f"a list of {len(value)}")
    if isinstance(value, str):
        text = shown(value)
        return Words(f"文字“{text}”", f"the text “{text}”") if text else _EMPTY
    return Words(f" {shown(value)} ", shown(value))


def _limit(error: ValidationError) -> Words:
    """Say which limit was not kept."""
    limit = _stated(error)
    if error.validator == "type":
        types = [limit] if isinstance(limit, str) else list(limit)
        zh, en = zip(*(TYPES.get(each, (each, each)) for each in types), strict=True)
        return Words(" 或 ".join(zh), " or ".join(en))
    if error.validator == "enum":
        listed = " | ".join(shown(each) for each in limit)
        return Words(listed, listed)
    words = LIMITS.get(str(error.validator))
    if words is None:
        return Words("")
    return Words(words[0].format(shown(limit)), words[1].format(shown(limit)))


def _stated(error: ValidationError) -> Any:
    """Return what the schema states under the keyword that failed."""
    return error.validator_value


def _nearest_choice(error: ValidationError) -> str:
    """Return the allowed word that resembles a wrong one."""
    if error.validator != "enum" or not isinstance(error.instance, str):
        return ""
    return nearest(error.instance, [each for each in _stated(error) if isinstance(each, str)])


def resolved(schema: Schema) -> Schema:
    """Return a schema with the definition it refers to beneath its own words."""
    reference = schema.get("$ref", "")
    if not isinstance(reference, str) or not reference.startswith("#/$defs/"):
        return schema
    definition = profile_schema()["$defs"].get(reference.removeprefix("#/$defs/"), {})
    return {**definition, **schema}


def expectation(schema: Schema) -> Words:
    """Return what a schema says a value is for."""
    english = str(schema.get("description", ""))
    return Words(str(schema.get("x-zh", english)), english)


def example(schema: Schema) -> str:
    """Return the first example of a schema, as one may write it in YAML."""
    return flow(_example(schema))


def _example(schema: Schema) -> Any:
    """Return an example: the schema's own, or one its first choice, or one of its required keys."""
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    properties = _mapping(schema.get("properties"))
    required = [key for key in schema.get("required", ()) if key in properties]
    return {key: _example(resolved(_mapping(properties[key]))) for key in required}


def flow(value: Any) -> str:
    """Write a value as YAML on one line; text that YAML could misread gets quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if isinstance(value, str) and (not value or not value[0].isalpha() or ": " in value):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) else shown(value)


def _mapping(schema: Any) -> Schema:
    """Return a schema that may also be true or false as a mapping."""
    return schema if isinstance(schema, Mapping) else {}


TYPES: Final = {
    "object": ("映射", "a map"),
    "array": ("列表", "a list"),
    "string": ("文字", "a text"),
    "integer": ("整数", "an integer"),
    "number": ("数字", "a number"),
    "boolean": ("true 或 false", "true or false"),
    "null": ("null", "null"),
}
LIMITS: Final = {
    "minimum": ("不小于 {}", "at least {}"),
    "maximum": ("不大于 {}", "at most {}"),
    "exclusiveMinimum": ("大于 {}", "more than {}"),
    "exclusiveMaximum": ("小于 {}", "less than {}"),
    "minLength": ("至少 {} 个字", "at least {} characters"),
    "maxLength": ("最多 {} 个字", "at most {} characters"),
    "minItems": ("至少 {} 项", "at least {} entries"),
    "maxItems": ("最多 {} 项", "at most {} entries"),
    "minProperties": ("至少 {} 个键", "at least {} keys"),
    "maxProperties": ("最多 {} 个键", "at most {} keys"),
    "pattern": ("形如 {}", "of the form {}"),
    "const": ("{}", "{}"),
    "dependentRequired": ("还需 {}", "also needs {}"),
}
_EMPTY: Final = Words("空白", "nothing")
