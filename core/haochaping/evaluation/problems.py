"""What can go wrong with a rating, in words that its rater can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from haochaping.hooks.values import Words
from haochaping.problems import Problem


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field of a rating: the field, a stable code, what to do."""

    field: str
    code: str
    detail: Words


class InvalidEvaluation(Problem):
    """The rating cannot be accepted as it is; `faults` names every field at fault."""

    code = "HCP-INVALID-EVALUATION"
    status = 422
    title = Words("评价内容需要修改", "The evaluation needs to be corrected")

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0].detail if self.faults else None
        super().__init__(first)

    def document(self, language: str) -> dict[str, Any]:
        """Return the problem document with all faults under `errors`."""
        errors = [
            {"field": fault.field, "code": fault.code, "detail": fault.detail.into(language)}
            for fault in self.faults
        ]
        return {**super().document(language), "errors": errors}


class BadLink(Problem):
    """The code of a link was not made here, or was mistyped."""

    code = "HCP-BAD-LINK"
    status = 404
    title = Words(
        "评价链接无效，请核对后重试，或拨打政务服务热线评价",
        "This evaluation link is not valid; please check it, or rate by calling the hotline",
    )


class LinkExpired(Problem):
    """The code was made here, but its last day is over."""

    code = "HCP-LINK-EXPIRED"
    status = 410
    title = Words(
        "评价链接已过有效期，您仍可拨打政务服务热线评价",
        "This evaluation link has expired; you can still rate by calling the hotline",
    )


class UnknownOccurrence(Problem):
    """No such service was reported to this platform."""

    code = "HCP-UNKNOWN-OCCURRENCE"
    status = 404
    title = Words(
        "没有找到这次服务，请先推送办件再提交评价",
        "This service is not known here; push the service case before its evaluation",
    )


class TakenUpstream(Problem):
    """This jurisdiction takes ratings on the next platform and through the hotline only."""

    code = "HCP-TAKEN-UPSTREAM"
    status = 409
    title = Words(
        "本地的评价在上级好差评平台或 12345 热线进行，请到那里评价",
        "Ratings of services here are given on the next platform or through the 12345 hotline",
    )


class AlreadyRated(Problem):
    """The service was rated before; which grade it got is not told."""

    code = "HCP-ALREADY-RATED"
    status = 409
    title = Words(
        "这次服务已经评价过，凭回执编号可以查询或修改",
        "This service has been rated already; use the receipt code to see or change the rating",
    )


class NoFollowUp(Problem):
    """A service cannot be rated once more: not answered yet, too late, or never rated."""

    code = "HCP-NO-FOLLOW-UP"
    status = 409
    title = Words(
        "现在不能追评：首次评价的差评还没有答复、追评期限已过，或这次服务没有首次评价",
        "It cannot be rated once more now: the first rating has no answer yet, the time for it"
        " is over, or there is no first rating",
    )


class IdempotencyKeyMissing(Problem):
    """A submission needs a key of its own, so that sending it twice does no harm."""

    code = "HCP-IDEMPOTENCY-KEY-MISSING"
    status = 400
    title = Words(
        "缺少 Idempotency-Key，请为每次评价生成一个唯一的键（1 至 200 个可见字符）",
        "Idempotency-Key is missing: make one unique key per evaluation (1 to 200 visible signs)",
    )


class IdempotencyMismatch(Problem):
    """The key was used before with another content."""

    code = "HCP-IDEMPOTENCY-MISMATCH"
    status = 422
    title = Words(
        "同一个 Idempotency-Key 已用于内容不同的评价，请使用新的键",
        "This Idempotency-Key was used for a different evaluation; use a new key",
    )


class UnknownReceipt(Problem):
    """No rating has this receipt code."""

    code = "HCP-UNKNOWN-RECEIPT"
    status = 404
    title = Words(
        "没有找到这个回执编号，请核对后重试",
        "No evaluation has this receipt code; please check it",
    )


class ChangeClosed(Problem):
    """The time in which a rating may be changed or withdrawn is over."""

    code = "HCP-CHANGE-CLOSED"
    status = 409
    title = Words(
        "已超过可以修改或撤回评价的期限",
        "The time in which this rating could be changed or withdrawn is over",
    )


class NotChangeable(Problem):
    """The rating is in a state in which this cannot be done with it."""

    code = "HCP-NOT-CHANGEABLE"
    status = 409
    title = Words(
        "评价当前的状态不允许这项操作，请刷新后查看",
        "The rating's present state does not allow this; reload to see it",
    )
