"""Signing in through an identity provider: leave, come back once, be matched to an account.

Like the other steps of signing in these functions open their own transactions; a provider
is asked outside of any.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from haochaping.access import identities, sessions, stages
from haochaping.access.identities import Bind, Match, Subject
from haochaping.access.providers import Providers
from haochaping.access.sessions import Opened, Session, Visitor
from haochaping.access.sign_in import Gatekeeper
from haochaping.access.tables import account, is_set
from haochaping.access.tables import identity_attempt as attempt
from haochaping.hooks.identity import Arrival, Departure, ProvenIdentity
from haochaping.hooks.values import Words
from haochaping.ids import random_key
from haochaping.journal import Event
from haochaping.problems import Problem

KEPT: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""
_BYTES: Final = 32
_PURPOSE: Final = "identity.attempt"
_CONFIRM: Final = "confirm"


class AttemptRefused(Problem):
    """What came back belongs to no attempt of this browser: unknown, used up or too old."""

    code = "HCP-ATTEMPT-REFUSED"
    status = 400
    title = Words(
        "这次登录已过期或不是从这个浏览器发起的，请重新开始",
        "This sign-in is too old or was not begun in this browser: please begin again",
    )


class NotBound(Problem):
    """The identity is proven, and stands for no account that is open."""

    code = "HCP-IDENTITY-NOT-BOUND"
    status = 403
    title = Words(
        "身份已确认，但没有绑定可用的账号。请用密码登录后在“我的账号”中绑定，或联系管理员",
        "You are who you say, but no open account is bound to it: sign in by password and bind"
        " it under “My account”, or ask your administrator",
    )


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody who sets off: to which provider, from which browser, and what for.

    `browser` is a secret of the browser's; `account_id` is set when a signed-in account
    is to be bound; `back` is the page of the console afterwards.
    """

    provider: str
    browser: str = field(repr=False)
    redirect_uri: str
    language: str
    account_id: int | None = None
    back: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """Somebody who came back: the query that the provider sent along."""

    provider: str
    browser: str = field(repr=False)
    redirect_uri: str
    query: Mapping[str, str] = field(repr=False)

    @property
    def state(self) -> str:
        """The mark of the attempt."""
        return self.query.get("state", "")


@dataclass(frozen=True, slots=True)
class Back:
    """Who came back, which attempt it was: to sign in, or to bind `account_id`."""

    proven: ProvenIdentity
    provider: str
    account_id: int | None
    page: str


