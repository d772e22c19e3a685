"""Checks of a plugin's source: what it imports, what it calls, what it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from babel.messages.extract import extract
from jinja2 import Environment, TemplateSyntaxError

import haochaping
from haochaping.containment import contained
from haochaping.hooks.values import Words
from haochaping.kit.asking import alone
from haochaping.kit.findings import Finding, fault
from haochaping.kit.target import Target
from haochaping.plugins.references import load
from haochaping.web.i18n import Catalogues

CONTRACT: Final = (
    "haochaping",
    "haochaping.doors",
    "haochaping.hooks",
    "haochaping.plugins",
    "haochaping.problems",
    "haochaping.store.types",
)
"""What a plugin may import of the core; everything else may move."""

_CALLS: Final = {
    ("datetime", "now"): "clock",
    ("datetime", "utcnow"): "clock",
    ("datetime", "today"): "clock",
    ("date", "today"): "clock",
    ("time", "time"): "clock",
    ("time", "sleep"): "clock",
    ("os", "system"): "processes",
    ("os", "fork"): "processes",
    ("os", "popen"): "processes",
    ("os", "getenv"): "environment",
}
_MODULES: Final = {
    "requests": "network",
    "httpx": "network",
    "aiohttp": "network",
    "urllib.request": "network",
    "http.client": "network",
    "socket": "network",
    "subprocess": "processes",
    "multiprocessing": "processes",
    "ctypes": "processes",
    "random": "chance",
    "pickle": "unsafe",
}
_WORDS: Final = {
    "clock": (
        "读取系统时钟；请用值里的 at 或 services.now()",
        "reads the clock; use services.now()",
    ),
    "network": (
        "自行访问网络；请用工厂收到的 HttpClient，它遵守部署的允许清单",
        "goes to the network itself; use the HttpClient given to factories",
    ),
    "processes": ("启动进程或调用本机代码", "starts processes or calls native code"),
    "environment": ("读取环境变量；请用设置和密钥", "reads the environment; use settings"),
    "chance": ("使用随机数；编号请用 services.new_id()", "uses chance; for ids services.new_id()"),
    "unsafe": ("pickle 会执行读到的内容", "pickle runs what it reads"),
}


def other_plugins(target: Target) -> Iterator[Finding]:
    """Find imports of another plugin."""
    own = target.plugin.package().partition(".")[0]
    for file, line, module in _imports(target):
        root = module.partition(".")[0]
        if root.startswith("haochaping_") and root != own:
            yield fault(
                f"导入了别的插件 {root}", f"imports another plugin, {root}", f"{file}:{line}"
            )


def core_internals(target: Target) -> Iterator[Finding]:
    """Find imports of the core that are no part of the contract."""
    for file, line, module in _imports(target):
        inside = any(module == one or module.startswith(f"{one}.") for one in CONTRACT[1:])
        if module.startswith("haochaping.") and not inside:
            yield fault(
                f"导入了核心的内部模块 {module}，它可能变动；可用的见 docs/doors.md",
                f"imports {module}, which is no part of the contract and may move: docs/doors.md"
                " names what may be used",
                f"{file}:{line}",
            )


def careful(target: Target) -> Iterator[Finding]:
    """Find modules and calls that a plugin leaves to the core: clock, network, processes."""
    for file, line, module in _imports(target):
        kind = _MODULES.get(module)
        if kind:
            yield fault(*_WORDS[kind], f"{file}:{line} {module}")
    for path, tree in _trees(target):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                name = getattr(owner, "id", getattr(owner, "attr", ""))
                kind = _CALLS.get((name, node.func.attr))
                if kind:
                    yield fault(*_WORDS[kind], f"{path.name}:{node.lineno}")


def contained_errors(target: Target) -> Iterator[Finding]:
    """Find `except:` and `except BaseException`, which also catch what must get through."""
    for path, tree in _trees(target):
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                name = getattr(node.type, "id", "") if node.type is not None else "BaseException"
                if name == "BaseException":
                    yield fault(
                        "捕获了一切异常；请写明要处理的异常",
                        "catches everything; name what is handled",
                        f"{path.name}:{node.lineno}",
                    )


def references(target: Target) -> Iterator[Finding]:
    """Find code that hooks name and that is not there, or cannot be called."""
    hooks = contained("assemble", lambda: alone(target.plugin, target.settings)).value
    for hook in target_hooks(target):
        for item in hooks.contribute(hook) if hooks is not None else ():
            for field in ("view", "call", "factory"):
                reference = getattr(item, field, None)
                if reference is not None:
                    found = contained(reference, partial(load, reference))
                    if not found.ok or not callable(found.value):
                        why = found.message or "not callable"
                        yield fault(f"{reference}：{why}", f"{reference}: {why}", hook)


def target_hooks(target: Target) -> tuple[str, ...]:
    """Return the contributing hooks that a plugin implements."""
    from haochaping.plugins import specs
    from haochaping.plugins.implementations import implemented

    names = implemented(target.plugin)
    return tuple(name for name in names if specs()[name].facts.kind.value == "contributes")


def templates(target: Target) -> Iterator[Finding]:
    """Find templates that are no templates, or that load something from elsewhere."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    for file in _templates(target):
        text = file.read_text(encoding="utf-8")
        try:
            environment.parse(text)
        except TemplateSyntaxError as error:
            yield fault(
                f"模板有误：{error}", f"no template: {error}", f"{file.name}:{error.lineno}"
            )
        for sign in ('src="http', "src='http", '<link rel="stylesheet" href="http'):
            if sign in text:
                yield fault("引用了外部资源", "loads something from elsewhere", file.name)


