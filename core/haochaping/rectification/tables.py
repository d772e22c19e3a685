"""Tables of the rectification room."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from haochaping.store.tables import table
from haochaping.store.types import Blob, Day, Flag, Id, Int, Json, Moment, Words


def _open_index(name: str, owner: Table, *columns: str) -> Index:
    """Index open cases only: they are few, whatever the number of closed ones."""
    still_open = owner.c.closed_at.is_(None)
    picked: list[Column[Any]] = [owner.c[column] for column in columns]
    return Index(name, *picked, sqlite_where=still_open, postgresql_where=still_open)


rectification_case: Final = table(
    "rectification_case",
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("id", Id, nullable=False, autoincrement=False),
    Column("public_id", Words, nullable=False),
    Column("origin_kind", Words, nullable=False),
    Column("origin_id", Id, nullable=False),
    Column("evaluation_id", Id),  # the chain's newest evaluation
    Column("occurrence_id", Id),
    Column("organization_id", Id, nullable=False),  # leads
    Column("rated_organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("window_id", Id),
    Column("staff_id", Id),
    Column("item_id", Id),
    Column("queue", Words, nullable=False),  # unit | hotline | below
    Column("grade", Int, nullable=False),
    Column("options", Json, nullable=False),
    Column("identity", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("complexity", Words, nullable=False),
    Column("outcome", Words),
    Column("opened_at", Moment, nullable=False),  # deadlines count from here
    Column("visible_at", Moment, nullable=False),  # the unit sees the case from here on
    Column("contacted_at", Moment),
    Column("replied_at", Moment),  # the newest reply
    Column("first_replied_at", Moment),
    Column("closed_at", Moment),
    Column("due_at", Moment, nullable=False),  # exclusive bound of the running round
    Column("due_day", Day, nullable=False),
    Column("first_due_at", Moment, nullable=False),  # what "on time" is judged by
    Column("provisional", Flag, nullable=False),
    Column("late", Flag, nullable=False),  # a reply came after its due moment, in any round
    Column("round", Int, nullable=False),  # 0, then one more with every new start
    Column("reopened", Int, nullable=False),
    Column("confirm", Words),  # amended | withdrawn: waits for the supervisor's side
    Column("plan", Json, nullable=False),  # durations and warning rungs it runs by
    Column("plan_no", Int, nullable=False),
    Column("plan_failure", Words),
    Column("version", Int, nullable=False),
    Column("transfers", Int, nullable=False, server_default="0"),
    Column("extension", Json),  # approved ones of the running round, as durations
    Column("assignee_id", Id),  # the account that works on it, None: whoever comes first
    PrimaryKeyConstraint("region", "served_month", "id"),
    UniqueConstraint("id"),
    UniqueConstraint("public_id"),
    UniqueConstraint("origin_kind", "origin_id"),
    Index("ix_rectification_case_opened_at", "opened_at"),
    Index("ix_rectification_case_first_due_at", "first_due_at"),
    Index("ix_rectification_case_first_replied_at", "first_replied_at"),
    Index("ix_rectification_case_occurrence", "occurrence_id"),
)
"""A case of rectification (整改工单), opened by a bad rating, an opinion or a ticket. `region` and
`served_month` never change; `due_at` is the exclusive bound of the running round."""
_open_index("ix_rectification_case_open", rectification_case, "due_at", "id")
_open_index(
    "ix_rectification_case_open_organization",
    rectification_case,
    "organization_id",
    "due_at",
    "id",
)
_open_index("ix_rectification_case_open_region", rectification_case, "region", "due_at", "id")

case_deadline: Final = table(
    "case_deadline",
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("round", Int, nullable=False),
    Column("kind", Words, nullable=False),
    Column("level", Int, nullable=False),  # 0 is the due moment, others are warning rungs
    Column("to", Words, nullable=False),
    Column("gateways", Json, nullable=False),
    Column("text", Json),
    Column("rule", Json, nullable=False),  # the duration it was computed from
    Column("start_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("due_day", Day, nullable=False),
    Column("provisional", Flag, nullable=False),
    Column("lines", Json, nullable=False),
    Column("source", Words, nullable=False),
    Column("state", Words, nullable=False),  # pending | reached | met | dropped
    Column("reached_at", Moment),
    PrimaryKeyConstraint("case_id", "round", "kind", "level"),
)
"""Due moments and warning rungs of a round, with the rule and the calendar lines behind each."""
_pending = (case_deadline.c.provisional == 1) & (case_deadline.c.state == "pending")
Index(
    "ix_case_deadline_provisional",
    case_deadline.c.case_id,
    sqlite_where=_pending,
    postgresql_where=_pending,
)

case_event: Final = table(
    "case_event",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", Words, nullable=False),
    Column("account_id", Id),
    Column("from_state", Words),
    Column("to_state", Words),
    Column("note", Words),  # staff's own words, for staff
    Column("public_note", Words),  # shown to the rater
    Column("details", Json),
    Index("ix_case_event_case", "case_id", "id"),
)
"""What happened to a case, step by step, by whom; shown to staff, in part to the rater."""

case_message: Final = table(
    "case_message",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    Column("side", Words, nullable=False),  # rater | unit
    Column("kind", Words, nullable=False),  # message | contest | objection
    Column("account_id", Id),
    Column("text_sealed", Blob, nullable=False),
    Column("text_key_id", Id),
    Column("idempotency_key", Words, nullable=False, unique=True),
    Index("ix_case_message_case", "case_id", "id"),
)
"""What rater and unit wrote to each other about a case, encrypted."""

case_contact: Final = table(
    "case_contact",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("by", Words, nullable=False),  # phone | relay | in_person
    Column("reached", Flag, nullable=False),
    Column("note_sealed", Blob),
    Column("note_key_id", Id),
    Index("ix_case_contact_case", "case_id", "id"),
)
"""Attempts to reach the rater, and what was learnt."""

case_reply: Final = table(
    "case_reply",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("round", Int, nullable=False),
    Column("outcome", Words, nullable=False),  # rectified | explained
    Column("text", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("published", Flag, nullable=False),
    Column("aside", Words, nullable=False, server_default=""),  # why a publisher keeps it back
    Index("ix_case_reply_case", "case_id", "id"),
)
"""Replies of a unit (答复); `published` once it may be read by everybody."""

case_appeal: Final = table(
    "case_appeal",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("kind", Words, nullable=False),  # mistaken | malicious
    Column("reason_sealed", Blob, nullable=False),
    Column("reason_key_id", Id),
    Column("filed_at", Moment, nullable=False),
    Column("filed_by", Id, nullable=False),
    Column("state", Words, nullable=False),  # filed | endorsed | upheld | rejected | dropped
    Column("endorsed_by", Id),
    Column("endorsed_at", Moment),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("decision", Words),
    Column("due_at", Moment),  # exclusive bound of the decision
    Index("ix_case_appeal_case", "case_id", "id"),
    Index("ix_case_appeal_decided_at", "decided_at"),
)
"""Appeals of a rated unit (申诉) that a rating was mistaken or malicious, and what was decided."""

case_visit: Final = table(
    "case_visit",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("round", Int, nullable=False),
    Column("by", Words, nullable=False),  # phone | sms | wechat | in_person
    Column("due_at", Moment, nullable=False),
    Column("provisional", Flag, nullable=False),
    Column("reason", Words, nullable=False),
    Column("state", Words, nullable=False),  # due | done
    Column("done_at", Moment),
    Column("account_id", Id),  # None when the rater answered alone
    Column("satisfied", Flag),
    Column("note_sealed", Blob),
    Column("note_key_id", Id),
    Column("kind", Words, nullable=False, server_default="rule"),  # rule | sample | second
    Column("attempts", Int, nullable=False, server_default="0"),  # in vain
    Column("place", Words),  # of a visit in person
    Column("meet_at", Moment),
    Column("code", Words),  # opens the rater's own answer page
    Column("outcome", Words),  # satisfied | unsatisfied | unreachable
    UniqueConstraint("case_id", "round", "by", "kind"),
    UniqueConstraint("code"),
    Index("ix_case_visit_state", "state", "due_at"),
    Index("ix_case_visit_done_at", "done_at"),
)
"""Return visits (回访): due by rule, drawn by sample, or a second one, with what the rater said."""

visit_sample: Final = table(
    "visit_sample",
    Column("day", Day, primary_key=True),  # on which the cases ended
    Column("seed", Words, nullable=False),
    Column("share", Words, nullable=False),
    Column("population", Json, nullable=False),  # ids of the cases drawn from, in order
    Column("drawn", Json, nullable=False),
    Column("at", Moment, nullable=False),
)
"""The draw of closed cases for return visits of a day: seed, population and who was drawn."""

case_joint: Final = table(
    "case_joint",
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("task", Words),
    Column("due_at", Moment),  # exclusive bound of the partner's own task
    Column("asked_by", Id),
    Column("asked_at", Moment),
    Column("state", Words, nullable=False, server_default="named"),  # named | open | done | dropped
    Column("result", Words),
    Column("done_by", Id),
    Column("done_at", Moment),
    PrimaryKeyConstraint("case_id", "organization_id"),
    Index("ix_case_joint_organization", "organization_id"),
)
"""Partner units of a case that several answer for, each with its task and its own due moment."""

case_finding: Final = table(
    "case_finding",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("truth", Words, nullable=False),  # true | partly | untrue | unclear
    Column("reasonable", Flag, nullable=False),
    Column("malicious", Flag, nullable=False),  # suspected
    Column("handling", Words, nullable=False),  # immediate | ledger | explain
    Column("responsible", Words, nullable=False),
    Column("organization_id", Id),  # the back office that is responsible
    Column("item_id", Id),
    Column("cause", Words, nullable=False),
    Column("improvement", Words),  # what lasts beyond the case
    Column("process", Words),  # what part of the process was looked into
    Index("ix_case_finding_case", "case_id", "id"),
    Index("ix_case_finding_cause", "item_id", "cause", "at"),
)
"""What checking a bad rating found: true or not, who is responsible, causes, what lasts."""

case_finding_unit: Final = table(
    "case_finding_unit",
    Column("region", Words, nullable=False),
    Column("finding_id", Id, nullable=False),
    Column("no", Int, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("share", Int),
    PrimaryKeyConstraint("finding_id", "no"),
)
"""The back offices that a finding names, the one that leads first; `share` is in per cent."""

case_extension: Final = table(
    "case_extension",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("round", Int, nullable=False),
    Column("count", Int, nullable=False),
    Column("unit", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("asked_by", Id, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("state", Words, nullable=False),  # asked | granted | refused
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Index("ix_case_extension_case", "case_id", "id"),
)
"""Extensions of a deadline that were asked for, and what was decided."""

audit_sample: Final = table(
    "audit_sample",
    Column("day", Day, primary_key=True),  # on which the appeals were decided
    Column("seed", Words, nullable=False),
    Column("share", Words, nullable=False),
    Column("population", Json, nullable=False),  # ids of the appeals drawn from, in order
    Column("drawn", Json, nullable=False),
    Column("at", Moment, nullable=False),
)
"""The draw of decided appeals to be looked at again: seed, population and what was drawn."""

appeal_audit: Final = table(
    "appeal_audit",
    Column("appeal_id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("drawn_at", Moment, nullable=False),
    Column("state", Words, nullable=False),  # due | done
    Column("outcome", Words),  # right | wrong
    Column("account_id", Id),
    Column("done_at", Moment),
    Column("note", Words),
    Index("ix_appeal_audit_state", "state", "drawn_at"),
)
"""Decided appeals that were drawn to be looked at again by somebody who took no part."""
