"""A host: the process that a plugin lives in, alone. It answers what the core asks over a pipe.

Started by `keeping` as a fresh interpreter. It puts up the guards, imports the plugin, says what
it is, makes the one instance, and then answers hook after hook until the pipe is closed.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any, Final

from haochaping.containment import contained
from haochaping.hooks.checks import Junk, elements, whole
from haochaping.hooks.kinds import PROJECT, Combine
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.specs import specs
from haochaping.isolation import guards
from haochaping.isolation.configured import frozen
from haochaping.isolation.contract import Shape, shape_of
from haochaping.isolation.doors import MOST_EFFECTS
from haochaping.isolation.inside_services import Asked, Services
from haochaping.isolation.line import Gone, Line
from haochaping.isolation.source import Source
from haochaping.isolation.wire import Malformed

MARK: Final = f"{PROJECT}_impl"
_SYSTEM: Final = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/etc/localtime",
)
_SYSTEM_FILES: Final = ("/etc/ld.so.cache", "/dev/urandom")


class Room:
    """The plugin in its process: the class, the instance, what it is asked."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._asked = Asked(line)
        self._plugin: Any = None
        self._calls: dict[str, tuple[Shape, Callable[..., Any], tuple[str, ...]]] = {}
        self._class: Any = None

    def load(self, source: Source) -> dict[str, Any]:
        """Import the plugin; return what it is, or why it cannot be used."""
        result = contained("load", source.load)
        if result.error is not None:
            return {"failed": said(result.error)}
        self._class = result.value
        if not (isinstance(self._class, type) and issubclass(self._class, Plugin)):
            return {"failed": "is no subclass of haochaping.Plugin"}
        return contained("describe", lambda: described(self._class)).value or {"failed": "odd"}

    def make(self, config: Mapping[str, Any]) -> list[Any]:
        """Make the instance with its configuration."""
        services: Any = Services(self._asked)
        result = contained("make", lambda: self._class(frozen(config), services))
        if result.error is not None:
            return ["failed", said(result.error)]
        self._plugin = result.value
        return ["done"]

    def answer(self, number: int, hook: str, given: list[Any]) -> None:
        """Answer one hook call."""
        known = self._calls.get(hook) or self._known(hook)
        form, call, wanted = known
        self._asked.begin(number, form.spec.facts.kind)
        result = contained(hook, lambda: _answered(form, call, wanted, given))
        self._asked.kind = None
        if result.error is not None:
            self._line.give([number, "failed", said(result.error)])
            return
        effects = self._asked.effects
        try:
            if len(effects) > MOST_EFFECTS:
                raise Malformed(f"more than {MOST_EFFECTS} effects")
            self._line.give([number, "done", result.value, effects])
        except Malformed as error:
            self._line.give([number, "failed", f"unusable answer: {error}"])

    def _known(self, hook: str) -> tuple[Shape, Callable[..., Any], tuple[str, ...]]:
        method = getattr(self._plugin, hook)
        wanted = tuple(inspect.signature(method).parameters)
        self._calls[hook] = shape_of(hook), method, wanted
        return self._calls[hook]


def _answered(
    form: Shape, call: Callable[..., Any], wanted: tuple[str, ...], given: list[Any]
) -> Any:
    """Call an implementation with what it wants; return its answer as JSON knows it."""
    passed = {name: form.types[name].back(one) for name, one in zip(wanted, given, strict=True)}
    value = call(**passed)
    if form.item is None or value is None:
        return None
    many = form.spec.facts.combine in (Combine.ALL, Combine.SUM)
    checked = elements(value, form.item) if many else whole(value, form.item)
    return form.answer.written(checked)


def said(error: BaseException) -> str:
    """Say what failed and where, without the error's own words: they may quote a rater."""
    if isinstance(error, Junk | Malformed):
        return f"unusable answer: {error}"
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = f" at {PurePath(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else ""
    return f"{type(error).__name__}{place}"


def described(plugin: type[Plugin]) -> dict[str, Any]:
    """Return what a plugin's class says of itself, and how it implements hooks."""
    file = plugin.config_schema
    return {
        "name": str(getattr(plugin, "name", "")),
        "api_version": plugin.api_version,
        "title_zh": str(plugin.title_zh),
        "title_en": str(plugin.title_en),
        "config_schema": file,
        "schema": None if file is None else plugin.resource(file),
        "after": [str(one) for one in plugin.after],
        "needs": [str(one) for one in plugin.needs],
        "hooks": list(_hooks(plugin)),
    }


def _hooks(plugin: type[Plugin]) -> Iterable[dict[str, Any]]:
    for name in dir(plugin):
        member = inspect.getattr_static(plugin, name)
        plain = getattr(member, "__func__", member)
        options = getattr(plain, MARK, None)
        if options is None and name not in specs():
            continue
        names = list(inspect.signature(plain).parameters)
        yield {
            "name": name,
            "marked": options is not None,
            "options": {key: bool(one) for key, one in (options or {}).items()},
            "parameters": names if isinstance(member, staticmethod) else names[1:],
            "asynchronous": inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain),
        }


def _readable(source: Source, hidden: Iterable[str]) -> Iterable[Path]:
    """Yield what may be read: Python, its libraries, the plugin; never a deployment's folder."""
    yield from map(Path, (*_SYSTEM, *_SYSTEM_FILES))
    away = [Path(one).resolve() for one in hidden]
    known = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path]
    own = [Path(__file__).parents[2], *source.places()]
    for each in (*map(Path, known), *own):
        place = each.resolve()
        if each in own or not any(one.is_relative_to(place) for one in away):
            yield place


def _wait_for_the_end(reads: int) -> None:
    """End the process when the core has gone, whatever the plugin is doing."""
    with contextlib.suppress(OSError):
        os.read(reads, 1)
    os._exit(0)


def main(reads: int, writes: int, life: int) -> None:
    """Be a host until the pipe is closed."""
    line = Line(reads, writes)
    try:
        _serve(line, (reads, writes, life))
    except Gone:
        os._exit(0)


def _serve(line: Line, ends: tuple[int, int, int]) -> None:
    (hello,) = line.take()
    source = Source.of(hello["source"])
    readable = _readable(source, hello["hidden"])
    found = guards.before_import(ends, readable, int(hello["megabytes"]))
    threading.Thread(target=_wait_for_the_end, args=(ends[2],), daemon=True).start()
    found.append(guards.on_calls())
    room = Room(line)
    about = room.load(source)
    line.give(["ready", about, [[one.name, one.missing] for one in found]])
    while True:
        message = line.take()
        if message[0] == "make":
            line.give(["made", *room.make(message[1])])
        else:
            room.answer(*message)
