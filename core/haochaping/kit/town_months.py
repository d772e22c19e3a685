"""Figures of a town without ratings behind them: months counted, closed, appraised, published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert

from haochaping.appraisal.stages import Day
from haochaping.deployment import Deployment
from haochaping.grading import closing, months, periods, rollup, standings
from haochaping.grading.tables import frozen_figure, period_closing
from haochaping.hooks.grading import Standing
from haochaping.hooks.values import Period
from haochaping.kit.town_place import Place
from haochaping.rectification.tables import rectification_case

SERVED: Final = 0
"""The grade under which services stand that were not rated."""
PUBLISHER: Final = 9


@dataclass(frozen=True, slots=True)
class Months:
    """Months of one deployment; a month is named `2026-10`. Raises UnknownPeriod."""

    deployment: Deployment
    place: Place

    def count(self, name: str, grades: Mapping[int, int]) -> None:
        """Count ratings by grade (0: services not rated) on the first day of a month.

        They belong to the first unit, hall, window, staff member and item of the place.
        """
        with self.deployment.store.write() as conn:
            for grade, number in grades.items():
                facts = self._facts(periods.parse(name), grade)
                sums = {key: [0] * 7 for key in rollup.keys_of(facts)}
                for counts in sums.values():
                    rollup.count(counts, grade, rollup.Change(number, 0))
                months.add(conn, sums)

    def handle(self, name: str, number: int) -> None:
        """Have cases of a month stand there, each contacted, answered in time and closed."""
        opened = periods.midnight(periods.parse(name).first, self._zone) + timedelta(days=10)
        same = self._handled(name, opened)
        rows = [
            {**same, "id": each, "public_id": f"T{each}", "origin_id": each}
            for each in range(1, number + 1)
        ]
        with self.deployment.store.write() as conn:
            conn.execute(insert(rectification_case), rows)

    def close(self, name: str) -> bool:
        """Freeze the figures of a month that is over; False when it was closed before."""
        now = self.deployment.clock.now()
        today = now.astimezone(self.deployment.zone).date()
        closer = self.deployment.disclosing.closer
        with self.deployment.store.write() as conn:
            return closer.close(conn, periods.parse(name), today, now)

    def close_with(self, name: str, figures: Mapping[tuple[str, int], Sequence[int]]) -> None:
        """Close a month with figures of its own, and have profile and plugins appraise it.

        `figures` are five counts, of the grades 1 to 5, by kind of subject and number; as many
        services were served as were rated.
        """
        period, at = periods.parse(name), self.deployment.clock.now()
        row = {"period": name, "closed_at": at, "profile_digest": "x"}
        row |= {"appraised": False, "failures": []}
        with self.deployment.store.write() as conn:
            conn.execute(insert(period_closing), [row])
            rows = [_frozen(name, *key, counts) for key, counts in figures.items()]
            conn.execute(insert(frozen_figure), rows)
        self.deployment.disclosing.appraiser.appraise(self.deployment.store, period)

    def publish(self, name: str) -> None:
        """Freeze, appraise and publish a month as if its days for objections were over."""
        period, shown, now = periods.parse(name), self.deployment.disclosing, self._now
        today = now.astimezone(self.deployment.zone).date()
        with self.deployment.store.write() as conn:
            shown.freezer.freeze(conn, period, Day(now - timedelta(days=30), today))
        shown.appraiser.appraise(self.deployment.store, period)
        with self.deployment.store.write() as conn:
            shown.freezer.publish(conn, period, PUBLISHER, now)

    def standings(self, name: str, kind: str) -> dict[int, Standing]:
        """Return the places by score that subjects of a kind have in a closed month."""
        period = periods.parse(name)
        with self.deployment.store.read() as conn:
            scores = standings.scored(conn, period, kind)
            found = closing.frozen(conn, kind, period)
        return standings.standings(scores, found, standings.RankRules())

    @property
    def _now(self) -> datetime:
        return self.deployment.clock.now()

    @property
    def _zone(self) -> str:
        return self.deployment.zone.key

    def _facts(self, period: Period, grade: int) -> rollup.Facts:
        where = self.place.first
        unit = where["organization_id"]
        assert unit is not None, "the place has no unit"
        channel, provenance = ("", "") if grade == SERVED else ("web", "citizen")
        return rollup.Facts(
            day=period.first,
            region=self.place.region,
            organization_id=unit,
            hall_id=where["hall_id"],
            window_id=where["window_id"],
            staff_id=where["staff_id"],
            item_id=where["item_id"],
            channel=channel,
            provenance=provenance,
            round=1,
            grade=grade,
        )

    def _handled(self, name: str, at: datetime) -> dict[str, Any]:
        due, where = at + timedelta(days=5), self.place.first
        return {
            "region": self.place.region, "served_month": int(name.replace("-", "")), **where,
            "origin_kind": "evaluation", "rated_organization_id": where["organization_id"],
            "queue": "unit", "grade": 1, "options": ["108"], "identity": "real_name",
            "state": "closed", "complexity": "simple", "outcome": "rectified", "opened_at": at,
            "visible_at": at, "contacted_at": at, "replied_at": at, "first_replied_at": at,
            "closed_at": at, "due_at": due, "due_day": due.date(), "first_due_at": due,
            "provisional": False, "late": False, "round": 0, "reopened": 0, "plan": {},
            "plan_no": 0, "version": 1,
        }  # fmt: skip


def _frozen(period: str, kind: str, subject: int, grades: Sequence[int]) -> dict[str, Any]:
    counts = {f"g{grade}": count for grade, count in enumerate(grades, start=1)}
    rated, bad = sum(grades), sum(grades[:2])
    row = {"period": period, "subject_kind": kind, "subject_id": subject, **counts}
    return row | {"served": rated, "first_bad": bad, "active": rated, "cases": {}}
