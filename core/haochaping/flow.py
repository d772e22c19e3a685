"""What follows what: every event and the steps that run inside its transaction.

A step never calls a hook and reaches nothing outside the database. What plugins, people
and other systems are asked or told comes later, from the worker: `observers` and jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.channels import steps as channels
from haochaping.disclosure import steps as disclosure
from haochaping.evaluation import steps as evaluation
from haochaping.grading import answers
from haochaping.grading import entries as grading
from haochaping.journal import Event, Step
from haochaping.rectification import steps as rectification
from haochaping.rectification.records import BELOW

RoomStep = Callable[[Any, Connection, Sequence[Event], datetime], None]
One = Callable[[Any, Connection, Event, datetime], None]


def each(step: One) -> RoomStep:
    """Return a step for all events of a moment out of one that takes them one by one."""

    def run(room: Any, conn: Connection, events: Sequence[Event], at: datetime) -> None:
        for event in events:
            step(room, conn, event, at)

    return run


def here(step: RoomStep) -> RoomStep:
    """Return a step that leaves out what a lower platform handles: cases and messages are its."""

    def run(room: Any, conn: Connection, events: Sequence[Event], at: datetime) -> None:
        own = [event for event in events if event.payload.get("handled") != BELOW]
        if own:
            step(room, conn, own, at)

    return run


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the steps of each room work with."""

    evaluation: Any
    grading: Any
    rectification: Any
    disclosure: Any
    channels: Any = None


FLOW: Final[Mapping[str, tuple[tuple[str, RoomStep], ...]]] = {
    "occurrence.served": (
        ("grading", grading.on_occurrence_served),
        ("channels", here(each(channels.ask_by_sms))),
    ),
    "evaluation.recorded": (
        ("grading", grading.on_evaluation_recorded),
        ("grading", answers.on_evaluations),
        ("rectification", here(each(rectification.open_case_if_bad))),
        ("disclosure", disclosure.queue_words),
    ),
    "evaluation.amended": (
        ("grading", grading.on_evaluation_amended),
        ("grading", answers.on_evaluations),
        ("rectification", here(each(rectification.review_case))),
        ("disclosure", disclosure.queue_words),
    ),
    "evaluation.withdrawn": (
        ("grading", grading.on_evaluation_withdrawn),
        ("grading", answers.on_evaluations),
        ("rectification", here(each(rectification.review_case))),
        ("disclosure", disclosure.take_words_back),
    ),
    "evaluation.voided": (
        ("grading", grading.on_evaluation_voided),
        ("grading", answers.on_evaluations),
        ("rectification", here(each(rectification.close_as_void))),
        ("disclosure", disclosure.take_words_back),
    ),
    "evaluation.released": (
        ("grading", grading.on_evaluation_released),
        ("grading", answers.on_evaluations),
        ("rectification", here(each(rectification.open_case_if_bad))),
        ("disclosure", disclosure.queue_words),
    ),
    "evaluation.excluded": (
        ("grading", grading.on_evaluation_excluded),
        ("grading", answers.on_evaluations),
        ("rectification", here(each(rectification.close_as_void))),
        ("disclosure", disclosure.take_words_back),
    ),
    "default.recorded": (("grading", grading.on_defaults),),
    "default.set_aside": (("grading", grading.on_defaults),),
    "opinion.recorded": (("rectification", each(rectification.open_case_of_opinion)),),
    "case.found": (("grading", each(grading.on_case_found)),),
    "appeal.upheld": (
        ("evaluation", each(evaluation.void_appealed)),
        ("rectification", each(rectification.tell_of_void)),
    ),
    "case.moved": (
        ("evaluation", each(evaluation.invite_again)),
        ("rectification", each(rectification.tell_of_appeal)),
    ),
    "case.replied": (("rectification", each(rectification.tell_rater)),),
    "case.closed": (
        ("rectification", each(rectification.enqueue_visits)),
        ("evaluation", each(evaluation.invite_again)),
    ),
}
"""The whole flow. Lower rooms emit the events and know nothing of this table."""


def steps(rooms: Rooms) -> Mapping[str, Sequence[Step]]:
    """Return the flow with every step bound to its room, as the journal runs it."""
    return {
        kind: tuple(partial(step, getattr(rooms, room)) for room, step in following)
        for kind, following in FLOW.items()
    }
