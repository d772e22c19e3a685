"""Writing the package of a new plugin: code, tests, profile, catalogue, documents."""

from __future__ import annotations

import json
import keyword
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined

from haochaping import API_VERSION, __version__
from haochaping.hooks.values import Words
from haochaping.kit import catalogue, snippets
from haochaping.kit.jurisdictions import name_of
from haochaping.plugins import specs
from haochaping.plugins.faults import nearest
from haochaping.plugins.reference import described
from haochaping.problems import Problem

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")
_OWN: Final = (
    "database_tables",
    "disclosure_boards",
    "web_pages",
    "public_panels",
    "rectification_visits",
    "case_closed",
)
"""The hooks that every new plugin begins with."""
_PLACES: Final = {
    "setup.cfg": "setup.cfg",
    "pyproject.toml": "pyproject.toml",
    "ci.yml": ".github/workflows/ci.yml",
    "README.md": "README.md",
    "README.zh-CN.md": "README.zh-CN.md",
    "package/templates/overview.html": "{package}/templates/{name}/overview.html",
    "package/translations/messages.po": "{package}/translations/en/LC_MESSAGES/messages.po",
    "package/profiles/profile.yaml": "{package}/profiles/{name}.yaml",
    "tests/test_plugin.py": "tests/test_{name}.py",
}
"""Where templates go whose place is not their own."""


class CannotWrite(Problem):
    """The plugin cannot be written as asked for."""

    code = "HCP-PLUGIN-NEW"
    status = 400
    title = Words("无法新建插件", "The plugin cannot be written")


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted: a name, a jurisdiction, further hooks, whose it is and under what licence.

    `region` is a code of six digits (GB/T 2260); `place` its name, needed where it is no province.
    """

    name: str
    region: str = "990000"
    place: Words | None = None
    hooks: tuple[str, ...] = ()
    author: str = "插件作者"
    email: str = "plugins@example.org"
    licence: str = "Apache-2.0"

    @property
    def package(self) -> str:
        """The import package."""
        return f"haochaping_{self.name}"

    @property
    def cls(self) -> str:
        """The name of the plugin's class."""
        return "".join(part.title() for part in self.name.split("_"))

    @property
    def named(self) -> Words:
        """The name of the jurisdiction."""
        plain = self.name.replace("_", " ").title()
        return self.place or name_of(self.region) or Words(plain, plain)


def write(order: Order, folder: Path) -> tuple[Path, ...]:
    """Write the plugin into `folder`, which must not exist or be empty; return the files.

    Raises CannotWrite with what is wrong and what would do.
    """
    _require(order, folder)
    files = dict(_files(order))
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return tuple(folder / path for path in files)


def _require(order: Order, folder: Path) -> None:
    if not _NAME.fullmatch(order.name) or keyword.iskeyword(order.name):
        raise CannotWrite(
            Words(
                f"名称“{order.name}”应为 2 至 31 位小写字母、数字、下划线，以字母开头，例如 hunan",
                f"the name {order.name!r} must be 2 to 31 lower-case letters, digits or"
                " underscores and begin with a letter, for example hunan",
            )
        )
    if not re.fullmatch(r"[1-9][0-9]{5}", order.region):
        raise CannotWrite(
            Words(
                f"行政区划代码“{order.region}”应为 6 位数字，例如 430000",
                f"the region code {order.region!r} must be six digits, for example 430000",
            )
        )
    for hook in order.hooks:
        if hook not in specs():
            near = nearest(hook, specs())
            raise CannotWrite(
                Words(
                    f"没有名为 {hook} 的钩子" + (f"，是否想写 {near}？" if near else ""),
                    f"there is no hook named {hook}" + (f"; did you mean {near}?" if near else ""),
                )
            )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotWrite(Words(f"{folder} 已存在且不为空", f"{folder} exists and is not empty"))


def _files(order: Order) -> Iterator[tuple[str, str]]:
    values = _values(order)
    for name in _templates():
        if name.startswith("own_methods"):
            continue
        yield _place(name, order), _rendered(name, values)
    if values["handlers"]:
        yield f"{order.package}/handlers.py", values["handlers"]
    yield f"{order.package}/py.typed", ""
    yield "profile.schema.json", _profile_schema()
    for path, text in catalogue.files(order.region, order.named):
        yield f"{order.package}/catalog/{order.name}/{path}", text


def _values(order: Order) -> Mapping[str, Any]:
    plain = {
        "name": order.name,
        "dashed": order.name.replace("_", "-"),
        "package": order.package,
        "cls": order.cls,
        "title": order.named,
        "place": order.named,
        "code": order.region,
        "author": order.author,
        "email": order.email,
        "licence": order.licence,
        "api": API_VERSION,
        "version": __version__,
    }
    further = tuple(hook for hook in dict.fromkeys(order.hooks) if hook not in _OWN)
    examples = [snippets.method(hook) for hook in further]
    methods = "\n".join([_rendered("own_methods.py", plain), *examples])
    return {
        **plain,
        "hooks": (*_OWN, *further),
        "summaries": {hook: described(spec)["summary"] for hook, spec in specs().items()},
        "methods": textwrap.indent(methods, "    ").rstrip(),
        "imports": snippets.imports(f"Plugin\n{_declared(methods)}"),
        "handlers": _handlers(order, examples),
    }


def _declared(methods: str) -> str:
    """Return methods as a class, so that they can be read as code."""
    return "class It:\n" + textwrap.indent(methods, "    ")


def _handlers(order: Order, examples: list[str]) -> str:
    names = snippets.handlers_of(examples)
    if not names:
        return ""
    source = "\n\n".join(snippets.handler(name) for name in names)
    head = f'"""What the hooks of {order.name} name; imported on first use."""\n\n'
    future = "from __future__ import annotations\n\n"
    return f"{head}{future}{snippets.handler_imports(source)}\n\n\n{source}"


def _place(name: str, order: Order) -> str:
    place = _PLACES.get(name, name.replace("package/", "{package}/"))
    return place.format(package=order.package, name=order.name)


def _profile_schema() -> str:
    found = resources.files("haochaping.profile") / "schema.json"
    return json.dumps(json.loads(found.read_text(encoding="utf-8")), ensure_ascii=False, indent=1)


def _rendered(name: str, values: Mapping[str, Any]) -> str:
    return _environment().get_template(name).render(values)


@cache
def _templates() -> Mapping[str, str]:
    root = resources.files("haochaping.kit") / "templates" / "plugin"
    return dict(sorted(_below(root, "")))


def _below(folder: Any, prefix: str) -> Iterator[tuple[str, str]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _below(one, f"{prefix}{one.name}/")
        elif one.name.endswith(".j2"):
            yield prefix + one.name.removesuffix(".j2"), one.read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=DictLoader(_templates()),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        autoescape=False,  # the files are code, tables and Markdown, read by nobody's browser
    )
