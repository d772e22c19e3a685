"""Assigning cases from the list: each in a transaction of its own, with its own outcome."""

from __future__ import annotations

from dataclasses import dataclass

from haochaping.access import accounts
from haochaping.problems import Problem
from haochaping.rectification import assigning
from haochaping.rectification.actors import Order
from haochaping.web.console import sight
from haochaping.web.i18n import _, words
from haochaping.web.site import site


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one chosen case."""

    public_id: str
    done: bool
    said: str


def assign(ticket: str, login: str) -> Outcome:
    """Assign one case; `ticket` is its public number and the version that was shown."""
    public_id, _sign, version = ticket.partition(":")
    public_id = public_id[:20]
    try:
        _assign(public_id, int(version[:9]) if version.isdecimal() else 0, login)
    except Problem as problem:
        return Outcome(public_id, False, words(problem.detail))
    return Outcome(public_id, True, _("已分派"))


def _assign(public_id: str, version: int, login: str) -> None:
    at = site().clock.now()
    with site().store.write() as conn:
        seen = sight.look(conn, public_id, at)
        order = Order(public_id, version, seen.actor, at)
        who = accounts.find(conn, login)
        assigning.assign(site().rectification, conn, order, 0 if who is None else who.id)
