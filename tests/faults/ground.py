"""The ground of the fault tests: a deployment with a recording plugin, in any process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, MetaData, insert

from haochaping import Plugin, hookimpl
from haochaping.clock import Clock, SystemClock
from haochaping.deployment import Deployment, assemble
from haochaping.hooks.evaluation import EvaluationEvent
from haochaping.hooks.plugin import Plugin as PluginClass
from haochaping.hooks.rectification import CaseEvent, DeadlineEvent
from haochaping.installing import Wish, install
from haochaping.plugins import PluginManager
from haochaping.profile import Known, Profile, load
from haochaping.pushing import take_in
from haochaping.settings import Secrets, Settings, read_secrets, read_settings
from haochaping.store import Store
from haochaping.store.tables import table
from haochaping.store.types import Id, Words
from tests.catalogues import body, fill

tables = MetaData()
heard = table(
    "faults_heard",
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("hook", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("subject", Words, nullable=False),
    metadata=tables,
)
OFFSET = "clock-offset"
PUSHED_AT_ONCE = 100


class Recorder(Plugin):
    """Writes down what it hears, in a table of its own."""

    name = "recorder"

    @hookimpl
    def evaluation_recorded(self, event: EvaluationEvent) -> None:
        self._hear("evaluation_recorded", event.idempotency_key, str(event.evaluation.key.id))

    @hookimpl
    def case_opened(self, event: CaseEvent) -> None:
        self._hear("case_opened", event.idempotency_key, event.case.public_id)

    @hookimpl
    def deadline_reached(self, event: DeadlineEvent) -> None:
        what = f"{event.case.public_id}:{event.deadline}:{event.level}"
        self._hear("deadline_reached", event.idempotency_key, what)

    def _hear(self, hook: str, key: str, subject: str) -> None:
        with self.services.records.transaction() as conn:
            conn.execute(insert(heard), {"hook": hook, "key": key, "subject": subject})


class ShiftedClock(SystemClock):
    """The machine's clock, shifted by as many days as a file says, in every process alike."""

    def __init__(self, home: Path) -> None:
        self._file = home / OFFSET

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=float(self._file.read_text() or 0))


def shift(home: Path, days: float) -> None:
    """Set the clocks of all processes."""
    fresh = home / f"{OFFSET}.new"
    fresh.write_text(str(days))
    fresh.replace(home / OFFSET)


class Ground:
    """What processes of one deployment have in common; holds no connection."""

    def __init__(self, home: Path, plugins: Sequence[type[PluginClass]] = (Recorder,)) -> None:
        self.home = home
        self.manager = PluginManager(plugins, installed=False)
        self.settings: Settings = read_settings(home)
        self.secrets: Secrets = read_secrets(home)
        known = Known(plugins=self.manager.schemas())
        self.profile: Profile = load("faults", deployment_dir=home, known=known)

    def open(self, clock: Clock | None = None) -> Deployment:
        """Open the deployment with connections of its own."""
        return assemble(
            self.settings,
            self.secrets,
            clock or ShiftedClock(self.home),
            profile=self.profile,
            manager=self.manager,
        )


def prepare(home: Path, database: str, plugins: Iterable[str] = ("recorder",)) -> None:
    """Install a deployment whose profile enables the plugins of the tests."""
    (home / "profiles").mkdir(parents=True)
    enabled = ", ".join(f"{name}: {{}}" for name in plugins)
    profile = home / "profiles" / "faults.yaml"
    profile.write_text(f"extends: base\nplugins: {{{enabled}}}\n", encoding="utf-8")
    install(Wish(home, "base", database))
    settings = home / "deployment.yaml"
    settings.write_text(settings.read_text().replace("profile: base", "profile: faults"))
    shift(home, 0)
    store = Store.open(database)
    with store.write() as conn:
        tables.create_all(conn)
    store.close()


def stock(deployment: Deployment, services: int) -> None:
    """Fill the catalogue and push services, numbered from 1."""
    fill(deployment)
    for first in range(1, services + 1, PUSHED_AT_ONCE):
        last = min(first + PUSHED_AT_ONCE, services + 1)
        cases = [body(deployment, number)["cases"][0] for number in range(first, last)]
        take_in(deployment, {"cases": cases})


def case_no(number: int) -> str:
    """The case number of a service."""
    return f"I-5-20261116-{number:04}"


def bad(number: int) -> bool:
    """Say whether a service is rated badly: every sixth one."""
    return number % 6 == 0


def rating(number: int) -> dict[str, Any]:
    """What is said about a service."""
    if bad(number):
        worst = number % 12 == 0
        text = "跑了三趟才办成" if worst else ""
        return {"grade": 1 if worst else 2, "options": ["108" if worst else "209"], "text": text}
    return {"grade": 3 + number % 3}
