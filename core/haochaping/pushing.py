"""Taking in pushed service cases, with the rating link of every occurrence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection

from haochaping.access.vault import Vault
from haochaping.catalog.cases import PersonSink, PushResult, push
from haochaping.catalog.pushes import Applicant, parse_push
from haochaping.clock import Clock
from haochaping.deployment import Deployment
from haochaping.evaluation.invitations import Invitation


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one occurrence, and the invitation to rate it unless it was refused."""

    result: PushResult
    invitation: Invitation | None


class Regions(Protocol):
    """Says whether a sender may push for an organization or region."""

    def __call__(self, conn: Connection, results: Sequence[PushResult]) -> None:
        """Raise a Problem when one of the results lies outside the sender's reach."""
        ...


def take_in(
    deployment: Deployment, body: Mapping[str, Any], *, within: Regions | None = None
) -> tuple[Pushed, ...]:
    """Store the cases of a push in one transaction and answer for each occurrence, in order.

    Raises InvalidPush, StoreUnavailable, and what `within` raises (nothing is stored then).
    """
    pushed = parse_push(body)
    at, rules = deployment.clock.now(), deployment.profile.rules
    with deployment.store.write() as conn:
        results = push(
            conn,
            deployment.journal.emit,
            at,
            pushed,
            profile_pattern=rules.channels.case_number_pattern,
            person_sink=person_sink(deployment.vault, deployment.clock),
            zone=deployment.zone,
            emit_many=deployment.journal.emit_many,
        )
        if within is not None:
            within(conn, results)
        keys = [result.key for result in results if result.key is not None]
        links = deployment.invitations.issue_many(conn, keys, at, "push")
    return tuple(Pushed(each, links.get(each.key) if each.key else None) for each in results)


def person_sink(vault: Vault, clock: Clock) -> PersonSink:
    """Return where pushed persons go: into the vault."""
    return partial(_remember, vault, clock)


def _remember(vault: Vault, clock: Clock, conn: Connection, person: Applicant) -> int | None:
    return vault.remember(conn, person, person.region, clock.now())
