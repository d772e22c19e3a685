"""Whether a plugin's hooks keep the contract: asked, twice, in another order, and with junk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, Final

from haochaping.clock import stopwatch
from haochaping.containment import contained
from haochaping.hooks.checks import Junk
from haochaping.hooks.kinds import HookKind
from haochaping.hooks.plugin import Plugin
from haochaping.kit import junk, samples
from haochaping.kit.asking import Implementation, Impure, alone, implementations
from haochaping.kit.findings import Finding, fault
from haochaping.kit.samples import Passed
from haochaping.kit.watching import watched

BUDGET_MS: Final[Mapping[HookKind, float]] = {
    HookKind.CONTRIBUTES: 500.0,
    HookKind.DECIDES: 2.0,
    HookKind.OBSERVES: 250.0,
}
"""Milliseconds a call may take at the median; `contributes` is the whole assembling."""

_TRIES: Final = 3
"""Times that assembling is measured; the quickest counts, for the machine may be busy."""

_TOUCHED: Final = {
    "clock": ("读取了时钟", "reads the clock; use the value's own `at`"),
    "chance": ("使用了随机数", "uses chance; the same question must get the same answer"),
    "network": ("访问了网络", "uses the network; do that in a hook that observes"),
    "files": ("写入了文件", "writes a file; use tables of its own in a hook that observes"),
    "database": ("自行打开了数据库", "opens a database; use services.lookup"),
    "processes": ("启动或查询进程", "starts or asks for processes"),
    "environment": ("修改了环境变量", "changes the environment"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A plugin under check: its class and the settings to check it with."""

    plugin: type[Plugin]
    settings: Mapping[str, Any]

    def deciders(self, services: Any = None) -> tuple[Implementation, ...]:
        """Return fresh implementations of the hooks that decide. Raises DeploymentRefused."""
        hooks = alone(self.plugin, self.settings, services)
        return tuple(implementations(hooks.plugin(self.plugin.name), HookKind.DECIDES))


def answers(subject: Subject) -> Iterator[Finding]:
    """Find hooks that fail, or answer with another type, on 150 ordinary questions."""
    for one in subject.deciders():
        yield from _first_failure(one, list(samples.every(one.spec)), "")


def unexpected(subject: Subject) -> Iterator[Finding]:
    """Find hooks that fail on junk: values their types allow and nobody expects."""
    for one in subject.deciders():
        yield from _first_failure(one, junk.of(one.spec), "：意外输入")


def repeatable(subject: Subject) -> Iterator[Finding]:
    """Find hooks that answer the same question otherwise, or depend on the order of questions."""
    for one, again in zip(subject.deciders(), subject.deciders(), strict=True):
        questions = list(samples.every(one.spec))
        first = [_said(one, each) for each in questions]
        mixed = questions[1::2][::-1] + questions[::2]
        second = {id(each): _said(again, each) for each in mixed}
        if first != [second[id(each)] for each in questions]:
            yield fault(
                "同样的问题得到了不同的回答，或回答取决于提问次序",
                "the same question got another answer, or answers depend on the order of questions",
                one.spec.name,
            )


def harmless(subject: Subject) -> Iterator[Finding]:
    """Find hooks that change the values they are given."""
    for one in subject.deciders():
        for question in samples.every(one.spec):
            before = repr(question)
            _said(one, question)
            if repr(question) != before:
                yield fault("修改了传入的值", "changes the values it is given", one.spec.name)
                break


def pure(subject: Subject) -> Iterator[Finding]:
    """Find hooks that decide and touch clock, chance, network, files or a service."""
    for one in subject.deciders():
        questions = [*samples.every(one.spec)][:40]
        _said(one, questions[0])  # what is imported on first use is no part of the answer
        touched = set[str]().union(*(_touched(one, question) for question in questions))
        yield from (_impure(one, kind) for kind in sorted(touched))


def quick(subject: Subject) -> Iterator[Finding]:
    """Find hooks that take longer than their kind's budget at the median."""
    took = [contained("assemble", subject.deciders).seconds * 1000 for _ in range(_TRIES)]
    yield from _over("", HookKind.CONTRIBUTES, min(took))
    for one in subject.deciders():
        took = []
        for question in samples.every(one.spec):
            began = stopwatch()
            _said(one, question)
            took.append((stopwatch() - began) * 1000)
        yield from _over(one.spec.name, HookKind.DECIDES, median(took))


def findings(plugin: type[Plugin], settings: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return all that is wrong with a plugin's answers. Raises DeploymentRefused."""
    subject = Subject(plugin, settings)
    looks = (answers, unexpected, repeatable, harmless, pure, quick)
    return tuple(finding for look in looks for finding in look(subject))


def _over(hook: str, kind: HookKind, took: float) -> Iterator[Finding]:
    allowed = BUDGET_MS[kind]
    if took > allowed:
        yield fault(
            f"用时 {took:.1f} 毫秒，{kind.value} 类允许 {allowed:g} 毫秒",
            f"takes {took:.1f} ms, a hook that {kind.value} has {allowed:g} ms",
            hook,
        )


def _first_failure(
    one: Implementation, questions: Sequence[Passed], about: str
) -> Iterator[Finding]:
    for number, question in enumerate(questions, start=1):
        error = contained(one.spec.name, partial(one.answer, question)).error
        if error is None or isinstance(error, Impure):
            continue
        yield _failed(one, error, number, len(questions), about)
        return


def _failed(one: Implementation, error: Exception, at: int, of: int, about: str) -> Finding:
    what = str(error) if isinstance(error, Junk) else f"{type(error).__name__}: {error}"[:200]
    junk_en = " (unexpected input)" if about else ""
    return fault(
        f"第 {at}/{of} 个问题{about}出错：{what}",
        f"question {at} of {of}{junk_en} failed: {what}",
        one.spec.name,
    )


def _impure(one: Implementation, kind: str) -> Finding:
    if kind.startswith("services."):
        return fault(
            f"使用了 {kind}；decides 类钩子只能用 services.lookup",
            f"uses {kind}; a hook that decides may use services.lookup only",
            one.spec.name,
        )
    zh, en = _TOUCHED[kind]
    return fault(f"{zh}；decides 类钩子须是纯函数", en, one.spec.name)


def _touched(one: Implementation, question: Passed) -> set[str]:
    """Return what one call touched that a pure function does not."""
    touched = set[str]()

    def ask() -> None:
        with watched(touched):
            one.answer(question)

    error = contained(one.spec.name, ask).error
    return touched | ({str(error)} if isinstance(error, Impure) else set())


def _said(one: Implementation, question: Passed) -> Any:
    """Return the answer, or the kind of error, so that failures compare alike."""
    result = contained(one.spec.name, partial(one.answer, question))
    return result.value if result.ok else type(result.error).__name__
