"""Guangdong: window stars and model staff, approval efficiency laid over the indicators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlencode

from haochaping import Plugin, hookimpl
from haochaping.doors import periods
from haochaping.hooks.deployment import (
    ApiResource,
    ConsolePanel,
    ImportKind,
    Page,
    PublicPanel,
    TableSet,
)
from haochaping.hooks.disclosure import BulletinView, Section
from haochaping.hooks.grading import Award, Evidence, Measures
from haochaping.hooks.values import Period, Subject, Words
from haochaping_guangdong.bulletin import sections
from haochaping_guangdong.stars import honours

_PACKAGE = "haochaping_guangdong"
_EFFICIENCY = "haochaping_guangdong.efficiency"


class Guangdong(Plugin):
    """What Guangdong adds to grading: results lead to honours.

    Conditions are not published; they stand in the profile as assumptions and every
    honour names the figures it was given for.
    """

    name = "guangdong"
    api_version = 1
    title_zh = "广东：窗口服务之星"
    title_en = "Guangdong: window stars"
    config_schema = "config.schema.json"

    @hookimpl
    def grading_appraise(
        self, subject: Subject, period: Period, measures: Measures
    ) -> Iterable[Award]:
        """Return the honour that a window or staff member earned in a closed month."""
        if not periods.is_month(period):
            return []
        found = honours(self.config.get("window_stars", {}), subject.kind, measures)
        return [replace(one, evidence=(_certificate(subject, period),)) for one in found]

    @hookimpl
    def disclosure_sections(self, bulletin: BulletinView) -> Iterable[Section]:
        """Add the monthly key figures, approval efficiency and window stars to a bulletin."""
        return tuple(sections(bulletin))

    @hookimpl
    def import_kinds(self) -> Iterable[ImportKind]:
        """Take in back-office efficiency by unit and month."""
        columns = (
            *("period", "organization_code"),
            *("accepted", "rejected", "supplement_requested", "refused"),
            *("approved", "not_approved", "forwarded", "terminated"),
            *("promised_days", "actual_days"),
        )
        title = Words("审批效能数据", "Approval efficiency")
        days = ("period", "staff_number", "present_days", "due_days")
        attended = Words("窗口出勤数据", "Attendance at windows")
        return [
            ImportKind("guangdong-efficiency", title, columns, f"{_EFFICIENCY}:take"),
            ImportKind("guangdong-attendance", attended, days, f"{_PACKAGE}.attendance:take"),
        ]

    @hookimpl
    def database_tables(self) -> Iterable[TableSet]:
        """Add the table of internal ratings."""
        from haochaping_guangdong.tables import NEUTRAL, PERSONAL

        metadata = f"{_PACKAGE}.tables:metadata"
        return [TableSet(metadata, f"{_PACKAGE}.migrations", PERSONAL, NEUTRAL)]

    @hookimpl
    def web_pages(self) -> Iterable[Page]:
        """Add internal ratings, the monthly publication, certificates."""
        both, monthly = ("GET", "POST"), f"{_PACKAGE}.monthly"
        return [
            Page("/internal", f"{_PACKAGE}.internal:page", "appraisal.read", both),
            Page("/certificate", f"{_PACKAGE}.certificate:page", "appraisal.read"),
            Page("/monthly", f"{monthly}:page", "public"),
            Page("/monthly.json", f"{monthly}:as_json", "public"),
        ]

    @hookimpl
    def console_panels(self) -> Iterable[ConsolePanel]:
        """Add the pages to the console's navigation."""
        title = Words("前台评后台", "Front rates back office")
        return [ConsolePanel("internal", title, "/internal", "appraisal.read")]

    @hookimpl
    def public_panels(self) -> Iterable[PublicPanel]:
        """Add the monthly publication to the public menu."""
        return [PublicPanel("monthly", Words("月度通报", "Monthly figures"), "/monthly")]

    @hookimpl
    def api_resources(self) -> Iterable[ApiResource]:
        """Take the same from business systems."""
        view = f"{_EFFICIENCY}:receive"
        return [ApiResource("/efficiency", view, "api:cases.push", ("POST",))]


def _certificate(subject: Subject, period: Period) -> Evidence:
    """Return where the certificate of an honour is printed, once the period is published."""
    query = urlencode({"period": period.name, "kind": subject.kind, "id": subject.id})
    return Evidence(Words("荣誉证书", "Certificate"), f"/console/x/guangdong/certificate?{query}")
