"""`services.exclusion` of a plugin: the Protocol of `hooks.exclusion`, filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from haochaping.delivery import messages
from haochaping.delivery import raters as addressing
from haochaping.evaluation import stored, targets
from haochaping.evaluation.receipt_codes import read_receipt
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.submission import CaseRef
from haochaping.hooks.exclusion import ExcludedRating, ExclusionCount, RaterPattern
from haochaping.hooks.services import OutgoingMessage, VerifiedRater
from haochaping.hooks.values import Identity, OccurrenceKey, Words
from haochaping.rectification import opening, raters
from haochaping.rectification.opening import FOUND_TRUE
from haochaping.rectification.timeline import Entry

if TYPE_CHECKING:
    from haochaping.deployment import Deployment
    from haochaping.services import Late

SMS: Final = "sms"
LETTER: Final = "letter"
SITE: Final = "{site}"
"""What stands in a text for the public address of this deployment."""


@dataclass(frozen=True, slots=True)
class PluginExclusion:
    """Implements `haochaping.hooks.exclusion.Exclusion` for one plugin."""

    late: Late
    plugin: str

    def patterns(self, since: datetime, least: int) -> Sequence[RaterPattern]:
        """Return verified raters with at least `least` bad ratings since a moment."""
        bad = self._deployment.rectification.bad_grades
        with self._deployment.store.read() as conn:
            return raters.patterns(conn, since, least, bad)

    def ratings(self, reason: str, organization_ids: Sequence[int]) -> Sequence[ExcludedRating]:
        """Return ratings of units excluded for `reason`, the newest first."""
        with self._deployment.store.read() as conn:
            return raters.excluded(conn, reason, organization_ids)

    def rating(self, key: OccurrenceKey) -> ExcludedRating | None:
        """Return one excluded rating with its shielded words."""
        with self._deployment.store.read() as conn:
            return raters.one(self._deployment.rectification, conn, key)

    def of_person(self, person_index: str, reason: str) -> Sequence[ExcludedRating]:
        """Return the ratings of a person excluded for `reason`, by keyed hash."""
        with self._deployment.store.read() as conn:
            return raters.of_person(conn, person_index, reason)

    def counts(self, reason: str) -> Sequence[ExclusionCount]:
        """Return how many ratings are excluded for `reason`, by organization and month."""
        bad = self._deployment.rectification.bad_grades
        with self._deployment.store.read() as conn:
            return raters.counts(conn, reason, bad)

    def open_case(self, key: OccurrenceKey, *, account_id: int, reason: str) -> str:
        """Open the unit's case for an excluded rating; return its public id."""
        deployment = self._deployment
        found = Entry(deployment.clock.now(), FOUND_TRUE, account_id, note=reason)
        with deployment.store.write() as conn:
            case = opening.open_for_excluded(deployment.rectification, conn, key, found)
        return case.public_id

    def tell(
        self, case_no: str, occurrence_no: int, business_id: str, words: tuple[Words, Words]
    ) -> str:
        """Tell the verified rater of a service something; return `sms` or `letter`."""
        deployment = self._deployment
        site = deployment.settings.base_url.rstrip("/")
        subject, body = words[0], Words(*(one.replace(SITE, site) for one in astuple(words[1])))
        with deployment.store.write() as conn:
            row = _newest(conn, CaseRef(case_no, occurrence_no))
            if row is None or row.person_id is None or row.identity != Identity.VERIFIED:
                return LETTER
            message = OutgoingMessage(
                business_id=f"{self.plugin}:{business_id}",
                to=f"{addressing.PERSON}{row.person_id}",
                organization_id=None,
                gateway=SMS,
                subject=subject,
                body=body,
            )
            if addressing.addressed(conn, deployment.vault, message) is None:
                return LETTER
            messages.queue(conn, message, deployment.clock.now())
        return SMS

    def of_receipt(self, receipt: str) -> VerifiedRater | None:
        """Return the verified rater whose receipt this is."""
        code = read_receipt(receipt)
        with self._deployment.store.read() as conn:
            row = None if code is None else stored.by_receipt(conn, code)
            if row is None or row.person_id is None or row.identity != Identity.VERIFIED:
                return None
            index = targets.rater(conn, row.person_id).index
        return None if index is None else VerifiedRater(index, row.organization_id)

    @property
    def _deployment(self) -> Deployment:
        return self.late.deployment


def _newest(conn: Connection, wanted: CaseRef) -> Evaluation | None:
    target = targets.find(conn, wanted)
    rows = () if target is None else stored.of_occurrence(conn, target.occurrence.key)
    return rows[-1] if rows else None
