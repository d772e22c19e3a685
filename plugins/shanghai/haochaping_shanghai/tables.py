"""The plugin's own tables: reviews of halls and items, useful votes, award nominations.

Moments are microseconds since 1970 UTC; visitors and networks are keyed hashes.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

from haochaping.hooks.deployment import PersonalColumn
from haochaping.hooks.values import Words

metadata: Final = MetaData()

review: Final = Table(
    "shanghai_review",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("handle", Text, nullable=False),
    Column("visitor", Text),
    Column("network", Text),
    Column("stars", Integer, nullable=False),
    Column("tags", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("objection", Text, nullable=False, server_default=""),
    Column("decided_by", BigInteger),
    Column("reply", Text, nullable=False, server_default=""),
    Column("replied_by", BigInteger),
    Column("follow_up", Text, nullable=False, server_default=""),
    Column("useful", Integer, nullable=False),
    Column("opinion_id", BigInteger),
    Column("case_public_id", Text, nullable=False, server_default=""),
    Column("photos", Integer, nullable=False, server_default="0"),
)
"""A review; its stars count from the day after, its words once they were looked at."""

Index(
    "uq_shanghai_review_once",
    review.c.handle,
    review.c.subject_kind,
    unique=True,
)
Index("ix_shanghai_review_subject", review.c.subject_kind, review.c.subject_id, review.c.state)

score: Final = Table(
    "shanghai_score",
    metadata,
    Column("subject_kind", Text, primary_key=True),
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    Column("stars", BigInteger, nullable=False),
)
"""Sum and number of the stars that count, per hall or item: what a list of places reads."""

vote: Final = Table(
    "shanghai_vote",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("target_id", BigInteger, primary_key=True, autoincrement=False),
    Column("visitor", Text, primary_key=True),
    Column("network", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""One vote of a visitor for a review (useful) or a nomination; hashes go after some time."""

Index("ix_shanghai_vote_network", vote.c.kind, vote.c.target_id, vote.c.network)

nomination: Final = Table(
    "shanghai_nomination",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("year", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("votes", Integer, nullable=False),
    Column("nominated_by", BigInteger, nullable=False),
    Column("decided_by", BigInteger),
    Column("at", BigInteger, nullable=False),
)
"""An improvement case nominated for the award of a year."""

Index("ix_shanghai_nomination_year", nomination.c.year, nomination.c.state)

_ONCE: Final = Words("每次办事只点评一次", "One review for each service")
_FLOOD: Final = Words("防止刷评、刷票", "Against floods of reviews and votes")
_SAID: Final = Words("公开点评和答复", "Published reviews and replies")

PERSONAL: Final = (
    PersonalColumn("shanghai_review.handle", _ONCE, "published"),
    PersonalColumn("shanghai_review.visitor", _FLOOD, "days"),
    PersonalColumn("shanghai_review.network", _FLOOD, "days"),
    PersonalColumn("shanghai_vote.visitor", _FLOOD, "days"),
    PersonalColumn("shanghai_vote.network", _FLOOD, "days"),
    PersonalColumn("shanghai_review.text", _SAID, "published"),
    PersonalColumn("shanghai_review.follow_up", _SAID, "published"),
    PersonalColumn("shanghai_review.objection", _SAID, "published"),
    PersonalColumn("shanghai_review.reply", _SAID, "published"),
    PersonalColumn("shanghai_nomination.text", _SAID, "published"),
)
"""What is personal here, what for, and how long it is kept."""

NEUTRAL: Final = (
    *("shanghai_review.subject_kind", "shanghai_review.tags", "shanghai_review.state"),
    *("shanghai_review.day", "shanghai_review.reason", "shanghai_review.case_public_id"),
    *("shanghai_score.subject_kind", "shanghai_vote.kind"),
    *("shanghai_nomination.title", "shanghai_nomination.state"),
)
"""Columns of words that hold no personal data."""
