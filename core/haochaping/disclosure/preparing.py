"""Preparing comments for the publisher: what the patterns and the plugins would mask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Row, select, update

from haochaping.access import redaction
from haochaping.disclosure.steps import APPROVED, HELD, WAITING
from haochaping.disclosure.tables import review
from haochaping.grading.facts import Questions
from haochaping.hooks.disclosure import Redaction, ReviewView
from haochaping.hooks.values import Grade, Occurrence, OccurrenceKey
from haochaping.store import Store

AFTERWARDS: Final = "after_publication"
"""The profile's `text_review` that publishes what nothing failed on, and reviews it later."""

LoadOccurrence = Callable[[Connection, OccurrenceKey], Occurrence]
"""Loads what a rating is about (`catalog.occurrences.load`)."""


class Texts(Protocol):
    """Opens what raters wrote; only the vault sees the keys."""

    def words_of(self, conn: Connection, region: str, served_month: int, evaluation_id: int) -> str:
        """Return the free text of an evaluation; empty when there is none or no key."""
        ...


@dataclass(frozen=True, slots=True)
class Preparer:
    """Proposes masks for a comment (job `review_prepare`)."""

    hooks: Questions
    texts: Texts
    load_occurrence: LoadOccurrence
    text_review: str

    def prepare(self, store: Store, review_id: int, at: datetime) -> None:
        """Ask the plugins outside any transaction, then store what they would mask.

        A plugin that fails keeps the comment waiting, and the publisher is told.
        """
        with store.read() as conn:
            row = conn.execute(select(review).where(review.c.id == review_id)).one_or_none()
            if row is None or row.state not in (HELD, WAITING):
                return
            text = self.texts.words_of(conn, row.region, row.served_month, row.evaluation_id)
            view = self._view(conn, row, text)
        decision = self.hooks.decide("disclosure_redact", review=view)
        masks = redaction.merged([*redaction.found(text), *decision.combined], len(text))
        failure = "; ".join(f"{each.plugin}: {each.message}" for each in decision.failures)
        with store.write() as conn:
            self._keep(conn, row, Prepared(text, masks, failure), at)

    def _view(self, conn: Connection, row: Row[Any], text: str) -> ReviewView:
        key = OccurrenceKey(row.region, row.served_month, row.occurrence_id)
        occurrence = self.load_occurrence(conn, key)
        return ReviewView(occurrence, Grade(row.grade), text, "", row.day)

    def _keep(self, conn: Connection, row: Row[Any], found: Prepared, at: datetime) -> None:
        values: dict[str, Any] = {"masks": as_lists(found.masks), "failure": found.failure}
        if self.text_review == AFTERWARDS and row.state == WAITING and not found.failure:
            values |= {"state": APPROVED, "text": redaction.masked(found.text, found.masks)}
            values["decided_at"] = at
        same = (review.c.id == row.id) & (review.c.state == row.state)
        conn.execute(update(review).where(same).values(**values))


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found about a comment."""

    text: str
    masks: tuple[Redaction, ...]
    failure: str


def as_lists(masks: Iterable[Redaction]) -> list[list[Any]]:
    """Return masks as they are stored."""
    return [[each.start, each.end, each.reason] for each in masks]


def from_lists(stored: Iterable[Any] | None) -> tuple[Redaction, ...]:
    """Return stored masks."""
    return tuple(Redaction(*each) for each in stored or ())
