"""Rate limits: bursts pass, floods wait, memory stays bounded."""

from __future__ import annotations

from datetime import timedelta

from haochaping.clock import FakeClock
from haochaping.web.limits import Limit, Limiter
from tests.web.conftest import Site

SLOW = Limit("slow", per_minute=6, burst=3)


def test_a_burst_passes_and_then_one_has_to_wait(clock: FakeClock) -> None:
    limiter = Limiter(clock.now)
    assert [limiter.take(SLOW, "a") for _ in range(4)] == [0, 0, 0, 10]


def test_waiting_fills_the_bucket_again(clock: FakeClock) -> None:
    limiter = Limiter(clock.now)
    for _ in range(3):
        limiter.take(SLOW, "a")
    clock.advance(timedelta(seconds=10))
    assert limiter.take(SLOW, "a") == 0
    assert limiter.take(SLOW, "a") > 0


def test_looking_takes_nothing(clock: FakeClock) -> None:
    limiter = Limiter(clock.now)
    assert [limiter.take(SLOW, "a", 0) for _ in range(9)] == [0] * 9
    for _ in range(3):
        limiter.take(SLOW, "a")
    assert limiter.take(SLOW, "a", 0) == 10


def test_one_client_does_not_slow_another(clock: FakeClock) -> None:
    limiter = Limiter(clock.now)
    for _ in range(4):
        limiter.take(SLOW, "a")
    assert limiter.take(SLOW, "b") == 0


def test_a_clock_that_runs_back_gives_nothing_and_takes_nothing(clock: FakeClock) -> None:
    limiter = Limiter(clock.now)
    for _ in range(3):
        limiter.take(SLOW, "a")
    clock.advance(timedelta(days=-40))
    assert limiter.take(SLOW, "a") == 10


def test_the_oldest_clients_are_forgotten_when_there_are_too_many(clock: FakeClock) -> None:
    limiter = Limiter(clock.now, size=2)
    for client in ("a", "b", "c"):
        for _ in range(3):
            limiter.take(SLOW, client)
    assert limiter.take(SLOW, "a") == 0
    assert limiter.take(SLOW, "c") > 0


def test_expired_short_codes_count_as_guesses_and_for_one_device_only(site: Site) -> None:
    short = site.short_code(site.serve())
    site.clock.advance(timedelta(days=40))
    client = site.client()
    statuses = [client.get(f"/r/{short}").status_code for _ in range(31)]
    assert statuses[0] == 410
    assert statuses[-1] == 429
    other = site.client().get(f"/r/{short}", headers={"User-Agent": "another telephone"})
    assert other.status_code == 410
