"""One hook call with eight implementations, contained, against a loop over bound methods.

Run it as `python benchmarks/hooks.py`. Five pairs are measured in turn (A B A B …);
printed are the medians in µs of CPU, the spread of the baseline and the ratio. The usual case is
that nobody objects: at most 5 µs.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from time import thread_time
from typing import Any

from haochaping import Plugin, hookimpl
from haochaping.hooks.evaluation import Admission, Submission, Verdict
from haochaping.hooks.values import (
    Channel,
    Grade,
    Identity,
    Occurrence,
    OccurrenceKey,
    Provenance,
    RaterRole,
    UnitRef,
    Words,
)
from haochaping.plugins import Hooks, PluginManager

IMPLEMENTATIONS = 8
ROUNDS = 20_000
PAIRS = 5


def submission() -> Submission:
    """Return a rating as intake hands it to plugins."""
    moment = datetime(2026, 11, 16, 2, tzinfo=UTC)
    unit = UnitRef(1, "330000001", Words("某局", "A bureau"))
    key = OccurrenceKey("330100", 202611, 1)
    occurrence = Occurrence(
        key, "C1", 1, "application", "hall", None, unit, None, None, None, moment
    )
    return Submission(
        occurrence,
        1,
        Grade.SATISFIED,
        (),
        "",
        Channel.QR,
        Provenance.CITIZEN,
        Identity.ANONYMOUS,
        RaterRole.APPLICANT,
        None,
        moment,
    )


def hooks(answer: Admission | None) -> Hooks:
    """Return the hooks of eight plugins that all answer alike."""
    classes = [_plugin(f"plugin_{number}", answer) for number in range(IMPLEMENTATIONS)]
    manager = PluginManager(classes, installed=False)
    return manager.assemble(_Enabled({one.name: {} for one in classes}), _no_services)


class _Enabled:
    def __init__(self, plugins: dict[str, dict[str, Any]]) -> None:
        self.plugins = plugins


def _no_services(name: str) -> Any:
    return None


def _plugin(called: str, answer: Admission | None) -> type[Plugin]:
    class Answering(Plugin):
        name = called

        @hookimpl
        def evaluation_admit(self, submission: Submission) -> Admission | None:
            return answer

    return Answering


def microseconds(call: Callable[[], object]) -> float:
    """Return the CPU time of one call in µs, the mean of many."""
    started = thread_time()
    for _ in range(ROUNDS):
        call()
    return (thread_time() - started) / ROUNDS * 1e6


def compare(title: str, answer: Admission | None) -> None:
    """Measure and print one comparison."""
    under_test, asked = hooks(answer), submission()
    methods = [getattr(one.plugin, "evaluation_admit") for one in under_test.plugins]  # noqa: B009

    def bare() -> list[object]:
        return [method(submission=asked) for method in methods]

    def through() -> object:
        return under_test.decide("evaluation_admit", submission=asked)

    pairs = [(microseconds(bare), microseconds(through)) for _ in range(PAIRS)]
    base = statistics.median(pair[0] for pair in pairs)
    ours = statistics.median(pair[1] for pair in pairs)
    spread = (max(pair[0] for pair in pairs) - min(pair[0] for pair in pairs)) / base
    print(
        f"{title}: {IMPLEMENTATIONS} implementations {ours:.2f} µs, bare loop {base:.2f} µs"
        f" (spread {spread:.0%}), ratio {ours / base:.1f}"
    )


def main() -> None:
    """Print the usual case (nobody objects) and the case in which everybody answers."""
    compare("no answer", None)
    compare("all answer", Admission(Verdict.HOLD, "benchmark"))


if __name__ == "__main__":
    main()
