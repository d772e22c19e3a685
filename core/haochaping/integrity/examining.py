"""The examination of a day: the core's signals, the plugins' own, and what is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from haochaping.evaluation import traces, views
from haochaping.hooks.evaluation import Signal
from haochaping.integrity import flags, loading, signals
from haochaping.integrity.facts import Fact, Finding
from haochaping.integrity.rules import IntegrityRules
from haochaping.integrity.tables import integrity_rating, staff_device
from haochaping.journal import Emit
from haochaping.plugins.calls import Hooks
from haochaping.store import Store

HOOK: Final = "evaluation_signals"


@dataclass(frozen=True, slots=True)
class Examiner:
    """Looks at a day's ratings and raises flags; it changes no rating."""

    store: Store
    hooks: Hooks
    rules: IntegrityRules
    emit: Emit

    def examine(self, day: date, at: datetime) -> int:
        """Raise the flags of a day, county by county; return how many were new.

        Safe to run twice. A plugin that fails raises no flag; its failure is counted.
        """
        with self.store.read() as conn:
            places = loading.regions(conn, day)
        return sum(self._county(day, region, at) for region in places)

    def forget(self, today: date) -> None:
        """Delete traces and lists of days that are older than the profile keeps them."""
        before = today - timedelta(days=self.rules.thresholds.keep_days)
        with self.store.write() as conn:
            traces.forget(conn, before)
            flags.forget(conn, (integrity_rating, staff_device), before)

    def _county(self, day: date, region: str, at: datetime) -> int:
        with self.store.read() as conn:
            facts = loading.facts(conn, day, region)
        found = [(flags.CORE, one) for one in signals.detect(facts, self.rules.thresholds)]
        found += self._of_plugins(facts)
        with self.store.write() as conn:
            return sum(
                flags.raise_flag(conn, self.emit, day, one, at, origin) for origin, one in found
            )

    def _of_plugins(self, facts: tuple[Fact, ...]) -> Iterator[tuple[str, Finding]]:
        if not self.hooks.asked(HOOK):
            return
        for fact in facts:
            with self.store.read() as conn:
                view = views.view(conn, fact.key)
            if view is None:
                continue
            for answer in self.hooks.decide(HOOK, evaluation=view).answers:
                yield from ((answer.plugin, _finding(one, fact)) for one in answer.value)


def _finding(signal: Signal, fact: Fact) -> Finding:
    evidence = {"zh": signal.reason.zh, "en": signal.reason.en, "weight": signal.weight}
    return Finding(signal.code, f"rating:{fact.key.id}", (fact,), evidence)
