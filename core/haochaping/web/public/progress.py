"""`/cases/<public-id>`: how a bad review is being put right, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from flask import Response

from haochaping.disclosure.home import STATES
from haochaping.evaluation import prompting
from haochaping.hooks.values import Words
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.rectification import publicly
from haochaping.rectification.publicly import PublicCase
from haochaping.web import formats
from haochaping.web.i18n import _, words
from haochaping.web.public import answers
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import CasePage, CaseStep
from haochaping.web.public.opinions import TONES
from haochaping.web.routes import route
from haochaping.web.site import site

ANSWERED: Final = ("replied", "closed")
STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {"verifying": N_("核实"), "rectifying": N_("整改"), "replied": N_("答复"), "closed": N_("办结")}
)
"""The way of a case by public state."""


class UnknownCase(Problem):
    """No case that the public may see has this number."""

    code = "HCP-UNKNOWN-PUBLIC-CASE"
    status = 404
    title = Words("没有找到这个编号", "No case has this number")


@route(public, "/cases/<public_id>")
def case(public_id: str) -> Response:
    """Show where a case stands, when it is due and the published reply."""
    answers.look()
    now = site().clock.now()
    with site().reading() as conn:
        found = publicly.by_public_id(conn, public_id, now)
    if found is None:
        raise UnknownCase(
            Words(
                "编号可能不完整，或者单位还没有收到。请核对后再试。",
                "The number may be incomplete, or the unit has not received the case yet.",
            )
        )
    return answers.page("public/case.html", page=_page(found, now))


def _page(found: PublicCase, now: datetime) -> CasePage:
    overdue = found.state not in ANSWERED and now >= found.due_at
    return CasePage(
        number=found.public_id,
        state=_("已逾期") if overdue else words(STATES[found.state]),
        tone="bad" if overdue else TONES[found.state],
        lead=_lead(found, overdue),
        steps=_steps(found),
        due=_due(found),
        replied=formats.day(found.replied_at),
        reply=found.reply,
        origin=_origin(found),
    )


def _origin(found: PublicCase) -> str:
    """Say how the rating behind a case came about; not by which channel, which tells of whom."""
    return words(prompting.WORDS[found.came]) if found.came else ""


def _lead(found: PublicCase, overdue: bool) -> str:
    if overdue:
        return _("单位应在 %(day)s 前答复，已逾期，正在督办。", day=formats.day(found.due_day))
    if found.closed:
        return _("这条差评已经办结。")
    if found.state == "replied":
        return _("单位已经答复，等待评价人确认。")
    return _("单位最晚 %(day)s 答复。", day=formats.day(found.due_day))


def _due(found: PublicCase) -> str:
    day = formats.day(found.due_day)
    return _("%(day)s（节假日安排公布后确定）", day=day) if found.provisional else day


def _steps(found: PublicCase) -> tuple[CaseStep, ...]:
    names = tuple(STEPS)
    reached = names.index(found.state)
    late = _("超过期限后答复") if found.late else ""
    return tuple(
        CaseStep(
            _(STEPS[name]),
            "now" if place == reached else "done" if place < reached else "next",
            late if name == "replied" else "",
        )
        for place, name in enumerate(names)
    )
