"""Tables of delivery: messages, the attempts to deliver them, and the console's inbox."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint

from haochaping.store.tables import table
from haochaping.store.types import Blob, Id, Int, Moment, Words

message: Final = table(
    "message",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("business_id", Words, nullable=False),
    Column("gateway", Words, nullable=False),
    Column("receiver", Words, nullable=False),
    Column("organization_id", Id, index=True),
    Column("subject_zh", Words, nullable=False),
    Column("subject_en", Words, nullable=False, default=""),
    Column("body_zh", Words, nullable=False),
    Column("body_en", Words, nullable=False, default=""),
    Column("link", Words, nullable=False, default=""),
    Column("state", Words, nullable=False),
    Column("attempts", Int, nullable=False, default=0),
    Column("queued_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("sent_at", Moment),
    Column("reference", Words, nullable=False, default=""),
    Column("parent_id", Id, index=True),
    Column("read_at", Moment),
    Column("asked_at", Moment),
    UniqueConstraint("business_id", "gateway"),
)
"""`state`: queued | retrying | sent | parked | dropped; `reference` is the gateway's own receipt.

`receiver` is a role word resolved within `organization_id`, `account:<id>`, or
`person:<id>`: a rater, whose number is looked up as the message goes out and kept nowhere.
A message to a rater who opted out or left no number is dropped. A gateway that reaches people
one by one gets a message for each of them, whose `parent_id` is the one that was queued.
`read_at` is when the gateway first said that its receiver had opened it, `asked_at` when it was
last asked.
"""

Index("ix_message_receiver_sent_at", message.c.receiver, message.c.sent_at)
Index("ix_message_gateway_sent_at", message.c.gateway, message.c.sent_at)

Index(
    "ix_message_parked",
    message.c.queued_at,
    sqlite_where=message.c.state == "parked",
    postgresql_where=message.c.state == "parked",
)

message_attempt: Final = table(
    "message_attempt",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("message_id", Id, ForeignKey("message.id"), nullable=False, index=True),
    Column("no", Int, nullable=False),
    Column("at", Moment, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("status", Int),
    Column("detail", Words, nullable=False, default=""),
    Column("milliseconds", Int, nullable=False),
)
"""`outcome`: sent | retry | refused; `status` is the HTTP status, where there was one."""

sms_stop: Final = table(
    "sms_stop",
    Column("mobile_mac", Words, primary_key=True),
    Column("at", Moment, nullable=False),
)
"""Telephone numbers (keyed hashes) that want no SMS any more (回T退订)."""

inbox: Final = table(
    "inbox",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False),
    Column("message_id", Id, ForeignKey("message.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("read_at", Moment),
    UniqueConstraint("account_id", "message_id"),
)
"""One row for each receiver of a message to the console."""

Index("ix_inbox_account_id_at", inbox.c.account_id, inbox.c.at)
Index(
    "ix_inbox_unread",
    inbox.c.account_id,
    sqlite_where=inbox.c.read_at.is_(None),
    postgresql_where=inbox.c.read_at.is_(None),
)

account_address: Final = table(
    "account_address",
    Column("account_id", Id, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("kind", Words, primary_key=True),
    Column("sealed", Blob, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by_account", Id),
)
"""Where an official is reached outside the console, encrypted; `by_account` wrote it there.

`kind` is that of the gateway: `mobile`, `email`, or the name of a gateway with ids of its own.
"""

rater_binding: Final = table(
    "rater_binding",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("first_id", Id, nullable=False),
    Column("person_id", Id, index=True),
    Column("gateway", Words, nullable=False),
    Column("sealed", Blob, nullable=False),
    Column("key_id", Id, nullable=False),
    Column("consent", Words, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    UniqueConstraint("region", "served_month", "first_id"),
)
"""A rater who agreed to be told in WeChat about one rating: the openid, sealed.

`consent` is the digest of the words that were agreed to.
"""

gateway_state: Final = table(
    "gateway_state",
    Column("gateway", Words, primary_key=True),
    Column("failures", Int, nullable=False),
    Column("open_until", Moment),
    Column("at", Moment, nullable=False),
)
"""Failures of a gateway one after another, and until when nothing is sent through it."""
