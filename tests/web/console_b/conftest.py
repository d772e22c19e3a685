"""The console's office, with a browser for each kind of work."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from haochaping.access.roles import Role
from haochaping.catalog import tables as catalog
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Channel, Identity, OccurrenceKey, RaterRole
from tests.web.conftest import MONTH, REGION, WINDOW, Site
from tests.web.console.conftest import (  # noqa: F401  fixtures are found by their names
    ELSEWHERE,
    FOREIGN_UNIT,
    STAFF,
    UNIT,
    Browser,
    Office,
    _cheap_passwords,
    fields_of,
    office,
    text_of,
)

__all__ = [
    "ELSEWHERE",
    "FOREIGN_UNIT",
    "MONTH",
    "REGION",
    "STAFF",
    "UNIT",
    "WINDOW",
    "Browser",
    "Desk",
    "Office",
    "Role",
    "Site",
    "fields_of",
    "form_of",
    "text_of",
]


@dataclass
class Desk:
    """The office with short names for its people and ratings."""

    office: Office

    @property
    def site(self) -> Site:
        return self.office.site

    @property
    def deployment(self) -> Any:
        return self.office.deployment

    def person(self, role: Role, **place: Any) -> Browser:
        """A signed-in person with one role, everywhere unless a place is named."""
        return self.office.someone(role, **place)

    def rate(self, grade: int = 5, text: str = "", key: OccurrenceKey | None = None) -> Any:
        """Rate a service as its visitor; return the stored row."""
        target = key or self.site.serve()
        draft = Draft(
            occurrence=target,
            grade=grade,
            options=("207",) if grade == 2 else (),
            text=text,
            idempotency_key=f"desk-{next(self.office.numbers)}",
            channel=Channel.QR,
            identity=Identity.ANONYMOUS,
            rater_role=RaterRole.APPLICANT,
            client="test",
        )
        self.deployment.intake.submit(draft)
        return self.site.ratings()[-1]

    def hold(self, row: Any, status: str = "held") -> str:
        """Put a stored rating on hold as a failed check would; return its address part."""
        with self.deployment.store.write() as conn:
            conn.execute(
                update(evaluation)
                .where(evaluation.c.id == row.id)
                .values(status=status, reason="plugin_failed:registry")
            )
        return f"{row.region}-{row.served_month}-{row.id}"

    def place_staff(self) -> None:
        """Give the staff member the window as their own."""
        with self.deployment.store.write() as conn:
            conn.execute(
                update(catalog.staff)
                .where(catalog.staff.c.id == STAFF)
                .values(window_id=WINDOW, hall_id=2)
            )


@pytest.fixture
def desk(office: Office) -> Desk:  # noqa: F811  the fixture of that name
    return Desk(office)


def form_of(answer: TestResponse, action: str) -> dict[str, Any]:
    """All fields of a form as a browser would send them, areas and repeated names included."""
    page = answer.get_data(as_text=True)
    forms = re.findall(r"<form\b([^>]*)>(.*?)</form>", page, re.S)
    body = next(body for head, body in forms if f'action="{action}"' in head)
    found: dict[str, Any] = {}
    for raw in re.findall(r"<input\b([^>]*)>", body):
        one = dict(re.findall(r'(\w+)="([^"]*)"', raw))
        skipped = one.get("type") in ("radio", "checkbox") and "checked" not in raw
        if "name" in one and not skipped:
            found.setdefault(one["name"], []).append(html.unescape(one.get("value", "")))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', body, re.S):
        found[name] = [html.unescape(text)]
    return found
