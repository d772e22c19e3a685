"""Taking persons out of what is told of a case: the masks of comments, and everybody it knows.

Comments are masked by patterns and plugins, and a publisher looks at each. A typical case is
written by people who know the case, so the names, numbers and addresses that the case itself
holds are masked as well, wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from haochaping.access import accounts, redaction
from haochaping.catalog.tables import SAME_CASE, occurrence, service_case, staff
from haochaping.disclosure.preparing import LoadOccurrence
from haochaping.evaluation.tables import evaluation
from haochaping.grading.facts import Questions
from haochaping.hooks.disclosure import Redaction, ReviewView
from haochaping.hooks.values import Grade, Occurrence, OccurrenceKey
from haochaping.rectification.records import Case
from haochaping.rectification.tables import case_event, case_reply

Names = Callable[[Connection, Collection[int]], Mapping[int, str]]
"""Returns names of persons in the vault, to be masked (`Vault.names`)."""

_SHORTEST: Final = 2
"""A name of one sign would mask that sign wherever it stands."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whom and what a case knows: each word with the reason why it is masked."""

    words: Mapping[str, str]
    occurrence: Occurrence | None
    grade: int
    day: date


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without persons, why parts of it are masked, and which plugin could not look."""

    text: str
    reasons: tuple[str, ...]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Deidentifier:
    """Masks texts about a case; plugins are asked as they are about comments."""

    hooks: Questions
    names: Names
    load_occurrence: LoadOccurrence

    def known(self, conn: Connection, case: Case) -> Known:
        """Return whom a case knows: its rater, its agent, staff and everybody who worked on it."""
        key, served = None, None
        if case.occurrence_id is not None:
            key = OccurrenceKey(case.region, case.served_month, case.occurrence_id)
            served = self.load_occurrence(conn, key)
        words = {case.public_id: "number"}
        words |= dict.fromkeys(_numbers(conn, case), "number")
        persons = self.names(conn, set(_persons(conn, case)))
        words |= dict.fromkeys([*persons.values(), *_colleagues(conn, case)], "name")
        usable = {word: why for word, why in words.items() if len(word) >= _SHORTEST}
        return Known(usable, served, case.grade, case.opened_at.date())

    def clean(self, known: Known, text: str) -> Cleaned:
        """Return the text masked. Reaches plugins: never call it inside a transaction."""
        asked, failure = tuple[Redaction, ...](), ""
        if known.occurrence is not None and text:
            view = ReviewView(known.occurrence, Grade(known.grade), text, "", known.day)
            decision = self.hooks.decide("disclosure_redact", review=view)
            asked = decision.combined
            failure = "; ".join(f"{one.plugin}: {one.message}" for one in decision.failures)
        found = (*redaction.found(text), *redaction.addresses(text), *_spelt(known, text), *asked)
        masks = redaction.merged(found, len(text))
        reasons = tuple(dict.fromkeys(one.reason for one in masks))
        return Cleaned(redaction.masked(text, masks), reasons, failure)


def _spelt(known: Known, text: str) -> Iterator[Redaction]:
    """Yield where a word that the case knows stands; a number not within a longer one."""
    for word, reason in known.words.items():
        whole = r"(?<![0-9A-Za-z]){}(?![0-9A-Za-z])" if word.isascii() else "{}"
        for found in re.finditer(whole.format(re.escape(word)), text):
            yield Redaction(found.start(), found.end(), reason)


def _persons(conn: Connection, case: Case) -> Iterator[int]:
    """Yield the persons in the vault that the case knows."""
    rated, served = evaluation.c, occurrence.c
    chain = select(rated.person_id).where(
        rated.region == case.region,
        rated.served_month == case.served_month,
        rated.occurrence_id == case.occurrence_id,
    )
    business = (
        select(service_case.c.person_id, service_case.c.agent_person_id)
        .join(occurrence, SAME_CASE)
        .where(
            served.region == case.region,
            served.served_month == case.served_month,
            served.id == case.occurrence_id,
        )
    )
    member = select(staff.c.person_id).where(staff.c.id == case.staff_id)
    for statement in (chain, business, member):
        for row in conn.execute(statement):
            yield from (number for number in row if number is not None)


def _numbers(conn: Connection, case: Case) -> Iterable[str]:
    """Return the number of the business and of the staff member."""
    served = occurrence.c
    business = (
        select(service_case.c.case_no)
        .join(occurrence, SAME_CASE)
        .where(
            served.region == case.region,
            served.served_month == case.served_month,
            served.id == case.occurrence_id,
        )
    )
    member = select(staff.c.number).where(staff.c.id == case.staff_id)
    return [*conn.execute(business).scalars(), *conn.execute(member).scalars()]


def _colleagues(conn: Connection, case: Case) -> Iterable[str]:
    """Return the names of the accounts that worked on the case."""
    at_work = select(case_event.c.account_id).where(case_event.c.case_id == case.id)
    ids = {*conn.execute(at_work).scalars(), *repliers(conn, case.id), case.assignee_id} - {None}
    return accounts.names(conn, [one for one in ids if one is not None]).values()


def repliers(conn: Connection, case_id: int) -> frozenset[int]:
    """Return the accounts that replied in a case."""
    statement = select(case_reply.c.account_id).where(case_reply.c.case_id == case_id)
    return frozenset(conn.execute(statement).scalars())
