"""`/metrics` for Prometheus: counters of all processes, ages and lags from the database."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Final

from flask import Flask, Response, g, request

from haochaping import __version__
from haochaping.clock import stopwatch
from haochaping.deployment import Deployment
from haochaping.operating import beats, gauges
from haochaping.operating.meters import Meters
from haochaping.store import StoreUnavailable
from haochaping.web.errors import NotFound
from haochaping.web.health import health
from haochaping.web.routes import route
from haochaping.web.site import site

PREFIX: Final = "haochaping_"
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the histogram of answers, in seconds."""

HELP: Final = {
    "build_info": ("gauge", "version of the code that answers"),
    "database_up": ("gauge", "1 when the database answers"),
    "requests_total": ("counter", "answers by endpoint, method and status"),
    "request_seconds": ("histogram", "time to answer by endpoint"),
    "duty_seconds_total": ("counter", "time the workers spent on each duty"),
    "duty_failures_total": ("counter", "duties of the workers that failed"),
    "plugin_failures": ("gauge", "failed calls of each plugin in the processes that run"),
    "plugin_paused": ("gauge", "processes that leave a plugin's hook out after many failures"),
    "processes": ("gauge", "processes heard of in the last 90 seconds, by kind"),
    "disk_free_bytes": ("gauge", "room on the disk of the deployment's folder"),
    "calendar_days_left": ("gauge", "days until the working-day calendar ends"),
    "oldest_held_seconds": ("gauge", "age of the oldest rating on hold"),
    "oldest_message_seconds": ("gauge", "age of the oldest message not delivered"),
    "oldest_job_seconds": ("gauge", "how long the oldest due job waits"),
    "deadline_lag_seconds": ("gauge", "how long ago a deadline passed that has not fired"),
    "fold_lag_seconds": ("gauge", "age of the oldest rating not folded into the tallies"),
    "seal_lag_seconds": ("gauge", "age of the oldest journal row not sealed"),
    "reader_lag_seconds": ("gauge", "age of the next journal row of each reader"),
    "backup_age_seconds": ("gauge", "age of the newest backup, -1 when there is none"),
    "uplink_oldest_seconds": ("gauge", "age of the oldest item not sent to another platform"),
    "uplink_stuck": ("gauge", "items for other platforms that a person has to look at"),
    "hub_running": ("gauge", "at a hub: 1 while the city is taken in"),
    "hub_silent_seconds": ("gauge", "at a hub: how long ago the city was last heard"),
    "hub_lag_bytes": ("gauge", "at a hub: what came in from the city and is not stored yet"),
    "hub_waiting_bytes": ("gauge", "in a city: log written since what the hub confirmed"),
    "hub_kept_bytes": ("gauge", "in a city: log that stays on the disk for the hub"),
    "held": ("gauge", "ratings on hold"),
    "messages_waiting": ("gauge", "messages not delivered yet"),
    "messages_parked": ("gauge", "messages that were given up"),
    "jobs_due": ("gauge", "jobs whose moment has come"),
    "jobs_parked": ("gauge", "jobs that were given up"),
    "events_parked": ("gauge", "plugin events that were given up"),
    "devices_away": ("gauge", "window devices not seen for five minutes"),
    "devices_waiting": ("gauge", "ratings kept on window devices"),
}
"""Every metric by name, without the prefix: its type and what it says."""


@route(health, "/metrics")
def metrics() -> Response:
    """Answer in Prometheus' text format, to the networks that `metrics_from` names only."""
    if not _permitted(request.remote_addr or "", site().settings.metrics_from):
        raise NotFound()
    lines = "\n".join(_document(site()))
    return Response(f"{lines}\n", mimetype="text/plain; version=0.0.4")


def install(app: Flask, meters: Meters) -> None:
    """Count every answer, by endpoint."""

    @app.after_request
    def _count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        seconds = stopwatch() - g.get("started", stopwatch())
        count(meters, (endpoint, request.method, response.status_code), seconds)
        return response


