"""Inner Mongolia: registry of malicious raters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from haochaping import Plugin, hookimpl
from haochaping.hooks.deployment import ConsolePanel, Page, Scene, ScheduledJob, TableSet
from haochaping.hooks.evaluation import Admission, Submission, Verdict
from haochaping.hooks.values import Words
from haochaping_inner_mongolia.states import APPEAL_PATH, REASON

if TYPE_CHECKING:
    from haochaping_inner_mongolia.candidates import Candidates
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

    @property
    def candidates(self) -> Candidates:
        """What a person should look into."""
        from haochaping_inner_mongolia.candidates import Candidates

        return Candidates(self.config.get("registry", {}), self.services)

    @hookimpl
    def evaluation_admit(self, submission: Submission) -> Admission | None:
        """Exclude the rating of a listed person."""
        registry = self.registry
        if not registry.enabled or submission.person_index is None:
            return None
        if not registry.is_listed(submission.person_index, submission.at):
            return None
        return Admission(Verdict.EXCLUDE, REASON, self._notice())

    @hookimpl
    def database_tables(self) -> Iterable[TableSet]:
        """Add the registry's tables."""
        from haochaping_inner_mongolia.tables import NEUTRAL, PERSONAL

        names = (f"{_PACKAGE}.tables:metadata", f"{_PACKAGE}.migrations")
        return [TableSet(*names, personal=PERSONAL, neutral=NEUTRAL)]

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
            Page("/registry/<int:number>/notice", f"{_PACKAGE}.desk:notice", "registry.decide"),
            Page("/candidates", f"{_PACKAGE}.desk:candidates", "registry.propose"),
            Page(
                "/candidates/<int:number>",
                f"{_PACKAGE}.desk:dismiss",
                "registry.propose",
                ("POST",),
            ),
            Page("/effect", f"{_PACKAGE}.effect:show", "registry.decide"),
            Page("/effect.xlsx", f"{_PACKAGE}.effect:export", "registry.decide"),
            Page("/excluded", f"{_PACKAGE}.desk:excluded", "registry.decide"),
            Page(
                "/excluded/<rating>",
                f"{_PACKAGE}.desk:substance",
                "registry.decide",
                ("GET", "POST"),
            ),
            Page("/appeal", f"{_PACKAGE}.open_pages:appeal", "public", ("GET", "POST")),
        ]

    @hookimpl
    def console_panels(self) -> Iterable[ConsolePanel]:
        """Add the registry to the console's navigation."""
        title = Words("恶意评价人员信息库", "Malicious-rater registry")
        propose = Words("提请列入信息库", "Propose for the registry")
        seen = Words("待核查的评价规律", "Patterns to look into")
        kept = Words("不计入的评价", "Ratings kept out")
        effect = Words("信息库影响统计", "Effect of the registry")
        return [
            ConsolePanel("registry", title, "/registry", "registry.decide"),
            ConsolePanel("propose", propose, "/registry/propose", "registry.propose"),
            ConsolePanel("candidates", seen, "/candidates", "registry.propose"),
            ConsolePanel("excluded", kept, "/excluded", "registry.decide"),
            ConsolePanel("effect", effect, "/effect", "registry.decide"),
        ]

    @hookimpl
    def scheduled_jobs(self) -> Iterable[ScheduledJob]:
        """End entries in time, make good what was interrupted, look for candidates."""
        return [
            ScheduledJob("expire", "5 * * * *", f"{_PACKAGE}.jobs:expire"),
            ScheduledJob("catch_up", "*/10 * * * *", f"{_PACKAGE}.jobs:catch_up"),
            ScheduledJob("candidates", "40 2 * * *", f"{_PACKAGE}.jobs:find_candidates"),
        ]

    @hookimpl
    def demonstration_scenes(self) -> Iterable[Scene]:
        """Show a listed rater and an excluded rating in the demonstration."""
        return [Scene("registry", f"{_PACKAGE}.demonstration:list_a_rater")]

    def _notice(self) -> Words:
        registry = self.config.get("registry", {})
        hotline, basis = registry.get("hotline", "12345"), registry.get("legal_basis", "")
        return Words(
            f"您的评价已保存，但依据{basis}，您现被列入恶意评价人员信息库，本次评价不计入统计。"
            f"如有问题需要解决，请拨打 {hotline}；"
            f"如有异议，可凭本回执编号在 {APPEAL_PATH} 申诉。",
            "Your rating is kept but not counted: "
            f"under {basis} you are in the registry of malicious raters. "
            f"If something needs to be solved, call {hotline}; "
            f"to appeal, go to {APPEAL_PATH} with this receipt code.",
        )
