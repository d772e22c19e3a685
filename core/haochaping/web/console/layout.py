"""What surrounds every page of the console: who is signed in, navigation, time left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, g

from haochaping.access.principals import Principal
from haochaping.access.roles import ROLE_NAMES, Role
from haochaping.access.sessions import Session
from haochaping.delivery import inbox
from haochaping.web.console import navigation
from haochaping.web.console.navigation import Link
from haochaping.web.i18n import words
from haochaping.web.site import site

pages: Final = Blueprint("console", "haochaping.web")


@dataclass(frozen=True, slots=True)
class Console:
    """The frame of a page. `seconds_left`: until the session ends if nothing is done."""

    name: str
    roles: tuple[str, ...]
    links: tuple[Link, ...]
    seconds_left: int
    idle_minutes: int

    @property
    def parts(self) -> tuple[tuple[str, tuple[Link, ...]], ...]:
        """The navigation under its headings."""
        return navigation.parted(self.links)


def console() -> Console | None:
    """Return the frame for whoever is fully signed in, None for everybody else."""
    principal: Principal | None = g.get("principal")
    session: Session | None = g.get("session")
    if principal is None or session is None:
        return None
    with site().store.read() as conn:
        counts = {"unread": inbox.unread(conn, principal.account_id)}
    return Console(
        name=principal.name,
        roles=role_names(principal),
        links=navigation.links(principal, counts),
        seconds_left=seconds_left(session),
        idle_minutes=site().profile.rules.access.idle_minutes,
    )


def role_names(principal: Principal) -> tuple[str, ...]:
    """Return the roles that the principal holds, in words and in the roles' order."""
    return tuple(words(ROLE_NAMES[role]) for role in Role if role in principal.roles)


def seconds_left(session: Session) -> int:
    """Return the seconds until the session ends when nothing more is done."""
    idle = timedelta(minutes=site().profile.rules.access.idle_minutes)
    now = site().clock.now()
    return int(min(idle, session.expires_at - now).total_seconds())


@pages.app_context_processor
def _values() -> dict[str, Any]:
    return {"console": console}