def count(meters: Meters, told: tuple[str, str, int], seconds: float) -> None:
    """Count one answer: endpoint, method and status, and how long it took."""
    endpoint, method, status = told
    label = f'endpoint="{endpoint}",method="{method}",status="{status}"'
    meters.add(f"requests_total{{{label}}}")
    bound = next((str(one) for one in BUCKETS if seconds <= one), "+Inf")
    meters.add(f'request_seconds_bucket{{endpoint="{endpoint}",le="{bound}"}}')
    meters.add(f'request_seconds_sum{{endpoint="{endpoint}"}}', seconds)


def _permitted(address: str, networks: tuple[str, ...]) -> bool:
    try:
        here = ip_address(address)
    except ValueError:
        return False
    return any(here in ip_network(one) for one in networks)


def _document(deployment: Deployment) -> Iterator[str]:
    samples = sorted([*_counted(deployment.meters), *_gauges(deployment)])
    shown = ""
    for name, labels, value in samples:
        family = _family(name)
        if family != shown:
            kind, words = HELP[family]
            yield f"# HELP {PREFIX}{family} {words}"
            yield f"# TYPE {PREFIX}{family} {kind}"
            shown = family
        yield f"{PREFIX}{name}{labels} {value:.10g}"


def _family(name: str) -> str:
    for tail in ("_bucket", "_sum", "_count"):
        if name.removesuffix(tail) in HELP and name not in HELP:
            return name.removesuffix(tail)
    return name


def _counted(meters: Meters) -> Iterator[tuple[str, str, float]]:
    """Yield the counters; the buckets of a histogram are added up from below."""
    buckets: dict[str, Counter[str]] = {}
    for key, value in meters.read().items():
        name, _, labels = key.partition("{")
        if name == "request_seconds_bucket":
            endpoint, _, bound = labels.rstrip("}").partition(",le=")
            buckets.setdefault(endpoint, Counter())[bound.strip('"')] += int(value)
        else:
            yield name, f"{{{labels}" if labels else "", value
    for endpoint, found in buckets.items():
        total = 0
        for bound in (*map(str, BUCKETS), "+Inf"):
            total += found[bound]
            yield "request_seconds_bucket", f'{{{endpoint},le="{bound}"}}', total
        yield "request_seconds_count", f"{{{endpoint}}}", total


def _gauges(deployment: Deployment) -> Iterator[tuple[str, str, float]]:
    yield "build_info", f'{{version="{__version__}"}}', 1
    yield "disk_free_bytes", "", shutil.disk_usage(deployment.home).free
    left = deployment.calendar.horizon(deployment.clock.now())
    yield "calendar_days_left", "", -1 if left is None else left
    try:
        yield from tuple(_stored(deployment))
    except StoreUnavailable:
        yield "database_up", "", 0


def _stored(deployment: Deployment) -> Iterator[tuple[str, str, float]]:
    at = deployment.clock.now()
    with deployment.store.read() as conn:
        measured, processes = gauges.measure(conn, at), beats.processes(conn)
    yield "database_up", "", 1
    for each in measured:
        label = f'{{{gauges.LABELS[each.name]}="{each.label}"}}' if each.label else ""
        yield each.name, label, each.value
    alive = [one for one in processes if one.alive(at)]
    kinds = Counter(one.kind for one in alive)
    for kind in ("web", "worker"):
        yield "processes", f'{{kind="{kind}"}}', kinds[kind]
    failures: Counter[str] = Counter()
    for one in alive:
        failures.update(one.failures)
    for plugin, number in failures.items():
        yield "plugin_failures", f'{{plugin="{plugin}"}}', number
    paused: Counter[tuple[str, str]] = Counter()
    for one in alive:
        for plugin, hooks in one.paused.items():
            paused.update((plugin, hook) for hook in hooks)
    for (plugin, hook), number in paused.items():
        yield "plugin_paused", f'{{plugin="{plugin}",hook="{hook}"}}', number