@dataclass(frozen=True, slots=True)
class Through:
    """Signing in through providers."""

    gate: Gatekeeper
    providers: Providers

    def leave(self, leaving: Leaving) -> str:
        """Begin an attempt; return where to send the browser.

        Raises NoSuchProvider or ProviderUnavailable.
        """
        state, nonce, verifier = _random(), _random(), _random()
        challenge = _unpadded(hashlib.sha256(verifier.encode()).digest())
        departure = Departure(leaving.redirect_uri, state, nonce, challenge, leaving.language)
        url = self.providers.depart(leaving.provider, departure)
        kept = {"nonce": nonce, "verifier": verifier, "page": leaving.back}
        self._keep(state, leaving, kept)
        return url

    def come_back(self, returned: Returned) -> Back:
        """Use the attempt up and ask the provider who came back.

        Raises AttemptRefused, IdentityNotProven or ProviderUnavailable.
        """
        account_id, kept = self._take(returned.provider, returned.browser, returned.state)
        arrival = Arrival(
            redirect_uri=returned.redirect_uri,
            query=dict(returned.query),
            nonce=str(kept.get("nonce", "")),
            code_verifier=str(kept.get("verifier", "")),
            at=self.gate.clock.now(),
        )
        proven = self.providers.arrive(returned.provider, arrival)
        return Back(proven, returned.provider, account_id, str(kept.get("page", "")))

    def enter(self, back: Back, client: str) -> Opened:
        """Open a session of the account that is bound. Raises NotBound, which is noted.

        A binding that somebody else made replaces no second factor of the account's own:
        nobody takes an account over alone.
        """
        gate, now = self.gate, self.gate.clock.now()
        subject = Subject(back.provider, back.proven.subject)
        with gate.store.write() as conn:
            found = identities.match(conn, gate.keyring, subject, now)
            if found is not None and _open(conn, found.account_id):
                factor = back.proven.second_factor and (
                    found.own or not _has_factor(conn, found.account_id)
                )
                visitor = Visitor(found.account_id, client, back.provider)
                return self._opened(conn, visitor, factor, now)
            self._note_refusal(conn, back.provider, found, now)
        raise NotBound()

    def hold(self, back: Back, leaving: Leaving) -> str:
        """Keep a proven identity until its account confirms; return the mark to confirm with."""
        mark = _random()
        kept = {_CONFIRM: back.proven.subject, "name": back.proven.name}
        self._keep(mark, leaving, kept)
        return mark

    def confirm(self, provider: str, browser: str, mark: str, current: Session) -> None:
        """Bind what was held to the session's account.

        Raises AttemptRefused when it was held for another one, BindingRefused.
        """
        account_id, kept = self._take(provider, browser, mark)
        if account_id != current.account_id or _CONFIRM not in kept:
            raise AttemptRefused()
        gate, subject = self.gate, Subject(provider, str(kept[_CONFIRM]))
        with gate.store.write() as conn:
            wanted = Bind(current.account_id, subject, current.account_id)
            identities.bind(conn, gate.keyring, gate.emit, wanted, gate.clock.now())

    def _note_refusal(
        self, conn: Connection, provider: str, found: Match | None, now: datetime
    ) -> None:
        subject = "account:none" if found is None else f"account:{found.account_id}"
        event = Event("account.identity_refused", subject, {"provider": provider})
        self.gate.emit(conn, event, now)

    def _opened(self, conn: Connection, who: Visitor, factor: bool, now: datetime) -> Opened:
        gate = self.gate
        stage = stages.first_through_provider(
            conn, who.account_id, gate.rules, second_factor=factor
        )
        stages.entered(conn, gate.emit, who, stage, now)
        return sessions.open_session(conn, gate.keyring, who, stage, now)

    def _keep(self, state: str, leaving: Leaving, kept: Mapping[str, str]) -> None:
        gate, now = self.gate, self.gate.clock.now()
        mac = _mac(gate, "state", state)
        row = {
            "state_mac": mac,
            "browser_mac": _mac(gate, "browser", leaving.browser),
            "provider": leaving.provider,
            "account_id": leaving.account_id,
            "sealed": gate.keyring.seal(_PURPOSE, json.dumps(kept).encode(), mac.encode()),
            "expires_at": now + KEPT,
        }
        with gate.store.write() as conn:
            conn.execute(delete(attempt).where(attempt.c.expires_at <= now))
            conn.execute(insert(attempt).values(row))

    def _take(self, provider: str, browser: str, state: str) -> tuple[int | None, dict[str, Any]]:
        gate = self.gate
        mac = _mac(gate, "state", state)
        mine = (attempt.c.state_mac == mac) & (attempt.c.provider == provider)
        mine &= attempt.c.browser_mac == _mac(gate, "browser", browser)
        with gate.store.write() as conn:
            row = conn.execute(select(attempt).where(mine)).one_or_none()
            conn.execute(delete(attempt).where(mine))
        if row is None or row.expires_at <= gate.clock.now():
            raise AttemptRefused()
        kept = json.loads(gate.keyring.open(_PURPOSE, row.sealed, mac.encode()))
        return row.account_id, kept


def _open(conn: Connection, account_id: int) -> bool:
    return _is(conn, account_id, account.c.active)


def _has_factor(conn: Connection, account_id: int) -> bool:
    return _is(conn, account_id, account.c.totp_confirmed)


def _is(conn: Connection, account_id: int, flag: ColumnElement[bool]) -> bool:
    found = select(account.c.id).where(account.c.id == account_id, is_set(flag))
    return conn.execute(found).first() is not None


def _mac(gate: Gatekeeper, what: str, text: str) -> str:
    return gate.keyring.mac(f"identity.{what}", text.encode()).hex()


def _random() -> str:
    return _unpadded(random_key(_BYTES))


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
