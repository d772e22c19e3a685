"""The specification: served as JSON, and what bodies are checked against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final, cast

import yaml
from flask import Blueprint, Response, jsonify, request
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.web.api.certain import Fits, look_at
from haochaping.web.routes import route

api: Final = Blueprint("api_spec", "haochaping.web")

_FORMATS: Final = FormatChecker(["date-time"])
_MOST_FAULTS: Final = 50


class InvalidBody(Problem):
    """A request's body is not as the specification says; `errors` names each place."""

    code = "HCP-INVALID-BODY"
    status = 422
    title = Words("请求内容不合要求", "The body is not as required")


class UnreadableBody(Problem):
    """A request's body is no JSON object."""

    code = "HCP-UNREADABLE-BODY"
    status = 400
    title = Words(
        "请求正文应为 UTF-8 编码的 JSON 对象，Content-Type: application/json",
        "The body must be a JSON object in UTF-8, Content-Type: application/json",
    )


@route(api, "/api/v1/openapi.json")
def document() -> Response:
    """Answer the specification."""
    response = jsonify(specification())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@cache
def specification() -> Mapping[str, Any]:
    """Return the OpenAPI document."""
    text = (resources.files("haochaping.web.api") / "openapi.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def body(schema: str) -> Mapping[str, Any]:
    """Return the request's body, checked against a schema of the specification.

    Raises UnreadableBody, and InvalidBody naming every fault.
    """
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise UnreadableBody()
    if _certain(schema)(found):
        return found
    faults = sorted(_validator(schema).iter_errors(found), key=lambda one: list(map(str, one.path)))
    if faults:
        raise _invalid(faults[:_MOST_FAULTS])
    return found


def certain(schema: str, value: object) -> bool:
    """Say whether a value fits a schema of the specification without a doubt."""
    return _certain(schema)(value)


@cache
def _certain(schema: str) -> Fits:
    return look_at(specification()["components"]["schemas"][schema])


@cache
def _validator(schema: str) -> Draft202012Validator:
    components = specification()["components"]
    rule = {**components["schemas"][schema], "components": components}
    return Draft202012Validator(rule, format_checker=_FORMATS)


def _invalid(faults: list[ValidationError]) -> InvalidBody:
    errors = [_error(fault) for fault in faults]
    first = errors[0]
    where = first["where"]
    return InvalidBody(
        Words(
            f"{where}：{first['zh']}（共 {len(errors)} 处，见 errors）",
            f"{where}: {first['en']} ({len(errors)} in all, see errors)",
        ),
        errors=errors,
    )


def _error(fault: ValidationError) -> dict[str, str]:
    where = "".join(_steps(fault)).lstrip(".") or "body"
    words = _words(fault)
    return {"where": where, "zh": words.zh, "en": words.en}


def _steps(fault: ValidationError) -> Iterator[str]:
    for step in fault.absolute_path:
        yield f"[{step}]" if isinstance(step, int) else f".{step}"


def _words(fault: ValidationError) -> Words:
    """Say what was expected; the sender's own values are not repeated."""
    rule, wanted, sent = (
        str(fault.validator),
        cast(Any, fault.validator_value),
        cast(Any, fault.instance),
    )
    if rule == "required":
        missing = next(name for name in wanted if name not in sent)
        return Words(f"缺少 {missing}", f"{missing} is missing")
    if rule == "additionalProperties":
        known = sorted(cast(Any, fault.schema).get("properties", {}))
        unknown = sorted(set(sent) - set(known))[:5]
        return Words(
            f"不认识的字段 {'、'.join(unknown)}；可用：{'、'.join(known)}",
            f"unknown fields {', '.join(unknown)}; known: {', '.join(known)}",
        )
    zh, en = _EXPECTED.get(rule, ("不合要求：{}", "does not fit: {}"))
    return Words(zh.format(_shown(wanted)), en.format(_shown(wanted)))


def _shown(wanted: Any) -> str:
    return ", ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted)


_EXPECTED: Final[Mapping[str, tuple[str, str]]] = {
    "type": ("类型应为 {}", "must be of type {}"),
    "enum": ("应为以下之一：{}", "must be one of {}"),
    "minimum": ("不能小于 {}", "must not be below {}"),
    "maximum": ("不能大于 {}", "must not be above {}"),
    "minLength": ("至少 {} 个字符", "needs at least {} characters"),
    "maxLength": ("最多 {} 个字符", "may have at most {} characters"),
    "minItems": ("至少 {} 项", "needs at least {} entries"),
    "maxItems": ("最多 {} 项", "may have at most {} entries"),
    "format": ("格式应为 {}（带时区）", "must be a {} with a UTC offset"),
}
