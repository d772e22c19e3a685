"""Sichuan: good reviews linked to target appraisal, annual review and the choice of the best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from haochaping import Plugin, hookimpl
from haochaping.doors import periods
from haochaping.hooks.deployment import (
    ConsolePanel,
    ImportKind,
    Page,
    Scene,
    ScheduledJob,
    TableSet,
)
from haochaping.hooks.grading import Award, Measures
from haochaping.hooks.values import Period, Subject, Words
from haochaping_sichuan.schemes import SCHEMES, Seen, awards

_PACKAGE = "haochaping_sichuan"
_READ, _ACT = "figures.unit", "case.supervise"


class Sichuan(Plugin):
    """What Sichuan adds to grading: three linked schemes, mystery visits, formal talks.

    目标绩效 gives a unit points by month, 年度考核 is the mean of the year's months for
    units and persons, 评选先进 nominates from it. The points are assumptions of the
    profile; every line names the figures it was reckoned from.
    """

    name = "sichuan"
    api_version = 1
    title_zh = "四川：好差评与绩效考核挂钩"
    title_en = "Sichuan: reviews linked to appraisal"
    config_schema = "config.schema.json"

    @property
    def talk_rules(self) -> Mapping[str, Any]:
        """When a unit is called to a talk."""
        found: Mapping[str, Any] = self.config.get("talk", {})
        return found

    @property
    def nomination_rules(self) -> Mapping[str, Any]:
        """Who may be nominated."""
        found: Mapping[str, Any] = self.config.get("nomination", {})
        return found

    @hookimpl
    def grading_appraise(
        self, subject: Subject, period: Period, measures: Measures
    ) -> Iterable[Award]:
        """Return the lines of points of a unit or staff member in a closed month."""
        scheme = SCHEMES.get(subject.kind)
        if scheme is None or not periods.is_month(period):
            return []
        return list(awards(self.config.get(scheme, {}), measures, self._seen(subject, period)))

    @hookimpl
    def database_tables(self) -> Iterable[TableSet]:
        """Add the plugin's tables."""
        from haochaping_sichuan.tables import NEUTRAL

        migrations = f"{_PACKAGE}.migrations"
        return [TableSet(f"{_PACKAGE}.tables:metadata", migrations, neutral=NEUTRAL)]

    @hookimpl
    def import_kinds(self) -> Iterable[ImportKind]:
        """Take in results of mystery visits."""
        columns = ("period", "organization_code", "reference", "mark", "note")
        title = Words("调查暗访结果", "Results of mystery visits")
        return [ImportKind("sichuan-visits", title, columns, f"{_PACKAGE}.visits:take")]

    @hookimpl
    def web_pages(self) -> Iterable[Page]:
        """Add the ledgers, the talks, the findings and the export."""
        both = ("GET", "POST")
        pages = f"{_PACKAGE}.pages"
        return [
            Page("/appraisal", f"{pages}:ledger_page", _READ),
            Page("/appraisal/<kind>/<int:number>/<period>", f"{pages}:lines_page", _READ),
            Page("/talks", f"{pages}:talks_page", _READ, both),
            Page("/findings", f"{_PACKAGE}.findings:page", _ACT, both),
            Page("/export", f"{_PACKAGE}.exporting:page", _ACT),
        ]

    @hookimpl
    def console_panels(self) -> Iterable[ConsolePanel]:
        """Add the pages to the console's navigation."""
        return [
            ConsolePanel("appraisal", Words("绩效考核", "Appraisal"), "/appraisal", _READ),
            ConsolePanel("talks", Words("约谈", "Formal talks"), "/talks", _READ),
            ConsolePanel("findings", Words("整改查实", "Findings"), "/findings", _ACT),
        ]

    @hookimpl
    def scheduled_jobs(self) -> Iterable[ScheduledJob]:
        """Settle months that were closed, every night."""
        return [ScheduledJob("settle", "50 3 * * *", f"{_PACKAGE}.jobs:settle_months")]

    @hookimpl
    def demonstration_scenes(self) -> Iterable[Scene]:
        """Show mystery visits and a finding in the demonstration."""
        return [Scene("appraisal", f"{_PACKAGE}.demonstration:visit_and_find")]

    def _seen(self, subject: Subject, period: Period) -> Seen:
        """Return what people saw of a subject in a month."""
        lookup = self.services.lookup
        visits = (
            lookup.all("sichuan_visit", period=period.name, organization_id=subject.id)
            if subject.kind == "organization"
            else ()
        )
        found = lookup.all(
            "sichuan_finding",
            period=period.name,
            subject_kind=subject.kind,
            subject_id=subject.id,
        )
        counts: dict[str, int] = {}
        for row in found:
            counts[row["kind"]] = counts.get(row["kind"], 0) + 1
        return Seen([Fraction(row["mark"], 100) for row in visits], counts)