def translated(target: Target) -> Iterator[Finding]:
    """Find Chinese texts of templates and code that have no English."""
    texts = Catalogues(("haochaping", target.plugin.package()), ("en",)).texts("en")
    for file, line, message in _messages(target):
        if _chinese(message) and texts.gettext(message) == message:
            yield fault(f"“{message}”没有英文", f"“{message}” has no English", f"{file}:{line}")


def worded(target: Target) -> Iterator[Finding]:
    """Find Chinese words in what hooks contribute that have no English beside them."""
    hooks = contained("assemble", lambda: alone(target.plugin, target.settings)).value
    for hook in target_hooks(target):
        for item in hooks.contribute(hook) if hooks is not None else ():
            for name in getattr(item, "__slots__", ()):
                words = getattr(item, name, None)
                if isinstance(words, Words) and not words.en:
                    yield fault(f"“{words.zh}”没有英文", f"“{words.zh}” has no English", hook)


def _messages(target: Target) -> Iterator[tuple[str, int, str]]:
    keywords = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
    for method, files in (
        ("jinja2.ext:babel_extract", _templates(target)),
        ("python", target.sources()),
    ):
        for file in files:
            with file.open("rb") as source:
                options = {"encoding": "utf-8", "silent": "false"}
                for line, message, _, _ in extract(method, source, keywords, (), options):
                    first = message if isinstance(message, str) else message[0]
                    yield file.name, line, str(first)


def _templates(target: Target) -> list[Path]:
    return sorted((target.folder / "templates").rglob("*.html"))


def _chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _imports(target: Target) -> Iterator[tuple[str, int, str]]:
    for path, tree in _trees(target):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for one in node.names:
                    yield path.name, node.lineno, one.name
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield path.name, node.lineno, node.module
                if node.module == "haochaping":  # its modules are named like what it offers
                    inner = {one.name for one in node.names} - {*haochaping.__all__}
                    yield from ((path.name, node.lineno, f"haochaping.{one}") for one in inner)


def _trees(target: Target) -> Iterator[tuple[Path, ast.Module]]:
    for path in target.sources():
        yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))


__all__ = [
    "CONTRACT",
    "careful",
    "contained_errors",
    "core_internals",
    "other_plugins",
    "references",
    "templates",
    "translated",
    "worded",
]
