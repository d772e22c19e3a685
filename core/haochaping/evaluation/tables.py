"""Tables of the evaluation room: evaluations, invitations, opinions."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text

from haochaping.store.tables import table
from haochaping.store.types import Blob, Day, Flag, Id, Int, Json, Moment, Words

evaluation: Final = table(
    "evaluation",
    Column("region", Words, primary_key=True),
    Column("served_month", Int, primary_key=True, autoincrement=False),
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("occurrence_id", Id, nullable=False),
    Column("round", Int, nullable=False),
    Column("grade", Int, nullable=False),
    Column("options", Json, nullable=False),
    Column("text_sealed", Blob),
    Column("text_key_id", Id),
    Column("channel", Words, nullable=False),
    Column("provenance", Words, nullable=False),
    Column("identity", Words, nullable=False),
    Column("rater_role", Words, nullable=False),
    Column("person_id", Id),
    Column("status", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("early", Flag, nullable=False),
    Column("first_id", Id, nullable=False),
    Column("supersedes_id", Id, nullable=False),
    Column("submitted_at", Moment),
    Column("received_at", Moment, nullable=False),
    Column("first_received_at", Moment, nullable=False),
    Column("counted_on", Day, nullable=False),
    Column("form_version", Words, nullable=False),
    Column("idempotency_key", Words, nullable=False),
    Column("body_digest", Words, nullable=False),
    Column("receipt", Words, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("window_id", Id),
    Column("staff_id", Id),
    Column("item_id", Id),
    Column("notice", Words, nullable=False, server_default=""),
    CheckConstraint("grade BETWEEN 1 AND 5", name="grade"),
    CheckConstraint(
        "status IN ('effective', 'held', 'excluded', 'void', 'withdrawn', 'superseded')",
        name="status",
    ),
    UniqueConstraint("idempotency_key"),
    UniqueConstraint("receipt"),
    UniqueConstraint(
        "region",
        "served_month",
        "occurrence_id",
        "round",
        "supersedes_id",
        name="uq_evaluation_chain",
    ).ddl_if(dialect="sqlite"),
)
"""What raters said: rows are added, never changed but for `status` and `reason`.

`id` of the first row of a chain is `first_id` of all its rows; `supersedes_id` is the row
that a changed rating replaced, 0 for the first. So `uq_evaluation_chain` allows one chain an
occurrence and round, whatever became of it, and no forks in it. `first_received_at` is that
of the chain's first row; `early` marks a rating that says it was given before its service.
"""

Index(
    "uq_evaluation_chain",
    evaluation.c.occurrence_id,
    evaluation.c.round,
    evaluation.c.supersedes_id,
    evaluation.c.region,
    evaluation.c.served_month,
    unique=True,
).ddl_if(dialect="postgresql")
_CURRENT: Final = text("status IN ('effective', 'held')")
Index(
    "uq_evaluation_current",
    evaluation.c.region,
    evaluation.c.served_month,
    evaluation.c.occurrence_id,
    evaluation.c.round,
    unique=True,
    sqlite_where=_CURRENT,
    postgresql_where=_CURRENT,
)
_HELD: Final = text("status = 'held'")
Index(
    "ix_evaluation_held",
    evaluation.c.received_at,
    sqlite_where=_HELD,
    postgresql_where=_HELD,
)
_EXCLUDED: Final = text("status = 'excluded'")
Index(
    "ix_evaluation_excluded",
    evaluation.c.person_id,
    sqlite_where=_EXCLUDED,
    postgresql_where=_EXCLUDED,
)

invitation: Final = table(
    "invitation",
    Column("region", Words, primary_key=True),
    Column("served_month", Int, primary_key=True, autoincrement=False),
    Column("occurrence_id", Id, primary_key=True, autoincrement=False),
    Column("short_code", Words, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("via", Words, nullable=False),
    Column("spent_through", Day),
    UniqueConstraint("short_code"),
    Index("ix_invitation_issued_at", "issued_at"),
)
"""One invitation an occurrence: the signed code is computed, the short one is kept here.

A reprint gives a later last day: codes whose last day is not after `spent_through` are spent.
"""

offer: Final = table(
    "offer",
    Column("region", Words, primary_key=True),
    Column("served_month", Int, primary_key=True, autoincrement=False),
    Column("occurrence_id", Id, primary_key=True, autoincrement=False),
    Column("via", Words, primary_key=True),
    Column("at", Moment, nullable=False),
)
"""That the visitor of a service was offered an evaluation: once a way (device, receipt, sms)."""

rating_trace: Final = table(
    "rating_trace",
    Column("region", Words, primary_key=True),
    Column("served_month", Int, primary_key=True, autoincrement=False),
    Column("evaluation_id", Id, primary_key=True, autoincrement=False),
    Column("day", Day, nullable=False),
    Column("device", Words, nullable=False),
    Column("network", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Index("ix_rating_trace_day", "day"),
)
"""Where a rating came from, as keyed hashes that are good for one day only; soon deleted.

