"""Inner Mongolia: registry of malicious raters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from haochaping import Plugin, hookimpl
from haochaping.hooks.deployment import ConsolePanel, Page, Scene, ScheduledJob, TableSet
from haochaping.hooks.evaluation import Admission, Submission, Verdict
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping_inner_mongolia.registry import Registry

_PACKAGE = "haochaping_inner_mongolia"


class InnerMongolia(Plugin):
    """What Inner Mongolia adds to intake: ratings of listed persons are not counted.

    Off unless the profile names the legal document. An excluded rating is stored and
    counted as excluded, and its rater is told so and pointed to the hotline.
    """

    name = "inner_mongolia"
    api_version = 1
    title_zh = "内蒙古：恶意评价人员信息库"
    title_en = "Inner Mongolia: registry of malicious raters"
    config_schema = "config.schema.json"

    @property
    def registry(self) -> Registry:
        """The registry of this deployment."""
        from haochaping_inner_mongolia.registry import Registry

        return Registry(self.config.get("registry", {}), self.services)

    @hookimpl
    def evaluation_admit(self, submission: Submission) -> Admission | None:
        """Exclude the rating of a listed person."""
        registry = self.registry
        if not registry.enabled or submission.person_index is None:
            return None
        if not registry.is_listed(submission.person_index, submission.at):
            return None
        return Admission(Verdict.EXCLUDE, "malicious_rater", self._notice())

    @hookimpl
    def database_tables(self) -> Iterable[TableSet]:
        """Add the registry's tables."""
        from haochaping_inner_mongolia.tables import PERSONAL

        names = (f"{_PACKAGE}.tables:metadata", f"{_PACKAGE}.migrations")
        return [TableSet(*names, personal=PERSONAL)]

    @hookimpl
    def web_pages(self) -> Iterable[Page]:
        """Add the registry's pages."""
        return [
            Page("/registry", f"{_PACKAGE}.pages:show", "registry.decide"),
            Page(
                "/registry/propose",
                f"{_PACKAGE}.pages:propose",
                "registry.propose",
                ("GET", "POST"),
            ),
            Page("/registry/<int:number>", f"{_PACKAGE}.pages:act", "registry.decide", ("POST",)),
        ]

    @hookimpl
    def console_panels(self) -> Iterable[ConsolePanel]:
        """Add the registry to the console's navigation."""
        title = Words("恶意评价人员信息库", "Malicious-rater registry")
        propose = Words("提请列入信息库", "Propose for the registry")
        return [
            ConsolePanel("registry", title, "/registry", "registry.decide"),
            ConsolePanel("propose", propose, "/registry/propose", "registry.propose"),
        ]

    @hookimpl
    def scheduled_jobs(self) -> Iterable[ScheduledJob]:
        """End entries whose term is over, every hour."""
        return [ScheduledJob("expire", "5 * * * *", f"{_PACKAGE}.jobs:expire")]

    @hookimpl
    def demonstration_scenes(self) -> Iterable[Scene]:
        """Show a listed rater and an excluded rating in the demonstration."""
        return [Scene("registry", f"{_PACKAGE}.demonstration:list_a_rater")]

    def _notice(self) -> Words:
        hotline = self.config.get("registry", {}).get("hotline", "12345")
        return Words(
            f"您的评价已保存，但依规不计入统计。如有异议或需要反映问题，请拨打 {hotline}。",
            f"Your rating is kept but, under the rules, not counted. To object, call {hotline}.",
        )
