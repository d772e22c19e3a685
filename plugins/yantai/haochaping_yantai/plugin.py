"""Yantai: enterprise symposia and open days; the strict rate beside the ordinary one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from haochaping import Plugin, hookimpl
from haochaping.hooks.deployment import (
    ConsolePanel,
    Page,
    PublicPanel,
    Scene,
    ScheduledJob,
    TableSet,
)
from haochaping.hooks.disclosure import BoardSpec, BulletinView, Section
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping_yantai.diary import Diary
    from haochaping_yantai.guests import Guests
    from haochaping_yantai.opinions import Opinions

_PACKAGE = "haochaping_yantai"
_FORM = ("GET", "POST")


class Yantai(Plugin):
    """What Yantai adds: gatherings where opinions are asked for, and a second rate.

    The city holds symposia with enterprises and open days; its development zone publishes
    非常满意度 beside the ordinary rate. How they are run is not published: dates, places
    and capacities are the organizers' own.
    """

    name = "yantai"
    api_version = 1
    title_zh = "烟台：企业座谈会与政务开放日"
    title_en = "Yantai: enterprise symposia and open days"
    config_schema = "config.schema.json"

    @property
    def diary(self) -> Diary:
        """The events of this deployment."""
        from haochaping_yantai.diary import Diary

        return Diary(self.services)

    @property
    def guests(self) -> Guests:
        """Who comes."""
        from haochaping_yantai.guests import Guests

        return Guests(self.services)

    @property
    def opinions(self) -> Opinions:
        """What was said, sorted by the profile's topics."""
        from haochaping_yantai.opinions import Opinions

        return Opinions(self.services, self.topics)

    @property
    def contact_days(self) -> int:
        """Days until a guest's name and number are erased."""
        return int(self.config.get("contact_days", 30))

    @property
    def topics(self) -> Mapping[str, Words]:
        """The topics of opinions: the profile's, or the built-in ones."""
        from haochaping_yantai.opinions import TOPICS

        own = self.config.get("topics", ())
        return {one["name"]: Words(one["zh"], one["en"]) for one in own} or TOPICS

    @hookimpl
    def database_tables(self) -> Iterable[TableSet]:
        """Add the tables of events, guests and opinions."""
        from haochaping_yantai.tables import NEUTRAL, PERSONAL

        names = (f"{_PACKAGE}.tables:metadata", f"{_PACKAGE}.migrations")
        return [TableSet(*names, personal=PERSONAL, neutral=NEUTRAL)]

    @hookimpl
    def web_pages(self) -> Iterable[Page]:
        """Add the public pages and those of the organizers."""
        return [
            *(
                Page(rule, f"{_PACKAGE}.open_pages:{view}", "public", methods)
                for rule, view, methods in _OPEN
            ),
            *(
                Page(rule, f"{_PACKAGE}.desk_pages:{view}", "event.manage", methods)
                for rule, view, methods in _DESK
            ),
        ]

    @hookimpl
    def console_panels(self) -> Iterable[ConsolePanel]:
        """Add the events to the console's navigation."""
        title = Words("座谈会与开放日", "Symposia and open days")
        return [ConsolePanel("events", title, "/events", "event.manage")]

    @hookimpl
    def public_panels(self) -> Iterable[PublicPanel]:
        """Add the events to the public navigation."""
        return [PublicPanel("events", Words("座谈会与开放日", "Events"), "/events")]

    @hookimpl
    def scheduled_jobs(self) -> Iterable[ScheduledJob]:
        """Forget guests every night; finish cut-off opinions every ten minutes."""
        return [
            ScheduledJob("forget", "20 3 * * *", f"{_PACKAGE}.jobs:forget"),
            ScheduledJob("complete", "*/10 * * * *", f"{_PACKAGE}.jobs:complete"),
        ]

    @hookimpl
    def disclosure_boards(self) -> Iterable[BoardSpec]:
        """Add the board by 非常满意度 with the ordinary rate beside it."""
        if not self.config.get("strict_board", True):
            return []
        return [
            BoardSpec(
                name="strict",
                title=Words("非常满意度榜", "Strict satisfaction"),
                subject_kind="organization",
                measure="strict_satisfaction",
                descending=True,
                columns=("satisfaction",),
                note=Words(
                    "“非常满意”占全部评价的比例，与满意度并列公布",
                    "Share of the highest grade, published beside the ordinary rate",
                ),
            )
        ]

    @hookimpl
    def disclosure_sections(self, bulletin: BulletinView) -> Iterable[Section]:
        """Tell a bulletin the strict rate, and what was held and said in its period."""
        from haochaping_yantai.bulletin import sections

        return tuple(sections(bulletin, self.services.lookup, self.topics))

    @hookimpl
    def demonstration_scenes(self) -> Iterable[Scene]:
        """Show an event that was held and one to come in the demonstration."""
        return [Scene("events", f"{_PACKAGE}.demonstration:hold_events")]


_OPEN = (
    ("/events", "listing", ("GET",)),
    ("/events/<code>", "show", _FORM),
    ("/events/registrations/<code>", "registration", _FORM),
    ("/events.ics", "calendar", ("GET",)),
)
_DESK = (
    ("/events", "listing", ("GET",)),
    ("/events/new", "new", _FORM),
    ("/events/<int:number>", "show", _FORM),
    ("/events/<int:number>/change", "change", _FORM),
    ("/events/<int:number>/sheet", "sheet", ("GET",)),
)
