"""What the hotline operator's page shows at each step of a call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from werkzeug.datastructures import MultiDict

from haochaping.evaluation.forms import Form
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.targets import Target
from haochaping.hooks.values import Channel, Identity, OccurrenceKey, Provenance, RaterRole
from haochaping.web.citizen import choices
from haochaping.web.citizen.contexts import GradeChoice, ReasonForm
from haochaping.web.console import service_card
from haochaping.web.console.service_card import ServiceCard
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _
from haochaping.web.site import site

SELF, AGENT, UNNAMED = "self", "agent", "unnamed"
"""Who is on the line: the applicant, an agent, somebody who does not want to say."""
RECORDING_MAX: Final = 64
_CARRIED: Final = ("token", "caller", "recording")


@dataclass(frozen=True, slots=True)
class CallPage:
    """A step of a call: `say` is read aloud. `hidden` carries what was entered before."""

    step: str
    service: ServiceCard
    say: str
    hidden: tuple[tuple[str, str], ...]
    grades: tuple[GradeChoice, ...] = ()
    reasons: ReasonForm | None = None
    said: tuple[str, ...] = ()
    callers: tuple[tuple[str, str], ...] = ()
    caller: str = SELF
    recording: str = ""
    recording_required: bool = False
    faults: tuple[FieldFault, ...] = ()


def grade_page(form: Form, target: Target, posted: MultiDict[str, str], token: str) -> CallPage:
    """Ask for the grade."""
    service = service_card.card(target)
    return CallPage(
        step="grade",
        service=service,
        say=_question(service),
        hidden=(("token", token),),
        grades=choices.grade_choices(form),
        callers=callers(),
        caller=caller_of(posted),
        recording=posted.get("recording", "")[:RECORDING_MAX],
        recording_required=recording_required(),
    )


def reasons_page(
    form: Form,
    target: Target,
    posted: MultiDict[str, str],
    faults: Iterable[FieldFault] = (),
) -> CallPage:
    """Ask for the reasons of a grade."""
    choice = choices.choice_of(form, posted.get("grade", ""))
    if choice is None:
        return replace(
            grade_page(form, target, posted, posted.get("token", "")), faults=(_no_grade(),)
        )
    shown = choices.reason_form(form, choice, posted, faults)
    ask = (
        _("请问是哪些方面让您不满意？") if choices.is_bad(choice.grade) else _("请问有什么要补充？")
    )
    return CallPage(
        step="reasons",
        service=service_card.card(target),
        say=ask,
        hidden=_hidden(posted, ("grade",)),
        reasons=shown,
        faults=shown.faults,
    )


def read_back_page(form: Form, target: Target, posted: MultiDict[str, str]) -> CallPage:
    """Read back what was understood."""
    choice = choices.choice_of(form, posted.get("grade", ""))
    if choice is None:
        return reasons_page(form, target, posted)
    shown = choices.reason_form(form, choice, posted)
    ticked = [one.label for group in shown.groups for one in group.reasons if one.chosen]
    text = posted.get("text", "").strip()
    said = (shown.grade_label, *ticked, *filter(None, [text]))
    return CallPage(
        step="save",
        service=service_card.card(target),
        say=_("我复述一遍您的评价，请您确认："),
        hidden=(
            *_hidden(posted, ("grade", "text")),
            *(("options", code) for code in choices.posted_options(posted)),
        ),
        said=said,
    )


def draft(key: OccurrenceKey, posted: MultiDict[str, str], idempotency_key: str) -> Draft:
    """Return the rating that the caller gave."""
    caller = caller_of(posted)
    return Draft(
        occurrence=key,
        grade=posted.get("grade", ""),
        options=choices.posted_options(posted),
        text=posted.get("text", ""),
        idempotency_key=idempotency_key,
        client=f"account:{principal().account_id}",
        channel=Channel.HOTLINE,
        provenance=Provenance.HOTLINE_OPERATOR,
        identity=_accepted(Identity.ANONYMOUS if caller == UNNAMED else Identity.PRESUMED),
        rater_role=RaterRole.AGENT if caller == AGENT else RaterRole.APPLICANT,
    )


def callers() -> tuple[tuple[str, str], ...]:
    """Return who can be on the line, as the profile accepts it."""
    rules = site().intake.desk.rules
    offered = (
        (SELF, _("办事人本人"), True),
        (AGENT, _("代办人"), RaterRole.AGENT in rules.roles),
        (UNNAMED, _("不愿表明身份"), Identity.ANONYMOUS in rules.identities),
    )
    return tuple((value, text) for value, text, accepted in offered if accepted)


def caller_of(posted: MultiDict[str, str]) -> str:
    """Return who is on the line as it was posted."""
    given = posted.get("caller", SELF)
    return given if given in (SELF, AGENT, UNNAMED) else SELF


def recording_required() -> bool:
    """Say whether the jurisdiction asks for the number of every call's recording."""
    return bool(site().profile.rules.channels.hotline.recording_required)


def recording_fault(recording: str) -> FieldFault | None:
    """Return what is wrong with a recording's number, None when it is fine or may be absent."""
    if not recording and recording_required():
        return FieldFault("recording", _("请填录音编号：本地规定电话评价须登记录音"))
    fits = all(sign.isascii() and (sign.isalnum() or sign in "-_./:") for sign in recording)
    if fits and len(recording) <= RECORDING_MAX:
        return None
    return FieldFault("recording", _("录音编号只用字母、数字和 - _ . / :，最多 64 个字符"))


def caller_fault(posted: MultiDict[str, str]) -> FieldFault | None:
    """Return what is wrong with who is on the line: somebody the profile does not accept."""
    if caller_of(posted) in dict(callers()):
        return None
    return FieldFault(
        "caller",
        _("本地不接受这类来电人的评价。请来电人说明是本人还是代办人；不愿说明的，不予代录"),
    )


def _accepted(wish: Identity) -> Identity:
    """Return the identity; a presumed one is dropped where none is accepted, none is made up."""
    accepted = site().intake.desk.rules.identities
    dropped = wish not in accepted and Identity.ANONYMOUS in accepted
    return Identity.ANONYMOUS if dropped else wish


def _question(service: ServiceCard) -> str:
    return _(
        "您好，这里是政务服务热线。您于%(day)s在%(where)s办理“%(item)s”，"
        "请您评价这次服务：非常满意、满意、基本满意、不满意，还是非常不满意？",
        day=service.day or _("近日"),
        where=service.where or service.unit,
        item=service.item,
    )


def _hidden(posted: MultiDict[str, str], more: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, posted.get(name, "")) for name in (*_CARRIED, *more))


def _no_grade() -> FieldFault:
    return FieldFault("grades", _("请先选择评价等级"))
