"""What plugins answered to a question, and how several answers become one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import PurePath
from typing import Any, Final

from haochaping.hooks.checks import Junk
from haochaping.hooks.kinds import Combine, SpecFacts
from haochaping.isolation.keeping import HostFailed

Answers = tuple["Answer", ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One plugin's answer: one value, or for `all` and `sum` a tuple of them."""

    plugin: str
    value: Any


@dataclass(frozen=True, slots=True)
class Failure:
    """One plugin that did not answer, and why; free of the data it was asked about."""

    plugin: str
    hook: str
    message: str
    paused: float = 0.0
    """Seconds for which it is left out after many failures, 0.0 when it was called and failed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """All answers to one question, the plugins that failed, and the answers combined.

    `combined` is one value or None for `first` and `strictest`, a tuple for `all` and `sum`.
    Somebody who must not act on half an answer looks at `failures` first.
    """

    answers: Answers
    failures: tuple[Failure, ...]
    combined: Any

    @property
    def failed(self) -> bool:
        """True when at least one plugin did not answer."""
        return bool(self.failures)


def combiner(facts: SpecFacts) -> Callable[[Answers], Any]:
    """Return the function that combines the answers to a hook as its spec says."""
    if facts.combine in (Combine.ALL, Combine.SUM):
        return _in_order if _has_order(facts.item) else _all
    return _ONE[facts.combine]


def described(error: Exception) -> str:
    """Say what failed and where, without the error's own words: they may quote a rater.

    Findings about the answer's form are ours and are told in full.
    """
    if isinstance(error, Junk):
        return f"unusable answer: {error}"
    if isinstance(error, HostFailed):
        return str(error)
    return f"{type(error).__name__}{_place(error)}"


def _place(error: Exception) -> str:
    at = error.__traceback__
    if at is None:
        return ""
    while at.tb_next is not None:
        at = at.tb_next
    return f" at {PurePath(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}"


def _all(answers: Answers) -> tuple[Any, ...]:
    return tuple(item for answer in answers for item in answer.value)


def _in_order(answers: Answers) -> tuple[Any, ...]:
    return tuple(sorted(_all(answers), key=attrgetter("order")))


def _first(answers: Answers) -> Any:
    return answers[0].value if answers else None


def _strictest(answers: Answers) -> Any:
    values = [answer.value for answer in answers]
    return max(values, key=attrgetter("verdict"), default=None)


def _has_order(item: type | None) -> bool:
    return item is not None and any(field.name == "order" for field in fields(item))


_ONE: Final[Mapping[Combine, Callable[[Answers], Any]]] = {
    Combine.FIRST: _first,
    Combine.STRICTEST: _strictest,
    Combine.NONE: lambda answers: None,
}
