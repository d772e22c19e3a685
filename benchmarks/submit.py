"""Full submissions through HTTP, beside a bare Flask and driver handler (B1, B2, B3, B5).

    python benchmarks/submit.py [--quick] [--databases sqlite postgresql] [--stored 1000000]

Both handlers run under granian with the same number of processes and threads, on the same
database, and store the same rows (evaluation, journal, ledger) durably. The bare one trusts its
caller and commits each rating by itself; ours knows the caller's key and reach, checks the body,
asks the plugins of all four regions, and answers a replay alike. The load comes from this
process through connections that stay open. Runs alternate (A B A B …); medians and spreads are
printed, CPU is that of the servers' processes. The verdict is left out when the baseline's own
spread exceeds 25 %.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from submission import load, servers, town
from submission.databases import database
from submission.servers import Server
from submission.town import Town

THREADS = 16
SPREAD = 0.25
FLOOR_RATE, FLOOR_CPU, FLOOR_P99_MS, FLOOR_GROWTH = 1.0, 1.5, 50.0, 1.1


@dataclass(slots=True)
class Runs:
    """What the runs of one handler took."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Submissions a second, the median run's."""
        return statistics.median(self.rates)

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU a submission, the median run's."""
        return statistics.median(self.cpu) * 1000

    @property
    def p99_ms(self) -> float:
        """Milliseconds that 99 % of the submissions stayed below, the median run's."""
        return statistics.median(self.p99) * 1000

    @property
    def spread(self) -> float:
        """Quickest less slowest rate, as a share of the median."""
        return (max(self.rates) - min(self.rates)) / self.rate

    def line(self) -> str:
        """Return the figures in one line."""
        return (
            f"{self.rate:>7.0f} /s ±{self.spread:>4.0%}   CPU {self.cpu_ms:>5.2f} ms"
            f"   p50 {statistics.median(self.p50) * 1000:>6.1f} ms   p99 {self.p99_ms:>6.1f} ms"
        )


def main() -> None:
    """Measure each database, empty and grown, and print the ratios."""
    arguments = _arguments()
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {arguments.clients} clients")
    for name in arguments.databases:
        with tempfile.TemporaryDirectory() as folder, database(name, Path(folder)) as url:
            _measure(name, url, Path(folder), arguments)


def _measure(name: str, url: str, folder: Path, arguments: argparse.Namespace) -> None:
    port, sizes = servers.free_port(), [0, arguments.stored] if arguments.stored else [0]
    each = arguments.submissions * (2 * arguments.pairs + 2)
    place = town.build(folder / "home", url, port, each * len(sizes))
    driver = url.removeprefix("sqlite:///")
    workers = 1 if name == "sqlite" else min(os.cpu_count() or 1, 4)
    results = {}
    for stored in sizes:
        if stored:
            town.grow(place.home, stored)
        with ExitStack() as stack:
            bare = servers.bare(driver, servers.free_port(), workers, THREADS)
            pair = [servers.running(*bare), servers.running(*servers.ours(place.home, port))]
            started = [stack.enter_context(each) for each in pair]
            results[stored] = _pairs(started, place, arguments)
        _print(name, stored, results[stored])
    if len(sizes) > 1:
        _print_growth(name, results[0], results[arguments.stored], arguments.stored)


def _pairs(started: list[Server], place: Town, arguments: argparse.Namespace) -> tuple[Runs, Runs]:
    for server in started:
        load.run(server.port, place.requests(arguments.submissions), arguments.clients)
    runs = Runs(), Runs()
    for _ in range(arguments.pairs):
        for server, found in zip(started, runs, strict=True):
            _run(server, found, place.requests(arguments.submissions), arguments.clients)
    return runs


def _run(server: Server, found: Runs, requests: list[bytes], clients: int) -> None:
    before = server.cpu()
    outcome = load.run(server.port, requests, clients)
    found.cpu.append((server.cpu() - before) / len(requests))
    found.rates.append(outcome.rate)
    found.p50.append(outcome.percentile(0.5))
    found.p99.append(outcome.percentile(0.99))


def _print(name: str, stored: int, runs: tuple[Runs, Runs]) -> None:
    bare, ours = runs
    print(f"\n{name}, {stored:,} ratings stored before, load {os.getloadavg()[0]:.1f}")
    print(f"  bare handler  {bare.line()}")
    print(f"  haochaping    {ours.line()}")
    rate, cpu = ours.rate / bare.rate, ours.cpu_ms / bare.cpu_ms
    shaky = f"no verdict: the baseline spreads by {bare.spread:.0%}"
    verdict = shaky if bare.spread > SPREAD else _verdict(rate >= FLOOR_RATE)
    print(f"  submissions/s {rate:.2f} × the bare handler's (at least {FLOOR_RATE}): {verdict}")
    print(f"  CPU           {cpu:.2f} × (at most {FLOOR_CPU}): {_verdict(cpu <= FLOOR_CPU)}")
    met = _verdict(ours.p99_ms <= FLOOR_P99_MS)
    print(f"  p99           {ours.p99_ms:.1f} ms (at most {FLOOR_P99_MS:.0f}): {met}", end="")
    print(f", {ours.p99_ms / bare.p99_ms:.2f} × the bare handler's", flush=True)


def _print_growth(
    name: str, empty: tuple[Runs, Runs], grown: tuple[Runs, Runs], stored: int
) -> None:
    bare, ours = (after.cpu_ms / before.cpu_ms for before, after in zip(empty, grown, strict=True))
    met = _verdict(ours <= FLOOR_GROWTH)
    print(f"\n{name}: CPU at {stored:,} / at 0: {ours:.2f} (at most {FLOOR_GROWTH}): {met}", end="")
    print(f"; the bare handler's {bare:.2f}: the same larger file")


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = ["sqlite", "postgresql"]
    parser.add_argument("--databases", nargs="+", choices=names, default=names)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--submissions", type=int, default=3000, help="of one run")
    parser.add_argument("--stored", type=int, default=1_000_000, help="ratings of the grown run")
    parser.add_argument("--quick", action="store_true", help="three short pairs, nothing grown")
    found = parser.parse_args()
    if found.quick:
        found.pairs, found.submissions, found.stored = 3, 1000, 0
    return found


if __name__ == "__main__":
    main()
