"""Making a demonstration: folder, profile, catalogue, accounts, devices and a year of life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from haochaping.clock import Clock, FakeClock, SystemClock
from haochaping.demonstration import appraising, exchanging, people, places, rules, shaped
from haochaping.demonstration import home as folder
from haochaping.demonstration.chance import Chance
from haochaping.demonstration.history import History, drawn
from haochaping.demonstration.home import Demonstration
from haochaping.demonstration.past import Past
from haochaping.demonstration.places import Counter
from haochaping.demonstration.problems import NotADemonstration
from haochaping.demonstration.services import Almanac, Life, moment
from haochaping.demonstration.timeline import Timeline
from haochaping.deployment import Deployment
from haochaping.grading.shape import Figures
from haochaping.hooks.values import Words
from haochaping.installing import Wish as InstallWish
from haochaping.installing import install
from haochaping.profile import Profile
from haochaping.rulebook import read_profile
from haochaping.settings import plugin_manager

SEED: Final = "haochaping"
Tell = Callable[[Words], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What demonstration is wanted. `profile` is a name or a path.

    `figures` are published figures to take the shape from, instead of an invented year;
    `label` is how the mark of the folder names them.
    """

    home: Path
    profile: str
    port: int = 8000
    figures: Figures | None = None
    label: str = ""
    tell: Tell = field(default=lambda words: None)
    clock: Clock = field(default_factory=SystemClock)
    life: Life = field(default_factory=Life)


def ready(wish: Wish) -> Demonstration:
    """Return the demonstration in the wished folder, made now if it is not there.

    Raises NotADemonstration, NeverInProduction, OtherDemonstration, NoExampleCatalogue,
    ProfileError; a folder that holds anything else stays as it is.
    """
    folder.refuse_foreign_database()
    profile = read_profile(plugin_manager(wish.home), wish.profile, wish.home)
    found = folder.marked(wish.home)
    if found is not None:
        folder.require_same(wish.home, found, profile.name, wish.label)
    if found is not None and found.made:
        _write_settings(wish, profile, found, connected=found.exchanges)
        wish.tell(Words(f"沿用 {wish.home} 里的演示", f"using the demonstration in {wish.home}"))
        return found
    return _make(wish, profile)


def _make(wish: Wish, profile: Profile) -> Demonstration:
    made = Demonstration(profile.name, figures=wish.label)
    _install(wish, profile, made)
    own = read_profile(plugin_manager(wish.home), f"demo-{profile.name}", wish.home)
    made.exchanges = exchanging.wanted(own)
    _write_settings(wish, profile, made, connected=False)
    now = wish.clock.now()
    clock = FakeClock(_start(wish, profile, now))
    deployment = Deployment.open(wish.home, clock=clock)
    try:
        _fill(wish, deployment, made, (clock, now))
        if made.exchanges:
            wish.tell(Words("上级平台（演示）…", "the next platform …"))
            exchanging.make(deployment, wish.port)
    finally:
        deployment.close()
    if made.exchanges:
        _write_settings(wish, profile, made, connected=True)
        exchanging.send(wish.home, clock)
    made.made = True
    made.keep(wish.home)
    return made


def _write_settings(wish: Wish, profile: Profile, made: Demonstration, *, connected: bool) -> None:
    """Write the settings for the wished port, with the exchange as far as it is there."""
    exchange = exchanging.settings(wish.port, connected=connected) if made.exchanges else ""
    folder.write_settings(wish.home, f"demo-{profile.name}", wish.port, exchange)
    if connected:
        exchanging.write_upper_settings(wish.home, wish.port)


def _install(wish: Wish, profile: Profile, made: Demonstration) -> None:
    example = places.example_of(profile)
    folder.forget_data(wish.home)
    wish.home.mkdir(parents=True, exist_ok=True)
    made.keep(wish.home)
    name = rules.write(wish.home, profile, wish.profile, example / rules.ADDITION)
    if wish.figures is not None and wish.figures.note is not None:
        rules.state_on_pages(wish.home, name, wish.figures.note)
    folder.write_settings(wish.home, name, wish.port)
    wish.tell(Words(f"新建演示 {wish.home}", f"making a demonstration in {wish.home}"))
    if not install(InstallWish(wish.home, name)).accounts:
        raise NotADemonstration(
            Words("数据库里已有管理员账号", "the database already has an administrator")
        )


def _fill(
    wish: Wish, deployment: Deployment, made: Demonstration, times: tuple[FakeClock, datetime]
) -> None:
    clock, now = times
    lines = places.take_in(deployment, places.example_of(deployment.profile))
    wish.tell(Words(f"目录已导入：{lines} 行", f"catalogue imported: {lines} lines"))
    with deployment.store.read() as conn:
        counters = places.counters(conn)
        stage = people.Stage(
            places.root_region(conn), places.county(conn), people.home_of(counters)
        )
    people.make_accounts(deployment, stage)
    made.devices = people.make_devices(deployment, counters)
    made.api_key = people.make_key(deployment, stage)
    past = _past(wish, deployment, counters, now)
    if wish.figures is None:
        made.counts = dict(History(past, Timeline(clock)).live())
    else:
        made.counts = dict(shaped.live(past, wish.figures, clock))
    clock.set(now)
    who = past.cast["supervisor"]
    if wish.figures is None:
        appraising.play(deployment, who, now)
    else:
        appraising.appraise(deployment, who, [wish.figures.period], now)


def _past(wish: Wish, deployment: Deployment, counters: tuple[Counter, ...], now: datetime) -> Past:
    chance = Chance(SEED)
    with deployment.store.read() as conn:
        cast = people.cast(conn)
    almanac = Almanac(chance, counters, deployment.zone, wish.life)
    return Past(deployment, cast, almanac, drawn(deployment, chance), now, _Months(wish.tell))


def _start(wish: Wish, profile: Profile, now: datetime) -> datetime:
    """Return the moment at which the past begins: early on its first day."""
    zone = ZoneInfo(profile.rules.calendar.time_zone)
    first = wish.figures.period.first if wish.figures else None
    return moment(
        first or next(wish.life.days_until(now.astimezone(zone).date())), time(6, 0), zone
    )


class _Months:
    """Tells which month has been reached."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def __call__(self, day: date) -> None:
        """Tell of the first day of a month."""
        if day.day == 1:
            self._tell(Words(f"  {day:%Y-%m} …", f"  {day:%Y-%m} …"))
