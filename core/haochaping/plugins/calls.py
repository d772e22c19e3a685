"""Calling hooks: every implementation in order, each contained, checked, timed and counted.

The loop is our own because pluggy's stops at the first exception and looks at no result.
It runs inside one guard; an implementation that fails leaves the guard, is noted, and the
loop goes on behind it inside a new one, so that the usual case pays for one guard only.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from haochaping.clock import Clock, stopwatch
from haochaping.containment import contained
from haochaping.hooks.checks import elements, whole
from haochaping.hooks.kinds import Combine, HookKind, SpecFacts
from haochaping.hooks.specs import Spec, specs
from haochaping.isolation.keeping import Host
from haochaping.isolation.standing_in import Isolated
from haochaping.plugins.answers import Answer, Decision, Failure, combiner, described
from haochaping.plugins.breaker import Breaker
from haochaping.plugins.contributed import Contributed
from haochaping.plugins.contributions import Contributions
from haochaping.plugins.health import HookHealth, Meters
from haochaping.plugins.loaded import LoadedPlugin
from haochaping.plugins.tracing import masked

TRACE: Final = "HAOCHAPING_TRACE_HOOKS"
"""Set to 1, every hook call is written to stderr: plugin, hook, time, answer with texts masked."""

Call = Callable[..., Any]
Passing = Mapping[str, Any]
Trace = Callable[[str], None]


class Hooks:
    """The hooks of one deployment, ready to be called from any thread."""

    def __init__(
        self,
        plugins: tuple[LoadedPlugin, ...] = (),
        contributions: Contributions = MappingProxyType({}),
        *,
        trace: Trace | None = None,
    ) -> None:
        self.plugins = plugins
        self._contributions = contributions
        self.contributed = Contributed()
        """Where pages, resources and jobs of plugins are called."""
        tell = trace or (_to_stderr if os.environ.get(TRACE) == "1" else None)
        self._deciders = {
            spec.name: _Caller(spec, _having(spec, plugins), tell)
            for spec in _of_kind(HookKind.DECIDES)
        }
        self._observers = {
            spec.name: {one.name: _Caller(spec, (one,), tell) for one in _having(spec, plugins)}
            for spec in _of_kind(HookKind.OBSERVES)
        }
        self._breakers = {
            (name, plugin): Breaker()
            for name, callers in self._observers.items()
            for plugin in callers
        }

    def contributions(self, name: str) -> tuple[tuple[str, Any], ...]:
        """Return what plugins add through hook `name` as pairs of plugin name and item."""
        if specs()[name].facts.kind is not HookKind.CONTRIBUTES:
            raise KeyError(f"{name} is no hook that contributes")
        return self._contributions.get(name, ())

    def contribute(self, name: str) -> tuple[Any, ...]:
        """Return what plugins add through hook `name`, in plugin order."""
        return tuple(item for _, item in self.contributions(name))

    def decide(self, name: str, /, **question: Any) -> Decision:
        """Ask all implementations of hook `name`.

        Never raises for a plugin's failure: it is listed in the decision's `failures`.
        Raises KeyError for a hook that does not decide, TypeError for other arguments
        than the spec's.
        """
        return self._deciders[name].ask(question)

    def observe(self, name: str, plugin: str, **passed: Any) -> Failure | None:
        """Let one plugin react to an event; return its failure, None when all went well.

        A plugin that does not implement the hook has nothing to do. One that failed often is
        left out for a while: the failure says how long. Raises like `decide`.
        """
        caller = self._observers[name].get(plugin)
        if caller is None:
            return None
        breaker = self._breakers[name, plugin]
        left = breaker.left
        if left:
            return Failure(plugin, name, f"left out for {left:.0f} s after many failures", left)
        failures = caller.ask(passed).failures
        if failures:
            breaker.failed()
            return failures[0]
        breaker.done()
        return None

    def timed_by(self, clock: Clock) -> None:
        """Let pauses of implementations that fail go by the deployment's clock."""

        def seconds() -> float:
            return clock.now().timestamp()

        self.contributed.timed_by(seconds)
        for breaker in self._breakers.values():
            breaker.timed_by(seconds)

    def observers(self, name: str) -> tuple[str, ...]:
        """Return the names of the plugins that implement hook `name`, in order."""
        return tuple(self._observers[name])

    def asked(self, name: str) -> bool:
        """Say whether any plugin answers hook `name`, which decides."""
        return self._deciders[name].answered

    def plugin(self, name: str) -> LoadedPlugin:
        """Return the plugin called `name`. Raises KeyError."""
        for loaded in self.plugins:
            if loaded.name == name:
                return loaded
        raise KeyError(name)

    def isolated(self) -> tuple[tuple[str, Host], ...]:
        """Return the hosts of the plugins in processes of their own, by name."""
        both = ((one.name, one.plugin) for one in self.plugins)
        return tuple((name, plugin.host) for name, plugin in both if isinstance(plugin, Isolated))

    def close(self) -> None:
        """End the processes of plugins that have one of their own."""
        for _, host in self.isolated():
            host.close()

    def health(self) -> tuple[HookHealth, ...]:
        """Return the counts of all that decides or observes, and of pages and jobs called."""
        deciding = [one for caller in self._deciders.values() for one in caller.readings()]
        observing = [
            replace(one, paused=self._breakers[name, plugin].left)
            for name, callers in self._observers.items()
            for plugin, caller in callers.items()
            for one in caller.readings()
        ]
        return (*deciding, *observing, *self.contributed.health())


