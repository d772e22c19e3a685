"""The services as a plugin in a process of its own finds them: the doors, and nothing behind."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from haochaping.hooks.kinds import HookKind
from haochaping.isolation.codec import codec
from haochaping.isolation.doors import ZONE, Door, doors, promise

if TYPE_CHECKING:
    from haochaping.isolation.line import Line

_ROOMS: Final = ("lookup", "worktime", "messages", "cases", "catalog", "opinions", "evaluations")


class Asked:
    """What is asked of the core during one hook call, and the effects noted in it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._number = 0
        self.kind: HookKind | None = None
        self.effects: list[list[Any]] = []

    def begin(self, number: int, kind: HookKind) -> None:
        """Begin a call of a hook of a kind."""
        self._number, self.kind, self.effects = number, kind, []

    def door(self, name: str) -> Door | None:
        """Return a service, None when it is not open to the hook that runs."""
        return None if self.kind is None else doors(self.kind).get(name)

    def through(self, door: Door, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Ask the core, or note an effect. Raises RuntimeError with the core's words."""
        told = door.write(given, named)
        if door.effect:
            self.effects.append([door.name, told])
            return promise(door.gives, len(self.effects))
        return codec(door.gives).back(self.ask(door.name, told))

    def ask(self, name: str, told: Any) -> Any:
        """Return what the core answers to a question. Raises RuntimeError."""
        self._line.give([self._number, "ask", name, told])
        word, value = self._line.take()
        if word != "told":
            raise RuntimeError(f"services.{name}: {value}")
        return value


class Part:
    """One of the services' rooms, such as `services.lookup`."""

    def __init__(self, asked: Asked, name: str) -> None:
        self._asked = asked
        self._name = name

    @property
    def zone(self) -> tzinfo:
        """The time zone that people there live by; of `worktime` alone."""
        if self._name != "worktime" or self._asked.kind is not HookKind.OBSERVES:
            raise closed(f"{self._name}.zone")
        return ZoneInfo(self._asked.ask(ZONE, {}))

    def __getattr__(self, function: str) -> Any:
        """Return one function of the room. Raises RuntimeError when it is not open."""
        return _through(self._asked, f"{self._name}.{function}")


class Services:
    """Everything the core offers to a plugin in its own process."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def now(self) -> datetime:
        """Return the deployment's time, UTC."""
        found: datetime = _through(self._asked, "now")()
        return found

    def new_id(self) -> int:
        """Return a new unique id."""
        return int(_through(self._asked, "new_id")())

    def audit(self, kind: str, subject: str, details: Any) -> None:
        """Append an event to the sealed journal."""
        _through(self._asked, "audit")(kind, subject, details)

    def __getattr__(self, room: str) -> Any:
        """Return one room of the services. Raises RuntimeError when there is none here."""
        if room in _ROOMS:
            return Part(self._asked, room)
        raise closed(room)


def closed(name: str) -> RuntimeError:
    """Return the error of a service that is not there."""
    return RuntimeError(f"services.{name} is not open to this hook in a process of its own")


def _through(asked: Asked, name: str) -> Any:
    door = asked.door(name)
    if door is None:
        raise closed(name)

    def call(*given: Any, **named: Any) -> Any:
        return asked.through(door, given, named)

    return call
