"""Figures and comments of one deployment: grading and disclosure with their parts put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from haochaping.adapters import CaseTexts, Counts
from haochaping.appraisal.objections import Court
from haochaping.appraisal.rules import AppraisalRules, Due
from haochaping.appraisal.stages import Freezer
from haochaping.catalog import occurrences, subjects
from haochaping.disclosure import batches, epochs
from haochaping.disclosure.boards import Boards, known_boards
from haochaping.disclosure.deidentifying import Deidentifier
from haochaping.disclosure.epochs import EpochRules
from haochaping.disclosure.home import Homes
from haochaping.disclosure.preparing import Preparer
from haochaping.disclosure.publisher import Publisher
from haochaping.disclosure.trend import Trends
from haochaping.disclosure.typical_desk import Desk as TypicalDesk
from haochaping.grading.appraisal import Appraiser
from haochaping.grading.basis import Basis
from haochaping.grading.closing import Closer
from haochaping.grading.formulas import Formulas, compile_formulas
from haochaping.grading.scoring import Scorer
from haochaping.grading.standings import RankRules
from haochaping.journal import Journal
from haochaping.plugins import Hooks
from haochaping.profile import Profile
from haochaping.store import Store


@dataclass(frozen=True, slots=True)
class Kept:
    """What figures need of the deployment: texts of cases, due moments by its calendar."""

    texts: CaseTexts
    due: Due


@dataclass(frozen=True, slots=True)
class Disclosing:
    """Everything that makes figures and shows them."""

    formulas: Formulas
    boards: Boards
    homes: Homes
    trends: Trends
    publisher: Publisher
    typical: TypicalDesk
    preparer: Preparer
    closer: Closer
    appraiser: Appraiser
    scorer: Scorer
    freezer: Freezer
    court: Court
    epochs: EpochRules
    journal: Journal

    @classmethod
    def of(
        cls, profile: Profile, hooks: Hooks, journal: Journal, counts: Counts, kept: Kept
    ) -> Disclosing:
        """Put the parts together. Raises ValueError for measures and boards that do not fit."""
        rules, digest, texts = profile.rules, profile.digest, kept.texts
        known = compile_formulas(rules.formulas, hooks.contribute("grading_measures"))
        shown = rules.disclosure
        specs = known_boards(hooks.contribute("disclosure_boards"), known)
        appraised = AppraisalRules.of(profile)
        ranking = RankRules(shown.min_n, shown.coverage_floor)
        closer = Closer(counts, digest, journal.emit)
        scorer = Scorer(Basis.of(profile.data), digest)
        return cls(
            formulas=known,
            boards=Boards(known, shown, digest, counts, specs, rules.calendar.time_zone),
            homes=Homes(known, shown, digest, counts, counts.states),
            trends=Trends(known, counts, shown.suppress_below),
            publisher=Publisher(texts, journal.emit),
            typical=TypicalDesk(
                Deidentifier(hooks, texts.vault.names, occurrences.load), journal.emit
            ),
            preparer=Preparer(hooks, texts, occurrences.load, shown.text_review),
            closer=closer,
            appraiser=Appraiser(hooks, known, subjects.names, appraised.rules, ranking),
            scorer=scorer,
            freezer=Freezer(closer, scorer, appraised, kept.due),
            court=Court(appraised, kept.due, journal.emit),
            epochs=EpochRules(shown.k, rules.calendar.time_zone),
            journal=journal,
        )

    def publish(self, store: Store, today: date, at: datetime) -> int:
        """Move the shielded figures and comments that may be seen; return how many moved."""
        with store.read() as conn:
            if not epochs.anything(conn, today) and not batches.anything(conn, self.epochs.k):
                return 0
        with store.write() as conn:
            moved = epochs.publish(conn, self.epochs, at)
            return moved.figures + batches.publish_reviews(
                conn, self.journal.emit, self.epochs.k, today, at
            )
