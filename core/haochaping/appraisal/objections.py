"""Objections: raised by the unit or the person within days, decided by somebody outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from haochaping.access import accounts
from haochaping.appraisal import entries, measures, stages
from haochaping.appraisal.measures import Target
from haochaping.appraisal.problems import AppraisalIncomplete, AppraisalRefused
from haochaping.appraisal.rules import AppraisalRules, Due
from haochaping.appraisal.tables import appraisal_objection
from haochaping.delivery import messages
from haochaping.grading import appraisal as awarding
from haochaping.grading import periods, scoring
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Period, Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event

RAISED: Final = "appraisal.objected"
DECIDED: Final = "appraisal.decided"
"""Kinds of the events in the journal."""
OPEN, UPHELD, REJECTED = "open", "upheld", "rejected"
SCORE: Final = "score"
_MATTER: Final = re.compile(r"(award|measure):([0-9]{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection as it is kept; `points` are hundredths that an upheld one adds."""

    id: int
    target: Target
    organization_id: int
    matter: str
    reason: str
    evidence: tuple[str, ...]
    raised_by: int
    raised_at: datetime
    due_at: datetime
    state: str
    decision: str
    points: int
    decided_by: int | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Raised:
    """What the objector fills in; `organization_id` is the unit that the subject belongs to."""

    organization_id: int
    matter: str
    reason: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the decider fills in: upheld or rejected, why, and points that it adds (text)."""

    state: str
    reason: str
    points: str = ""


@dataclass(frozen=True, slots=True)
class Court:
    """Takes objections in and decides them."""

    rules: AppraisalRules
    due: Due
    emit: Emit

    def raise_one(
        self, conn: Connection, target: Target, raised: Raised, by: tuple[int, datetime]
    ) -> int:
        """Store an objection while the time for it runs; the same matter is objected to once.

        Raises AppraisalRefused, AppraisalIncomplete.
        """
        account_id, at = by
        reason, links = entries.reason_of(raised.reason), entries.links_of(raised.evidence)
        if not stages.state(conn, target.period).accepts_objections(at):
            raise AppraisalRefused(Words("不在异议期内", "Objections are not possible now"))
        if not _is_matter(conn, target, raised.matter):
            raise AppraisalIncomplete(
                Words("请选择对哪一项有异议", "Choose what you object to"), field="matter"
            )
        if about(conn, target, raised.matter) is not None:
            raise AppraisalRefused(
                Words("这一项已经提出过异议", "This has been objected to already")
            )
        number = new_id()
        row = {
            "id": number,
            "period": target.period.name,
            "subject_kind": target.subject_kind,
            "subject_id": target.subject_id,
            "organization_id": raised.organization_id,
            "matter": raised.matter,
            "reason": reason,
            "evidence": links,
            "raised_by": account_id,
            "raised_at": at,
            "due_at": self.due(at, self.rules.decisions),
            "state": OPEN,
        }
        conn.execute(insert(appraisal_objection).values(**row))
        self._tell(conn, RAISED, target, number, by)
        messages.queue(conn, _to_supervisor(number, raised.organization_id, target), at)
        return number

    def decide(
        self, conn: Connection, number: int, verdict: Verdict, by: tuple[int, datetime]
    ) -> Objection:
        """Decide an objection, once, by somebody outside of the unit who did not raise it.

        Raises AppraisalRefused, AppraisalIncomplete.
        """
        account_id, at = by
        found = find(conn, number)
        if found is None or found.state != OPEN:
            raise AppraisalRefused(Words("该异议已裁定或不存在", "It has been decided already"))
        if not may_decide(conn, found, account_id):
            raise AppraisalRefused(
                Words(
                    "异议须由该单位以外、且不是提出异议的人裁定",
                    "An objection is decided by a person outside the unit who did not raise it",
                )
            )
        if verdict.state not in (UPHELD, REJECTED):
            raise AppraisalIncomplete(
                Words("请选择成立或不成立", "Choose upheld or rejected"), field="state"
            )
        values = {
            "state": verdict.state,
            "decision": entries.reason_of(verdict.reason),
            "points": entries.points_of(verdict.points) if verdict.state == UPHELD else 0,
            "decided_by": account_id,
            "decided_at": at,
        }
        own = appraisal_objection.c
        statement = update(appraisal_objection).where(own.id == number, own.state == OPEN)
        if conn.execute(statement.values(**values)).rowcount != 1:
            raise AppraisalRefused(Words("该异议已裁定", "It has been decided already"))
        self._tell(conn, DECIDED, found.target, number, by, state=verdict.state)
        messages.queue(conn, _to_objector(found), at)
        return found

    def _tell(
        self,
        conn: Connection,
        kind: str,
        target: Target,
        number: int,
        by: tuple[int, datetime],
        **more: str,
    ) -> None:
        subject = f"appraisal:{target.period.name}:{target.subject_kind}:{target.subject_id}"
        payload = {"objection": number, "account": by[0], **more}
        self.emit(conn, Event(kind, subject, payload), by[1])


def may_decide(conn: Connection, found: Objection, account_id: int) -> bool:
    """Say whether an account is outside of the unit and did not raise the objection itself."""
    return account_id != found.raised_by and accounts.outside(
        conn, account_id, found.organization_id
    )


def find(conn: Connection, number: int) -> Objection | None:
    """Return an objection, None when there is none."""
    statement = select(appraisal_objection).where(appraisal_objection.c.id == number)
    row = conn.execute(statement).one_or_none()
    return None if row is None else _read(row)


def about(conn: Connection, target: Target, matter: str) -> Objection | None:
    """Return the objection to one matter of a subject, None without one."""
    own = appraisal_objection.c
    row = conn.execute(
        select(appraisal_objection).where(
            own.period == target.period.name,
            own.subject_kind == target.subject_kind,
            own.subject_id == target.subject_id,
            own.matter == matter,
        )
    ).one_or_none()
    return None if row is None else _read(row)


def of(
    conn: Connection, period: Period, kind: str, ids: Sequence[int] | None = None
) -> dict[int, list[Objection]]:
    """Return the objections about subjects of a kind in a period, by subject, oldest first."""
    own = appraisal_objection.c
    statement = select(appraisal_objection).where(
        own.period == period.name, own.subject_kind == kind
    )
    if ids is not None:
        statement = statement.where(own.subject_id.in_(ids))
    found: dict[int, list[Objection]] = {}
    for row in conn.execute(statement.order_by(own.raised_at, own.id)):
        found.setdefault(row.subject_id, []).append(_read(row))
    return found


def waiting(conn: Connection, limit: int = 200) -> tuple[Objection, ...]:
    """Return the objections that wait for a decision, the most urgent first."""
    own = appraisal_objection.c
    statement = (
        select(appraisal_objection)
        .where(own.state == OPEN)
        .order_by(own.due_at, own.id)
        .limit(limit)
    )
    return tuple(_read(row) for row in conn.execute(statement))


def _is_matter(conn: Connection, target: Target, matter: str) -> bool:
    """Say whether there is what is objected to: the score, an award, a measure that stands."""
    if matter == SCORE:
        return scoring.one(conn, target.period, target.subject_kind, target.subject_id) is not None
    found = _MATTER.fullmatch(matter)
    if found is None or int(found[2]) >= 2**63:
        return False
    number, kind, subject = int(found[2]), target.subject_kind, target.subject_id
    if found[1] == "award":
        awards = awarding.awards_of(conn, target.period, kind, [subject])
        return any(each.no == number for each in awards)
    measure = measures.find(conn, number)
    return measure is not None and measure.target == target and not measure.withdrawn


def _read(row: Any) -> Objection:
    return Objection(
        id=row.id,
        target=Target(periods.parse(row.period), row.subject_kind, row.subject_id),
        organization_id=row.organization_id,
        matter=row.matter,
        reason=row.reason,
        evidence=tuple(row.evidence),
        raised_by=row.raised_by,
        raised_at=row.raised_at,
        due_at=row.due_at,
        state=row.state,
        decision=row.decision,
        points=row.points,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def page_of(target: Target) -> str:
    """Return the address of a subject's explanation page."""
    return f"{stages.PAGE}/{target.period.name}/{target.subject_kind}/{target.subject_id}"


def _to_supervisor(number: int, organization_id: int, target: Target) -> OutgoingMessage:
    return OutgoingMessage(
        business_id=f"appraisal:objection:{number}",
        to="supervisor",
        organization_id=organization_id,
        gateway="inbox",
        subject=Words("考核结果有异议待裁定", "An objection waits for a decision"),
        body=Words(
            f"{target.period.name} 的考核结果有异议，请由该单位以外的人员裁定。",
            f"There is an objection to a result of {target.period.name}; it is decided by"
            " somebody outside the unit.",
        ),
        link=page_of(target),
    )


def _to_objector(found: Objection) -> OutgoingMessage:
    return OutgoingMessage(
        business_id=f"appraisal:decision:{found.id}",
        to=f"account:{found.raised_by}",
        organization_id=None,
        gateway="inbox",
        subject=Words("您提出的异议已裁定", "Your objection has been decided"),
        body=Words(
            f"{found.target.period.name} 考核结果的异议已裁定，请查看结果和理由。",
            f"Your objection to a result of {found.target.period.name} has been decided; see the"
            " outcome and its reason.",
        ),
        link=page_of(found.target),
    )
