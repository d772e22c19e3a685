"""Every hook has an example that works: shown in the reference, written by `plugin new`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from haochaping.hooks.kinds import HookKind
from haochaping.hooks.values import Channel
from haochaping.kit import handlers, samples, snippets
from haochaping.kit.asking import alone
from haochaping.kit.contract import findings
from haochaping.kit.hook_examples import Examples
from haochaping.plugins import Hooks, specs
from haochaping.testing.builders import AT, measures, submission

OF_KIND = {kind: [s.name for s in specs().values() if s.facts.kind is kind] for kind in HookKind}
TELLING = {
    "evaluation_admit": {"submission": submission(channel=Channel.PAPER, grade=2)},
    "evaluation_signals": {"evaluation": samples.evaluation(received_at=AT.replace(year=2027))},
    "grading_appraise": {
        "subject": samples.subject(),
        "period": samples.period(),
        "measures": measures((0, 9, 0, 0, 0, 91)),
    },
    "rectification_visits": {"case": samples.case(grade=1)},
    "disclosure_redact": {"review": samples.review("浙A12345被堵在门口")},
}


@dataclass
class Recorder:
    """Services that remember what was audited and sent."""

    done: list[str] = field(default_factory=list)

    def audit(self, kind: str, subject: str, details: Mapping[str, Any]) -> None:
        self.done.append(f"audit {kind} {sorted(details)}")

    @property
    def messages(self) -> Any:
        return SimpleNamespace(send=lambda message: self.done.append(f"send {message.to}"))


@pytest.fixture(scope="module")
def hooks() -> Hooks:
    return alone(Examples, {})


@pytest.mark.parametrize("hook", OF_KIND[HookKind.CONTRIBUTES])
def test_the_example_adds_something(hooks: Hooks, hook: str) -> None:
    (added,) = hooks.contribute(hook)
    for name in ("view", "call", "factory"):
        reference = getattr(added, name, "haochaping.kit.handlers:show")
        assert hasattr(handlers, reference.partition(":")[2])


@pytest.mark.parametrize("hook", OF_KIND[HookKind.DECIDES])
def test_the_example_answers(hooks: Hooks, hook: str) -> None:
    question = {**samples.passed(specs()[hook]), **TELLING.get(hook, {})}
    decision = hooks.decide(hook, **question)
    assert decision.failures == ()
    assert len(decision.answers) == 1


@pytest.mark.parametrize("hook", OF_KIND[HookKind.OBSERVES])
def test_the_example_reacts(hook: str) -> None:
    services, event = Recorder(), samples.passed(specs()[hook])
    if hook == "evaluation_recorded":
        event = {"event": samples.evaluation_event(grade=5)}
    hooks = alone(Examples, {}, services)
    assert hooks.observe(hook, "examples", **event) is None
    assert len(services.done) == 1


def test_the_examples_keep_the_contract() -> None:
    assert findings(Examples, {}) == ()


@pytest.mark.parametrize("hook", specs())
def test_the_source_of_an_example_stands_alone_with_its_imports(hook: str) -> None:
    source = snippets.method(hook)
    names: dict[str, Any] = {}
    exec(compile(snippets.imports(source), hook, "exec"), names)
    exec(compile(f"from __future__ import annotations\n{source}", hook, "exec"), names)
    assert names[hook].haochaping_impl is not None
    for name in snippets.handlers_of([source]):
        code = snippets.handler(name)
        exec(compile(snippets.handler_imports(code), name, "exec"), names)
        exec(compile(f"from __future__ import annotations\n{code}", name, "exec"), names)
