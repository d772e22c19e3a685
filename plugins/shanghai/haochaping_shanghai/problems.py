"""What the plugin refuses, in words."""

from __future__ import annotations

from haochaping.doors.votes import NoVote
from haochaping.hooks.values import Words
from haochaping.problems import Problem


class NoSuchReview(Problem):
    """There is no such review, or it is none of the account's."""

    code = "HCP-REVIEW-UNKNOWN"
    status = 404
    title = Words("没有这条点评", "There is no such review")


class NoSuchPlace(Problem):
    """There is no such hall or item."""

    code = "HCP-REVIEW-PLACE"
    status = 404
    title = Words("没有这个大厅或事项", "There is no such hall or item")


class NotServed(Problem):
    """The receipt is not known."""

    code = "HCP-REVIEW-RECEIPT"
    status = 422
    title = Words(
        "没有找到这个回执码：先评价办过的事，再用回执码点评",
        "The receipt code is not known: rate the service first, then review with its code",
    )


class AlreadyReviewed(Problem):
    """The service has been reviewed."""

    code = "HCP-REVIEW-TWICE"
    status = 409
    title = Words(
        "这次办事已经点评过，可以追加点评", "This service was reviewed already: you may add to it"
    )


class Incomplete(Problem):
    """Something is missing or does not fit."""

    code = "HCP-REVIEW-INCOMPLETE"
    status = 422
    title = Words("请把内容填完整", "Please complete what is asked for")


class NotNow(Problem):
    """The state does not allow this step, or the same person would decide twice."""

    code = "HCP-REVIEW-STATE"
    status = 409
    title = Words("现在不能这样办，请刷新页面", "This cannot be done now: reload the page")


REFUSALS = (
    AlreadyReviewed,
    Incomplete,
    NoSuchPlace,
    NoSuchReview,
    NotNow,
    NotServed,
    NoVote,
)
"""What a page answers in place, with what was typed kept."""
