"""Chongqing: follow-up visits by phone, text message, WeChat or in person."""

from __future__ import annotations

from collections.abc import Iterable

from haochaping import Plugin, hookimpl
from haochaping.hooks.rectification import CaseView, Visit
from haochaping_chongqing.ways import visit_for


class Chongqing(Plugin):
    """What Chongqing adds to the follow-up of bad reviews.

    Districts visit the rater after the reply by phone, text message, WeChat or in person;
    which way fits whom was not published and stands in the profile. Deadlines, the daily
    sample and the scripts are the profile's as well, carried out by the core.
    """

    name = "chongqing"
    api_version = 1
    title_zh = "重庆：四种方式回访"
    title_en = "Chongqing: four ways of follow-up visits"
    config_schema = "config.schema.json"

    @hookimpl
    def rectification_visits(self, case: CaseView) -> Iterable[Visit]:
        """Return the visit that the profile's rules choose for the case."""
        chosen = visit_for(self.config, case)
        return [] if chosen is None else [chosen]
