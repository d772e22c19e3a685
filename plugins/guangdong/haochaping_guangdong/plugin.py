"""Guangdong: window stars and model staff, approval efficiency laid over the indicators."""

from __future__ import annotations

from collections.abc import Iterable

from haochaping import Plugin, hookimpl
from haochaping.hooks.deployment import ApiResource, ImportKind
from haochaping.hooks.grading import Award, Measures
from haochaping.hooks.values import Period, Subject, Words
from haochaping_guangdong.stars import honours

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
        if len(period.name) != len("2026-11"):
            return []
        return list(honours(self.config.get("window_stars", {}), subject.kind, measures))

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
        return [ImportKind("guangdong-efficiency", title, columns, f"{_EFFICIENCY}:take")]

    @hookimpl
    def api_resources(self) -> Iterable[ApiResource]:
        """Take the same from business systems."""
        view = f"{_EFFICIENCY}:receive"
        return [ApiResource("/efficiency", view, "api:cases.push", ("POST",))]
