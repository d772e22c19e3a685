"""Telling raters: that there is a reply, and asking for their answer to a visit.

What a rater is told goes the way the rating came: by SMS to who rated by SMS or telephone,
on the page of the receipt to everybody else, whose way leads there already, and in WeChat to
who agreed to it. Messages name the case and never repeat what was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.delivery import bindings
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.rectification.context import Context
from haochaping.rectification.origins import EVALUATION
from haochaping.rectification.records import Case
from haochaping.rectification.timeline import Entry, record

SMS: Final = "sms"
WECHAT: Final = "wechat"
_BY_SMS: Final = frozenset({"sms", "hotline"})
_ASK: Final = Words("请评价处理结果。", "Please tell us what you think of the result.")
_TOLD: Final = Words(
    "您反映的问题已有处理结果，请凭评价回执编号查看；如不认可，可在期限内要求重新办理。",
    "What you reported has been dealt with: see the result with the code of your receipt."
    " If you do not accept it, you can have the case reopened in time.",
)

_APPEALED: Final = Words(
    "承办单位认为您的评价有误并提出申诉，由该单位以外的人员审核。您可以凭评价回执编号说明情况，"
    "审核人会看到。",
    "The unit holds that your review is mistaken and has appealed; people outside the unit decide."
    " With the code of your receipt you can state your view, and they will read it.",
)
_VOID: Final = Words(
    "经两名单位以外的人员审核，您的评价被认定无效，不计入统计，评价仍然保存。如有异议，可凭评价回执编号查看后"
    "向监督部门反映。",
    "Two people outside the unit found your review void; it does not count and is kept."
    " If you object, see it with the code of your receipt and turn to the supervisors.",
)


@dataclass(frozen=True, slots=True)
class _To:
    """Whom a message goes to, and by which gateway."""

    receiver: str
    gateway: str


def tell_appeal(context: Context, conn: Connection, case: Case, at: datetime) -> str:
    """Tell the rater that the unit appeals; return the way: `sms` or `receipt`."""
    return _tell(context, conn, case, (f"appealed:{case.round}", _APPEALED), at)


def tell_void(context: Context, conn: Connection, case: Case, at: datetime) -> str:
    """Tell the rater that the rating is void; return the way: `sms` or `receipt`."""
    return _tell(context, conn, case, ("void", _VOID), at)


def tell_result(context: Context, conn: Connection, case: Case, at: datetime) -> str:
    """Tell the rater that the unit has replied; return the way: `sms` or `receipt`."""
    way = _tell(context, conn, case, (f"told:{case.round}", _TOLD), at)
    record(conn, case, Entry(at, "told", details={"by": way}))
    return way


def ask_by_message(
    context: Context, conn: Connection, case: Case, visit: Mapping[str, Any], at: datetime
) -> bool:
    """Send the link of a visit by SMS or WeChat; False when nobody can be reached that way.

    In WeChat only who agreed to it: to others the office sends the link from its own account.
    """
    if visit["by"] == WECHAT:
        return _ask_in_wechat(context, conn, case, visit, at)
    if visit["by"] != SMS:
        return False
    person = _person(conn, case)
    if person is None:
        return False
    words = context.rules.visiting.scripts.get(SMS, _ASK)
    path = f"/visit/{visit['code']}"
    address = f"{context.site.rstrip('/')}{path}"
    text = Words(f"{words.zh}{address}", f"{words.into('en')} {address}")
    to = _To(f"person:{person}", SMS)
    context.notify(conn, _message(case, f"visit:{visit['id']}", to, text, path), at)
    return True


def _ask_in_wechat(
    context: Context, conn: Connection, case: Case, visit: Mapping[str, Any], at: datetime
) -> bool:
    to = _bound(conn, case)
    if to is None:
        return False
    words = context.rules.visiting.scripts.get(WECHAT, _ASK)
    what, path = f"visit:{visit['id']}", f"/visit/{visit['code']}"
    context.notify(conn, _message(case, what, to, words, path), at)
    return True


def _tell(
    context: Context, conn: Connection, case: Case, what: tuple[str, Words], at: datetime
) -> str:
    """Tell the rater by SMS when the rating came that way, in WeChat when that was agreed to.

    The receipt's page says it to everybody. Returns the first way that was taken.
    """
    bound, person = _bound(conn, case), _person(conn, case, _BY_SMS)
    if bound is not None:
        context.notify(conn, _message(case, what[0], bound, what[1], "/mine"), at)
    if person is not None:
        to = _To(f"person:{person}", SMS)
        context.notify(conn, _message(case, what[0], to, what[1]), at)
    return SMS if person is not None else "receipt" if bound is None else WECHAT


def _bound(conn: Connection, case: Case) -> _To | None:
    """Return where a rater who agreed is reached in WeChat, None without consent."""
    if case.origin_kind != EVALUATION:
        return None
    found = bindings.of(conn, (case.region, case.served_month, case.origin_id))
    return None if found is None else _To(found.receiver, found.gateway)


def _person(conn: Connection, case: Case, channels: frozenset[str] | None = None) -> int | None:
    """Return who rated, None when unknown or when the rating came by another channel."""
    if case.origin_kind != EVALUATION or case.evaluation_id is None:
        return None
    statement = select(evaluation.c.person_id, evaluation.c.channel).where(
        evaluation.c.region == case.region,
        evaluation.c.served_month == case.served_month,
        evaluation.c.id == case.evaluation_id,
    )
    row = conn.execute(statement).one_or_none()
    if row is None or (channels is not None and row.channel not in channels):
        return None
    person: int | None = row.person_id
    return person


def _message(case: Case, what: str, to: _To, words: Words, link: str = "") -> OutgoingMessage:
    return OutgoingMessage(
        business_id=f"case:{case.public_id}:{what}",
        to=to.receiver,
        organization_id=None,
        gateway=to.gateway,
        subject=Words("差评处理结果", "The result of your review"),
        body=words,
        link=link,
    )