`kind`: phone, window_device, kiosk, hall_wifi, helper. Not even the key's owner can tell a
device of one day from that of another.
"""

opinion: Final = table(
    "opinion",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("grade", Int),
    Column("text_sealed", Blob),
    Column("text_key_id", Id),
    Column("idempotency_key", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("channel", Words, nullable=False, server_default="comprehensive"),
    Column("provenance", Words, nullable=False, server_default="citizen"),
    Column("entered_by", Id),
    CheckConstraint("grade BETWEEN 1 AND 5", name="grade"),
    UniqueConstraint("idempotency_key"),
    Index("ix_opinion_organization", "organization_id", "at"),
)
"""Ratings without an occurrence (综合点评, inspections, events), counted apart."""

void_proposal: Final = table(
    "void_proposal",
    Column("region", Words, primary_key=True),
    Column("served_month", Int, primary_key=True, autoincrement=False),
    Column("evaluation_id", Id, primary_key=True, autoincrement=False),
    Column("reason", Words, nullable=False),
    Column("proposed_by", Id, nullable=False),
    Column("proposed_at", Moment, nullable=False),
)
"""Ratings that one person would declare void, until a second one confirms or it is dropped."""

photo_decision: Final = table(
    "photo_decision",
    Column("attachment_id", Id, primary_key=True, autoincrement=False),
    Column("public_code", Words, nullable=False, unique=True),
    Column("shown", Flag, nullable=False),
    Column("decided_by", Id, nullable=False),
    Column("decided_at", Moment, nullable=False),
)
"""Which photos of raters a publisher let through; `public_code` is drawn, so it tells nothing."""

follow_up: Final = table(
    "follow_up",
    Column("region", Words, primary_key=True),
    Column("served_month", Int, primary_key=True, autoincrement=False),
    Column("first_id", Id, primary_key=True, autoincrement=False),
    Column("occurrence_id", Id, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("via", Words, nullable=False),
)
"""Invitations to rate once more after an answer (追评), by the first row of the first chain.

`via` is the channel of the first rating.
"""

default_rating: Final = table(
    "default_rating",
    Column("region", Words, primary_key=True),
    Column("served_month", Int, primary_key=True, autoincrement=False),
    Column("occurrence_id", Id, primary_key=True, autoincrement=False),
    Column("grade", Int, nullable=False),
    Column("counted_on", Day, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("window_id", Id),
    Column("staff_id", Id),
    Column("item_id", Id),
    Column("recorded_at", Moment, nullable=False),
    Column("set_aside_at", Moment),
    CheckConstraint("grade BETWEEN 3 AND 5", name="grade"),
)
"""What a profile records for services that nobody rated; counted apart, in no rate.

`set_aside_at`: when it stopped counting, because somebody rated the service after all.
"""

reminder: Final = table(
    "reminder",
    Column("region", Words, primary_key=True),
    Column("served_month", Int, primary_key=True, autoincrement=False),
    Column("occurrence_id", Id, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("via", Words, nullable=False),
)
"""Occurrences whose unrated invitation was repeated, once."""

phone_proof: Final = table(
    "phone_proof",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("scope", Words, nullable=False),
    Column("mobile_mac", Words, nullable=False),
    Column("known", Flag, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("attempts", Int, nullable=False),
    Column("proved_at", Moment),
    Index("ix_phone_proof_mobile", "mobile_mac", "issued_at"),
)
"""Attempts to prove a telephone number by a code sent to it; the code itself is computed.

`scope` says what is looked for: `all`, `case:<id>` or `window:<id>`; `known` is false when
nothing is there to be found, which the person is not told.
"""

pressure_report: Final = table(
    "pressure_report",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("first_id", Id, nullable=False),
    Column("occurrence_id", Id, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("window_id", Id),
    Column("staff_id", Id),
    Column("at", Moment, nullable=False),
    Column("state", Words, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", Id),
    Column("decision", Words, nullable=False, server_default=""),
    CheckConstraint("state IN ('open', 'confirmed', 'unfounded')", name="state"),
    UniqueConstraint("region", "served_month", "first_id"),
    Index("ix_pressure_report_state", "state", "at"),
)
"""Raters who say that they were pressed to give their rating; for supervisors only."""
