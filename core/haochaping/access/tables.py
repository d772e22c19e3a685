"""Tables of access: accounts, sessions, keys and the vault."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    literal,
)

from haochaping.store.tables import table
from haochaping.store.types import Blob, Flag, Id, Int, Json, Moment, Words

account: Final = table(
    "account",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("login", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("password_hash", Words, nullable=False),
    Column("must_change", Flag, nullable=False),
    Column("active", Flag, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("password_at", Moment, nullable=False),
    Column("signed_in_at", Moment),
    Column("totp_sealed", Blob),
    Column("totp_confirmed", Flag, nullable=False, default=False),
    Column("totp_step", Id, nullable=False, default=0),
    Column("grants_version", Int, nullable=False, default=0),
    Column("created_by", Id),
)
"""`login` is folded to lower case; `totp_step` is the last time step whose code was used.

`grants_version` grows with every grant: updating it makes two grants to one account
wait for each other.
"""

account_grant: Final = table(
    "account_grant",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False, index=True),
    Column("role", Words, nullable=False),
    Column("region", Words, nullable=False, default=""),
    Column("organization_id", Id, index=True),
    Column("hall_id", Id),
    Column("staff_id", Id),
    Column("granted_at", Moment, nullable=False),
    Column("granted_by", Id),
    Column("revoked_at", Moment),
    Column("revoked_by", Id),
)
"""A role held within a region subtree, an organization subtree, a hall or as a staff member.

A grant with neither region nor organization holds in the whole deployment.
"""

Index(
    "ix_account_grant_role_held",
    account_grant.c.role,
    sqlite_where=account_grant.c.revoked_at.is_(None),
    postgresql_where=account_grant.c.revoked_at.is_(None),
)

session: Final = table(
    "session",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("token_mac", Words, nullable=False, unique=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False, index=True),
    Column("stage", Words, nullable=False),
    Column("client", Words, nullable=False, default=""),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, index=True),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("via", Words, nullable=False, server_default=""),
)
"""`stage`: second_factor | enrol | new_password | full; only `full` may do anything else.

`via` is the identity provider that was used, empty for a password.
"""

identity_binding: Final = table(
    "identity_binding",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False, index=True),
    Column("provider", Words, nullable=False),
    Column("subject_mac", Words, nullable=False),
    Column("hint", Words, nullable=False),
    Column("bound_at", Moment, nullable=False),
    Column("bound_by", Id, nullable=False),
    Column("used_at", Moment),
    UniqueConstraint("provider", "subject_mac"),
)
"""Who an account is for an identity provider: a keyed hash of the subject, and its two ends."""

identity_attempt: Final = table(
    "identity_attempt",
    Column("state_mac", Words, primary_key=True),
    Column("browser_mac", Words, nullable=False),
    Column("provider", Words, nullable=False),
    Column("account_id", Id),
    Column("sealed", Blob, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)
"""Attempts to sign in through a provider that are under way; each is used up once.

`account_id` is set when the attempt binds a signed-in account; `sealed` holds nonce, verifier
and what is to be done afterwards.
"""

login_attempt: Final = table(
    "login_attempt",
    Column("login_mac", Words, primary_key=True),
    Column("failures", Int, nullable=False),
    Column("failed_at", Moment, nullable=False, index=True),
    Column("locked_until", Moment),
)
"""Failures in a row by keyed hash of the name tried, whether such an account exists or not."""

recovery_code: Final = table(
    "recovery_code",
    Column("account_id", Id, ForeignKey("account.id"), nullable=False),
    Column("code_mac", Words, nullable=False),
    Column("used_at", Moment),
    PrimaryKeyConstraint("account_id", "code_mac"),
)
"""Codes that stand in for a lost second factor, each once."""

api_key: Final = table(
    "api_key",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("key_mac", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("region", Words, nullable=False),
    Column("organization_id", Id, ForeignKey("organization.id"), index=True),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Id),
    Column("seen_at", Moment),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)
"""Keys of business systems; `region` is the root of the subtree they may write to."""

device: Final = table(
    "device",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("key_mac", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("window_id", Id, ForeignKey("window.id"), nullable=False, index=True),
    Column("region", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Id),
    Column("seen_at", Moment),
    Column("waiting", Int, nullable=False, default=0),
    Column("clock_offset_ms", Id, nullable=False, default=0),
    Column("software", Words, nullable=False, default=""),
    Column("revoked_at", Moment),
    Column("refused", Int, nullable=False, server_default="0"),
    Column("refusals", Words, nullable=False, server_default=""),
    Column("keeping", Words, nullable=False, server_default=""),
)
"""Window devices; `waiting` counts ratings in the device's own queue when last seen.

`refused` counts those that were sent and refused, `refusals` says why (`code=n` a line);
`keeping` says whether the device can keep ratings while the line is down.
"""

queue_key: Final = table(
    "queue_key",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("private_sealed", Blob, nullable=False),
    Column("public", Blob, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
)
"""Key pairs that devices seal kept ratings to; the newest is in use, old ones still open."""

vault_key: Final = table(
    "vault_key",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("wrapped", Blob, nullable=False),
    Column("created_at", Moment, nullable=False),
)
"""Data keys of persons and of anonymous texts, wrapped by the keyring; deleting one erases."""

vault_person: Final = table(
    "vault_person",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("index_mac", Words),
    Column("mobile_mac", Words, index=True),
    Column("sealed", Blob, nullable=False),
    Column("key_id", Id, nullable=False, index=True),
    Column("commitment", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("erased_at", Moment),
)
"""Persons, encrypted apart. The two `…_mac` columns are keyed hashes to look them up by."""

Index(
    "uq_vault_person_region_index_mac",
    vault_person.c.region,
    vault_person.c.index_mac,
    unique=True,
)
Index("ix_vault_person_index_mac", vault_person.c.index_mac)

reveal: Final = table(
    "reveal",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("account_id", Id, nullable=False, index=True),
    Column("person_id", Id, nullable=False, index=True),
    Column("purpose", Words, nullable=False),
    Column("case_id", Id),
)
"""Every look at an unmasked identity: who, when, whom, what for."""


def is_set(column: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a Flag column says yes, in a form both databases take."""
    return column == literal(True, Flag())
