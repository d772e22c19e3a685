"""Where one room's wish meets another room's offer: Protocols filled with functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from haochaping.access.vault import Vault
from haochaping.clock import Clock
from haochaping.coverage import figures as coverage
from haochaping.disclosure.reviews import CaseNote, EvaluationKey
from haochaping.evaluation import wording
from haochaping.evaluation.tables import evaluation
from haochaping.grading import figures, periods
from haochaping.hooks.grading import CaseFacts
from haochaping.hooks.values import OccurrenceKey, Period
from haochaping.rectification import facts, publicly
from haochaping.rectification.context import SealedText
from haochaping.rectification.tables import rectification_case


@dataclass(frozen=True, slots=True)
class CaseTexts:
    """Seals what is written in a case under its rater's key (`rectification.TextVault`).

    Whoever erases the rater closes these texts too.
    """

    vault: Vault
    clock: Clock

    def seal(self, conn: Connection, owner: str, text: str) -> SealedText:
        """Return the text sealed for `owner` (`case:17`)."""
        person = _person_of(conn, owner)
        sealed, key_id = self.vault.seal_text(
            conn, text.encode(), person, owner.encode(), self.clock.now()
        )
        return SealedText(sealed, key_id)

    def open(self, conn: Connection, owner: str, sealed: SealedText) -> str:
        """Return the text; empty when its key was destroyed."""
        if sealed.key_id is None:
            return ""
        plain = self.vault.open_text(conn, sealed.data, sealed.key_id, owner.encode())
        return "" if plain is None else plain.decode()

    def words_of(self, conn: Connection, region: str, served_month: int, evaluation_id: int) -> str:
        """Return the free text of an evaluation; empty when there is none or no key."""
        key = OccurrenceKey(region, served_month, evaluation_id)
        return wording.words_of(conn, self.vault.keyring, key)


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts over cases as grading and disclosure want them (`grading.CaseCounts`)."""

    clock: Clock
    zone: ZoneInfo

    def __call__(
        self, conn: Connection, kind: str, ids: Sequence[int], period: Period
    ) -> Mapping[int, CaseFacts]:
        """Return the counts of subjects of one kind in a period, counted up to now."""
        cases = facts.of(conn, kind, ids, period, (self.zone, self.clock.now()))
        covered = coverage.of(conn, kind, ids, period)
        return {
            each: _with_coverage(cases.get(each, CaseFacts()), covered.get(each))
            for each in cases.keys() | covered.keys()
        }

    def states(self, conn: Connection, region: str, period: Period) -> Mapping[str, int]:
        """Return the cases opened in a period by public state (`disclosure.CaseStates`)."""
        counties = figures.counties_within(region) if region else None
        return publicly.states(conn, counties, *periods.moments(period, self.zone.key))

    def notes(
        self, conn: Connection, keys: Sequence[EvaluationKey]
    ) -> Mapping[EvaluationKey, CaseNote]:
        """Return what the public learns of the cases behind comments (`disclosure.CaseNotes`)."""
        wanted = [(key.region, key.served_month, key.id) for key in keys]
        found = publicly.of_evaluations(conn, wanted, self.clock.now())
        return {
            EvaluationKey(*key): CaseNote(each.state, each.reply, each.public_id)
            for key, each in found.items()
        }


def _with_coverage(found: CaseFacts, covered: coverage.Covered | None) -> CaseFacts:
    if covered is None:
        return found
    return replace(found, offered=covered.offered, to_offer=covered.served)


def _person_of(conn: Connection, owner: str) -> int | None:
    """Return the person behind the rating that a case is about."""
    case_id = int(owner.rpartition(":")[2])
    same_row = (
        (evaluation.c.region == rectification_case.c.region)
        & (evaluation.c.served_month == rectification_case.c.served_month)
        & (evaluation.c.id == rectification_case.c.evaluation_id)
    )
    statement = (
        select(evaluation.c.person_id)
        .join(rectification_case, same_row)
        .where(rectification_case.c.id == case_id)
    )
    return conn.execute(statement).scalar_one_or_none()
