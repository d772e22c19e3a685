"""Periodic work: every slot of a cron expression becomes one job, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim

from haochaping.jobs.queue import Job, enqueue_all
from haochaping.store import Store


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work that repeats: a job kind and a cron expression in the jurisdiction's time zone."""

    kind: str
    cron: str


def latest_slot(cron: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the last moment at or before `now` at which `cron` fires, in UTC."""
    local = now.astimezone(zone)
    backwards = CronSim(cron, local, reverse=True)
    if _fires(cron, local):
        return local.replace(second=0, microsecond=0).astimezone(UTC)
    return next(backwards).astimezone(UTC)


def enqueue_slots(store: Store, periodic: Iterable[Periodic], now: datetime, zone: ZoneInfo) -> int:
    """Enqueue the latest slot of each piece of periodic work; return how many were new.

    Slots that passed long ago are skipped, a slot already enqueued is not repeated.
    """
    jobs = [_job(each, latest_slot(each.cron, now, zone)) for each in periodic]
    with store.write() as conn:
        return enqueue_all(conn, jobs, now)


def _job(periodic: Periodic, slot: datetime) -> Job:
    key = f"slot:{periodic.kind}:{slot:%Y-%m-%dT%H:%M}"
    return Job(periodic.kind, slot, {"slot": slot.isoformat()}, dedup=key)


def _fires(cron: str, local: datetime) -> bool:
    minute = local.replace(second=0, microsecond=0)
    before = minute.timestamp() - 60
    following = next(CronSim(cron, datetime.fromtimestamp(before, local.tzinfo)))
    return following == minute
