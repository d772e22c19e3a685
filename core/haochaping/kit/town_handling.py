"""Acting on the cases of a town: the unit takes up, calls, rectifies, replies; others confirm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import insert, select

from haochaping.catalog.tables import organization
from haochaping.deployment import Deployment
from haochaping.ids import new_id
from haochaping.kit.town_seen import Seen
from haochaping.rectification import cases, contacts, replies
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.records import Case
from haochaping.rectification.tables import case_appeal

NOTE: Final = "核实情况"
REPLY: Final = "已完成整改，谢谢您的意见。"
"""What the unit writes unless told."""
HANDLER: Final = 71
SUPERVISOR: Final = 72
"""Numbers under which the people who act stand in the case's history; they have no account."""


@dataclass(frozen=True, slots=True)
class Handling:
    """Steps of cases; each takes a case's public id, the newest case unless told.

    Each returns the case as it is then, and raises as the page would when the step does not
    come next.
    """

    deployment: Deployment

    def take_up(self, public_id: str = "") -> Case:
        """Have the unit accept a case."""
        return self._by_unit(public_id, cases.take_up)

    def triage(self, complexity: str, public_id: str = "") -> Case:
        """Have the unit say how hard it is: `simple` or `complex`."""
        return self._by_unit(public_id, partial(_triage, complexity))

    def contact(self, public_id: str = "", *, by: str = "phone", reached: bool = True) -> Case:
        """Have the unit talk to the rater."""
        return self._by_unit(public_id, partial(contacts.contact, by=by, reached=reached))

    def rectify(self, public_id: str = "") -> Case:
        """Have the unit mend what was wrong."""
        return self._by_unit(public_id, cases.rectify)

    def reply(self, public_id: str = "", text: str = REPLY) -> Case:
        """Have the unit answer the rater."""
        return self._by_unit(public_id, replies.reply, text)

    def confirm(self, public_id: str = "") -> Case:
        """Have a supervisor agree that it is mended."""
        who = Actor(SUPERVISOR, permissions=frozenset({"case.supervise"}))
        return self._act(self._case(public_id), who, cases.confirm)

    def answer(self, public_id: str = "", *, complexity: str = "", text: str = REPLY) -> Case:
        """Have the unit take a case up, talk to whoever can be reached, mend it and reply."""
        self.take_up(public_id)
        if complexity:
            self.triage(complexity, public_id)
        if self._case(public_id).real_name:
            self.contact(public_id)
        self.rectify(public_id)
        return self.reply(public_id, text)

    def end(self, outcome: str = "void", public_id: str = "") -> None:
        """Have the software close a case: `void` when the rating was declared void."""
        context, now = self.deployment.rectification, self.deployment.clock.now()
        with self.deployment.store.write() as conn:
            cases.close_by_system(context, conn, self._case(public_id), outcome, now)

    def appeal_upheld(self, kind: str = "malicious", public_id: str = "") -> None:
        """Note an upheld appeal that says a rating was `mistaken` or `malicious`."""
        found, at = self._case(public_id), self.deployment.clock.now()
        row = {"id": new_id(), "region": found.region, "case_id": found.id, "kind": kind}
        row |= {"reason_sealed": b"", "filed_at": at, "filed_by": HANDLER, "state": "upheld"}
        with self.deployment.store.write() as conn:
            conn.execute(insert(case_appeal).values(row))

    def _case(self, public_id: str) -> Case:
        return Seen(self.deployment).case(public_id)

    def _by_unit(self, public_id: str, step: Callable[..., Case], text: str = REPLY) -> Case:
        found = self._case(public_id)
        wanted = select(organization.c.path).where(organization.c.id == found.organization_id)
        with self.deployment.store.read() as conn:
            path = conn.execute(wanted).scalar_one()
        rights = frozenset({"case.handle", "case.contact"})
        who = Actor(HANDLER, permissions=rights, organization_paths=(path,))
        return self._act(found, who, step, text)

    def _act(self, found: Case, who: Actor, step: Callable[..., Case], text: str = "") -> Case:
        now = self.deployment.clock.now()
        order = Order(found.public_id, found.version, who, now, note=NOTE, text=text)
        with self.deployment.store.write() as conn:
            return step(self.deployment.rectification, conn, order)


def _triage(complexity: str, context: Any, conn: Any, order: Order) -> Case:
    return cases.triage(context, conn, order, complexity)
