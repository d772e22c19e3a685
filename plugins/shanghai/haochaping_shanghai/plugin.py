"""Shanghai: public, internet-style reviews of halls and items; 12345; improvement award."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from haochaping import Plugin, hookimpl
from haochaping.hooks.deployment import ConsolePanel, Page, PublicPanel, ScheduledJob, TableSet
from haochaping.hooks.rectification import CaseView, Route
from haochaping.hooks.values import Words
from haochaping_shanghai.routing import route

if TYPE_CHECKING:
    from haochaping_shanghai.award import Award
    from haochaping_shanghai.reviews import Reviews
    from haochaping_shanghai.votes import Votes

_PACKAGE = "haochaping_shanghai"
_FORM = ("GET", "POST")


class Shanghai(Plugin):
    """What Shanghai adds: hall experience and item handling are reviewed apart, in public.

    Ratings of one or two stars with a concrete opinion are dispatched through 12345, may not
    be returned and are answered to the rater the same day; improvement cases compete for a
    yearly award. The weights of the mean and the votes' limits are not published anywhere:
    they stand in the profile.
    """

    name = "shanghai"
    api_version = 1
    title_zh = "上海：公开点评与整改案例评选"
    title_en = "Shanghai: public reviews and improvement award"
    config_schema = "config.schema.json"

    @property
    def reviews(self) -> Reviews:
        """The reviews of this deployment."""
        from haochaping_shanghai.reviews import Reviews

        return Reviews(self.services, self.config)

    @property
    def votes(self) -> Votes:
        """The votes of visitors."""
        from haochaping_shanghai.votes import Votes

        return Votes(self.services, int(self.config.get("votes_per_network", 20)))

    @property
    def award(self) -> Award:
        """The yearly award."""
        from haochaping_shanghai.award import Award

        return Award(self.services)

    @property
    def photos_most(self) -> int:
        """Photos that a review may bring along."""
        return int(self.config.get("photos", 3))

    @property
    def trace_days(self) -> int:
        """Days until the hashes of senders are erased."""
        return int(self.config.get("trace_days", 180))

    @hookimpl
    def rectification_route(self, case: CaseView) -> Route | None:
        """Send bad ratings through the hotline to the rated unit."""
        return route(case)

    @hookimpl
    def database_tables(self) -> Iterable[TableSet]:
        """Add the tables of reviews, scores, votes and nominations."""
        from haochaping_shanghai.tables import NEUTRAL, PERSONAL

        names = (f"{_PACKAGE}.tables:metadata", f"{_PACKAGE}.migrations")
        return [TableSet(*names, personal=PERSONAL, neutral=NEUTRAL)]

    @hookimpl
    def web_pages(self) -> Iterable[Page]:
        """Add the public pages and those of moderators and units."""
        return [
            Page("/places", f"{_PACKAGE}.open_pages:listing", "public"),
            Page("/write", f"{_PACKAGE}.open_pages:write", "public", _FORM, self.photos_most),
            Page("/photo/<code>", f"{_PACKAGE}.open_pages:photo", "public"),
            Page("/own", f"{_PACKAGE}.open_pages:own", "public", _FORM),
            Page("/awards", f"{_PACKAGE}.open_pages:awards", "public", _FORM),
            Page("/<kind>/<number>", f"{_PACKAGE}.open_pages:place", "public", _FORM),
            Page("/moderate", f"{_PACKAGE}.desk_pages:moderate", "review.publish", _FORM),
            Page("/photo/<review>/<number>", f"{_PACKAGE}.desk_pages:photo", "review.publish"),
            Page("/answer", f"{_PACKAGE}.desk_pages:answer", "case.handle", _FORM),
        ]

    @hookimpl
    def console_panels(self) -> Iterable[ConsolePanel]:
        """Add moderation and replies to the console's navigation."""
        look = Words("点评审核与评选", "Reviews and award")
        return [
            ConsolePanel("moderate", look, "/moderate", "review.publish"),
            ConsolePanel("answer", Words("点评答复", "Reply to reviews"), "/answer", "case.handle"),
        ]

    @hookimpl
    def public_panels(self) -> Iterable[PublicPanel]:
        """Add the places and the award to the public navigation."""
        return [
            PublicPanel("places", Words("大厅与事项点评", "Reviews of places"), "/places"),
            PublicPanel("awards", Words("整改案例评选", "Improvement award"), "/awards"),
        ]

    @hookimpl
    def scheduled_jobs(self) -> Iterable[ScheduledJob]:
        """Count once a night, finish cut-off cases every ten minutes, forget once a day."""
        return [
            ScheduledJob("count", "10 0 * * *", f"{_PACKAGE}.jobs:count"),
            ScheduledJob("complete", "*/10 * * * *", f"{_PACKAGE}.jobs:complete"),
            ScheduledJob("forget", "40 3 * * *", f"{_PACKAGE}.jobs:forget"),
        ]