class _Caller:
    """All implementations of one hook, prepared for being called often."""

    def __init__(self, spec: Spec, plugins: tuple[LoadedPlugin, ...], trace: Trace | None) -> None:
        self._hook = spec.name
        self._parameters = spec.parameters
        self._calls = tuple(prepared(spec, one) for one in plugins)
        self._silent, self._accept = acceptance(spec.facts)
        self._names = tuple(one.name for one in plugins)
        self._meters = Meters(spec.name, self._names)
        self._combine = combiner(spec.facts)
        self._silence = Decision((), (), self._combine(()))
        self._trace = trace

    @property
    def answered(self) -> bool:
        """True when any plugin implements the hook."""
        return bool(self._calls)

    def ask(self, question: Passing) -> Decision:
        """Call everybody; collect answers and failures."""
        passed = self._in_order(question)
        if not self._calls:
            return self._silence
        values: list[Any] = []
        moments = [stopwatch()]
        errors = self._run(passed, values, moments)
        self._meters.record(moments)
        if errors or self._trace or values.count(None) < len(values):
            return self._outcome(values, moments, errors)
        return self._silence

    def _in_order(self, question: Passing) -> tuple[Any, ...]:
        if tuple(question) == self._parameters:
            return tuple(question.values())
        if question.keys() != set(self._parameters):
            raise TypeError(f"hook {self._hook} passes {', '.join(self._parameters)}")
        return tuple(question[name] for name in self._parameters)

    def _run(
        self, passed: tuple[Any, ...], values: list[Any], moments: list[float]
    ) -> dict[int, Exception]:
        remaining, silent, accept = iter(self._calls), self._silent, self._accept

        def call_the_rest() -> None:
            for call in remaining:
                value = call(*passed)
                values.append(None if value is silent else accept(value))
                moments.append(stopwatch())

        errors: dict[int, Exception] = {}
        while len(values) < len(self._calls):
            error = contained(self._hook, call_the_rest).error
            if error is not None:
                errors[len(values)] = error
                values.append(None)
                moments.append(stopwatch())
        return errors

    def _outcome(
        self, values: list[Any], moments: list[float], errors: Mapping[int, Exception]
    ) -> Decision:
        said = {position: described(error) for position, error in errors.items()}
        for position, message in said.items():
            self._meters.failed(position, message)
            errors[position].with_traceback(None)  # its frames hold what was asked about
        if self._trace is not None:
            self._tell(self._trace, values, moments, said)
        answers = tuple(
            Answer(name, value)
            for name, value in zip(self._names, values, strict=True)
            if value is not None
        )
        failures = tuple(Failure(self._names[at], self._hook, said[at]) for at in said)
        return Decision(answers, failures, self._combine(answers))

    def _tell(
        self, trace: Trace, values: list[Any], moments: list[float], said: Mapping[int, str]
    ) -> None:
        for at, (name, value) in enumerate(zip(self._names, values, strict=True)):
            took = (moments[at + 1] - moments[at]) * 1000
            trace(
                f"hook {self._hook} plugin {name} {took:.3f} ms: {said.get(at) or _answer(value)}"
            )

    def readings(self) -> list[HookHealth]:
        """Return the counts of this moment."""
        return self._meters.readings()


def _of_kind(kind: HookKind) -> list[Spec]:
    return [spec for spec in specs().values() if spec.facts.kind is kind]


def _having(spec: Spec, plugins: tuple[LoadedPlugin, ...]) -> tuple[LoadedPlugin, ...]:
    return tuple(one for one in plugins if spec.name in one.hooks)


def prepared(spec: Spec, loaded: LoadedPlugin) -> Call:
    """Return a plugin's implementation as a function of all the hook's arguments, in order."""
    method: Call = getattr(loaded.plugin, spec.name)
    wanted = tuple(inspect.signature(method).parameters)
    return method if wanted == spec.parameters else _with_some(method, wanted, spec.parameters)


def _with_some(method: Call, wanted: tuple[str, ...], passed: tuple[str, ...]) -> Call:
    places = {name: passed.index(name) for name in wanted}

    def call(*values: Any) -> Any:
        return method(**{name: values[place] for name, place in places.items()})

    return call


def acceptance(facts: SpecFacts) -> tuple[Any, Callable[[Any], Any]]:
    """Return the answer that means nothing to say, and the check of every other one."""
    item = facts.item
    if item is None:
        return None, lambda value: None
    if facts.combine in (Combine.ALL, Combine.SUM):
        return (), lambda value: elements(value, item) or None
    return None, lambda value: whole(value, item)


def _answer(value: Any) -> str:
    return "no answer" if value is None else masked(value)


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
