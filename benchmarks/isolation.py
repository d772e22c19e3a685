"""One `evaluation_admit` in a plugin's own process, against the same in the core's process.

Run it as `python benchmarks/isolation.py`. Five pairs are measured in turn (A B A B …); printed are
the medians in µs of real time, and what 99 of 100 calls took. The median must be at most 100 µs.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from haochaping.hooks.specs import specs
from haochaping.kit import samples
from haochaping.plugins import Dropped, Hooks, PluginManager
from haochaping.plugins.dropped import digest_of

PLUGIN = """
from haochaping import Plugin, hookimpl
from haochaping.hooks.evaluation import Admission, Verdict


class Lake(Plugin):
    name = "lake"

    @hookimpl
    def evaluation_admit(self, submission):
        return Admission(Verdict.HOLD, "benchmark") if submission.text == "hold" else None
"""
CALLS = 5_000
PAIRS = 5


class _Enabled:
    def __init__(self, *, isolate: bool) -> None:
        self.plugins: dict[str, dict[str, Any]] = {"lake": {"isolate": isolate}}


def _times(hooks: Hooks, submission: Any, calls: int = CALLS, rest: float = 0) -> list[float]:
    found = []
    for _ in range(calls):
        if rest:
            time.sleep(rest)
        started = time.perf_counter()
        hooks.decide("evaluation_admit", submission=submission)
        found.append((time.perf_counter() - started) * 1e6)
    return sorted(found)


def main() -> None:
    """Measure both ways in turn and print them."""
    asked = replace(samples.passed(specs()["evaluation_admit"])["submission"], text="等了很久")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lake.py"
        file.write_text(PLUGIN, encoding="utf-8")
        manager = PluginManager(
            installed=False, dropped=Dropped(file.parent, {file.name: digest_of(file)})
        )
        ways = {name: manager.assemble(_Enabled(isolate=name == "apart")) for name in _NAMES}
        for hooks in ways.values():
            _times(hooks, asked)
        measured: dict[str, list[list[float]]] = {name: [] for name in ways}
        for _ in range(PAIRS):
            for name, hooks in ways.items():
                measured[name].append(_times(hooks, asked))
        for name, runs in measured.items():
            medians = [statistics.median(run) for run in runs]
            late = statistics.median(run[len(run) * 99 // 100] for run in runs)
            middle, spread = statistics.median(medians), f"{min(medians):.1f}–{max(medians):.1f}"
            print(f"{name}: median {middle:.1f} µs ({spread}), p99 {late:.1f} µs")
        for name, hooks in ways.items():
            rested = statistics.median(_times(hooks, asked, 400, 0.005))
            print(f"{name}, 5 ms apart: median {rested:.1f} µs")
        ways["apart"].close()


_NAMES = ("within", "apart")

if __name__ == "__main__":
    main()
