"""Hunan: calendar-day terms for replies, and calls to those whose service nobody rated."""

from __future__ import annotations

from collections.abc import Iterable

from haochaping import Plugin, hookimpl
from haochaping.hooks.deployment import ConsolePanel, Page, ScheduledJob, TableSet
from haochaping.hooks.rectification import CaseView, Plan, PlanStep
from haochaping.hooks.values import Duration, Unit, Words


class Hunan(Plugin):
    """What Hunan does differently.

    Replies are due within 7 calendar days, within 15 where the matter is complex; a service
    that nobody rated is followed up by a call after three days.
    """

    name = "hunan"
    api_version = 1
    title_zh = "湖南：未评回访与自然日时限"
    title_en = "Hunan: calls after unrated services, terms in calendar days"
    config_schema = "config.schema.json"

    @hookimpl
    def rectification_plan(self, case: CaseView) -> Plan | None:
        """Set the reply by calendar days; a weekend or holiday at the end moves nothing."""
        days = self.config["reply_days"]["complex" if case.complexity == "complex" else "simple"]
        reply = Duration(days, Unit.CALENDAR_DAY)
        contact = PlanStep("contact", Duration(1, Unit.WORKDAY))
        return Plan((contact, PlanStep("reply", reply, holiday_end="stays", source="7/15")))

    @hookimpl
    def database_tables(self) -> Iterable[TableSet]:
        """Add the list of calls: numbers of services, no person."""
        neutral = ("hunan_call.case_no", "hunan_call.region", "hunan_call.result")
        package = self.package()
        return [TableSet(f"{package}.tables:metadata", f"{package}.migrations", neutral=neutral)]

    @hookimpl
    def scheduled_jobs(self) -> Iterable[ScheduledJob]:
        """List every morning who is to be called."""
        return [ScheduledJob("list_calls", "30 8 * * *", f"{self.package()}.calls:list_calls")]

    @hookimpl
    def web_pages(self) -> Iterable[Page]:
        """Add the page of calls to the console."""
        view = f"{self.package()}.pages:calls"
        return [Page("/calls", view, "case.visit", ("GET", "POST"))]

    @hookimpl
    def console_panels(self) -> Iterable[ConsolePanel]:
        """Lead from the console's menu to the calls."""
        title = Words("未评回访", "Calls to make")
        return [ConsolePanel("calls", title, "/calls", "case.visit")]
