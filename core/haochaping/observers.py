"""From journal entries to the plugins' observers: which hook hears what, and with which value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from haochaping.evaluation import views
from haochaping.grading import periods
from haochaping.hooks.disclosure import PublishedEvent
from haochaping.hooks.evaluation import EvaluationEvent
from haochaping.hooks.grading import PeriodEvent
from haochaping.hooks.rectification import CaseEvent, DeadlineEvent
from haochaping.hooks.values import OccurrenceKey
from haochaping.journal import Entry
from haochaping.journal.observing import NotNow, Observer
from haochaping.plugins import Hooks
from haochaping.rectification import records
from haochaping.rectification.view import case_view
from haochaping.store import Store


class NotTold(RuntimeError):
    """A plugin's observer failed; the journal's reader keeps the event and tries again."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """A hook that hears of an event, and how the event becomes the hook's value."""

    hook: str
    value: Callable[[Store, Entry], Any]


def evaluation_event(store: Store, entry: Entry) -> EvaluationEvent | None:
    """Return the event of an evaluation, None when its row is not there."""
    payload = entry.payload
    key = OccurrenceKey(entry.region, int(payload["served_month"]), int(payload["id"]))
    with store.read() as conn:
        view = views.view(conn, key)
    if view is None:
        return None
    details: dict[str, Any] = {"reason": payload.get("reason", "")}
    if "previous" in payload:
        details["previous_grade"] = payload["previous"]["grade"]
    return EvaluationEvent(entry.kind.partition(".")[2], entry.key, view, entry.at, details)


def case_event(store: Store, entry: Entry) -> CaseEvent:
    """Return the event of a case; `details` is what the journal says of it."""
    with store.read() as conn:
        view = case_view(conn, records.by_id(conn, int(entry.payload["case_id"])), entry.at)
    kind = entry.kind.partition(".")[2]
    return CaseEvent(kind, entry.key, view, entry.at, dict(entry.payload))


def deadline_event(store: Store, entry: Entry) -> DeadlineEvent:
    """Return the event of a deadline or warning that was reached."""
    payload = entry.payload
    with store.read() as conn:
        view = case_view(conn, records.by_id(conn, int(payload["case_id"])), entry.at)
    deadline, level = str(payload["deadline"]), int(payload["level"])
    return DeadlineEvent(entry.key, view, deadline, level, str(payload["to"]), entry.at)


def period_event(store: Store, entry: Entry) -> PeriodEvent:
    """Return the event of a period that was closed."""
    return PeriodEvent(entry.key, periods.parse(str(entry.payload["period"])), entry.at)


def published_event(store: Store, entry: Entry) -> PublishedEvent:
    """Return the event of a publication."""
    return PublishedEvent(entry.kind, entry.key, entry.subject, entry.at)


HEARINGS: Final[Mapping[str, Hearing]] = {
    "evaluation.recorded": Hearing("evaluation_recorded", evaluation_event),
    "evaluation.released": Hearing("evaluation_recorded", evaluation_event),
    "evaluation.amended": Hearing("evaluation_amended", evaluation_event),
    "evaluation.withdrawn": Hearing("evaluation_amended", evaluation_event),
    "evaluation.voided": Hearing("evaluation_voided", evaluation_event),
    "case.opened": Hearing("case_opened", case_event),
    "case.moved": Hearing("case_moved", case_event),
    "case.reopened": Hearing("case_moved", case_event),
    "case.closed": Hearing("case_closed", case_event),
    "deadline.reached": Hearing("deadline_reached", deadline_event),
    "grading.period_closed": Hearing("grading_period_closed", period_event),
    "review.published": Hearing("disclosure_published", published_event),
    "bulletin.published": Hearing("disclosure_published", published_event),
}
"""Event kind → the hook that hears of it."""


def observers_of(hooks: Hooks, store: Store) -> tuple[Observer, ...]:
    """Return one observer a plugin, for the kinds its hooks listen to; none when it has none."""
    return tuple(
        Observer(f"plugin:{loaded.name}", kinds, partial(_tell, hooks, store, loaded.name))
        for loaded in hooks.plugins
        if (kinds := _kinds(hooks, loaded.name))
    )


def _kinds(hooks: Hooks, plugin: str) -> frozenset[str]:
    return frozenset(
        kind for kind, hearing in HEARINGS.items() if plugin in hooks.observers(hearing.hook)
    )


def _tell(hooks: Hooks, store: Store, plugin: str, entry: Entry) -> None:
    hearing = HEARINGS[entry.kind]
    value = hearing.value(store, entry)
    if value is None:
        return
    failure = hooks.observe(hearing.hook, plugin, event=value)
    if failure is not None and failure.paused:
        raise NotNow(failure.message, failure.paused)
    if failure is not None:
        raise NotTold(failure.message)
