"""The privacy notice: who, why, what, how long, rights and contact; its version is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flask import render_template

from haochaping.evaluation import notice
from haochaping.messages import N_
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "person": N_("姓名、证件号和电话，从最后一次办事或评价起"),
        "words": N_("您写的话"),
        "message": N_("发给您的短信"),
        "photo": N_("您上传的照片"),
    }
)
"""What is kept for a number of days, in words."""


@dataclass(frozen=True, slots=True)
class NoticePage:
    """What the notice takes from the profile."""

    version: str
    controller: str
    contact: str
    kept: tuple[tuple[str, int], ...]


@route(citizen, "/privacy")
def privacy() -> str:
    """Say who records what, why, for how long, and what raters may ask for."""
    rules = site().profile.rules.privacy
    page = NoticePage(
        version=notice.version(rules),
        controller=words(rules.controller),
        contact=words(rules.contact),
        kept=tuple((_(KINDS[kind]), days) for kind, days in rules.keep_days.items()),
    )
    return render_template("citizen/privacy.html", page=page)
