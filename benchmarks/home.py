"""The public home through HTTP: whole pages and "not modified", beside a bare Flask page.

    python benchmarks/home.py [--databases sqlite postgresql] [--stored 100000]

Both run under granian with as many processes and threads as `haochaping.serving` takes. The
bare page is a Flask view that answers fixed HTML of the same length, with its digest; it knows
no language, no display, no limit and no database. Visitors come from many addresses through a
trusted proxy. Runs alternate
(A B A B …); medians and spreads are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from submission import load, servers, town
from submission.databases import database
from submission.servers import Server

from haochaping.deployment import Deployment
from haochaping.grading.folding import fold

THREADS = 16
SPREAD = 0.25
FLOOR = 300.0
"""Requests a second on two cores."""


def main() -> None:
    """Measure each database and print the figures."""
    arguments = _arguments()
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {arguments.clients} clients")
    for name in arguments.databases:
        with tempfile.TemporaryDirectory() as folder, database(name, Path(folder)) as url:
            _measure(name, url, Path(folder), arguments)


def _measure(name: str, url: str, folder: Path, arguments: argparse.Namespace) -> None:
    port = servers.free_port()
    place = town.build(folder / "home", url, port, 100)
    with (place.home / "deployment.yaml").open("a", encoding="utf-8") as settings:
        settings.write("trusted_proxies: 1\n")
    town.grow(place.home, arguments.stored)
    _fold(place.home)
    workers = 1 if name == "sqlite" else min(os.cpu_count() or 1, 4)
    with ExitStack() as stack:
        ours = stack.enter_context(servers.running(*servers.ours(place.home, port)))
        length = len(load.fetch(port, _request(0)).partition(b"\r\n\r\n")[2])
        page = servers.page(length, servers.free_port(), workers, THREADS)
        bare = stack.enter_context(servers.running(*page))
        print(f"\n{name}, {arguments.stored:,} ratings, a page of {length:,} bytes")
        for kind, status in (("whole", 200), ("not modified", 304)):
            _compare(kind, status, bare, ours, arguments)


def _compare(
    kind: str, status: int, bare: Server, ours: Server, arguments: argparse.Namespace
) -> None:
    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    cpu: dict[str, list[float]] = {"bare": [], "ours": []}
    late: list[float] = []
    for pair in range(arguments.pairs + 1):
        for name, server in (("bare", bare), ("ours", ours)):
            tag = _tag(server.port) if status == 304 else ""
            asked = [_request(each, tag) for each in range(arguments.requests)]
            before = server.cpu()
            outcome = load.run(server.port, asked, arguments.clients, (200, status))
            if pair:  # the first is for warming up
                rates[name].append(outcome.rate)
                cpu[name].append((server.cpu() - before) / len(asked) * 1000)
                if name == "ours":
                    late.append(outcome.percentile(0.99) * 1000)
    rate, base = statistics.median(rates["ours"]), statistics.median(rates["bare"])
    spread = (max(rates["bare"]) - min(rates["bare"])) / base
    met = "met" if rate >= FLOOR else "MISSED"
    print(
        f"  {kind:<13} bare {base:>6.0f} /s ±{spread:.0%}, {statistics.median(cpu['bare']):.2f} ms"
        f"   haochaping {rate:>6.0f} /s, {statistics.median(cpu['ours']):.2f} ms,"
        f" p99 {statistics.median(late):.0f} ms   {rate / base:.2f} ×"
        f"   (at least {FLOOR:.0f} /s): {met}",
        flush=True,
    )


def _request(number: int, tag: str = "") -> bytes:
    headers = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
    if tag:
        headers["If-None-Match"] = tag
    return load.get("/", headers)


def _tag(port: int) -> str:
    head = load.fetch(port, _request(0)).partition(b"\r\n\r\n")[0].decode()
    [found] = [line for line in head.split("\r\n") if line.lower().startswith("etag:")]
    return found.partition(":")[2].strip()


def _fold(home: Path) -> None:
    deployment = Deployment.open(home)
    while True:
        with deployment.store.write() as conn:
            if not fold(conn).entries:
                break
    deployment.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = ["sqlite", "postgresql"]
    parser.add_argument("--databases", nargs="+", choices=names, default=names)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--requests", type=int, default=3000, help="of one run")
    parser.add_argument("--stored", type=int, default=100_000, help="ratings behind the page")
    return parser.parse_args()


if __name__ == "__main__":
    main()
