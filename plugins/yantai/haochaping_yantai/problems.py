"""What the plugin refuses, in words."""

from __future__ import annotations

from haochaping.hooks.values import Words
from haochaping.problems import Problem


class NoSuchEvent(Problem):
    """There is no such event, or it is none of the account's."""

    code = "HCP-EVENT-UNKNOWN"
    status = 404
    title = Words("没有这场活动", "There is no such event")


class NoSuchRegistration(Problem):
    """There is no registration under this code."""

    code = "HCP-EVENT-NO-REGISTRATION"
    status = 404
    title = Words(
        "没有找到这个报名号，请核对后再输", "No registration has this code: check it and try again"
    )


class Incomplete(Problem):
    """Something is missing or does not fit."""

    code = "HCP-EVENT-INCOMPLETE"
    status = 422
    title = Words("请把内容填完整", "Please complete what is asked for")


class NotNow(Problem):
    """The event is not in a state that allows this step."""

    code = "HCP-EVENT-STATE"
    status = 409
    title = Words(
        "活动现在的状态不能这样办，请刷新页面查看",
        "The event's present state does not allow this: reload the page",
    )


class RegistrationClosed(Problem):
    """Nobody can register any more."""

    code = "HCP-EVENT-CLOSED"
    status = 409
    title = Words("报名已截止", "Registration is closed")


class AlreadyRegistered(Problem):
    """The number is registered for this event; whose it is, is not said."""

    code = "HCP-EVENT-REGISTERED"
    status = 409
    title = Words(
        "这个手机号已经报过名；忘了报名号，请到现场凭手机号签到",
        "This number is registered already; without the code, check in by number at the door",
    )


REFUSALS = (
    AlreadyRegistered,
    Incomplete,
    NoSuchEvent,
    NoSuchRegistration,
    NotNow,
    RegistrationClosed,
)
"""What a page answers in place, with what was typed kept."""
