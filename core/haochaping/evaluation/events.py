"""What the journal is told about evaluations: ids, grades and states, never words or persons.

Every payload describes one row: `id`, `served_month`, `occurrence_id`, `first_id`,
`supersedes_id` (0 for the first of a chain), `round`, `grade`, `bad` and `first_bad` (1 or 0),
`options`, `status`, `previous_status` (empty for a new row), `reason`, `channel`,
`provenance`, `identity`, `rater_role`, `early`, `counted_on` (ISO day), `received_at` and
`first_received_at` (ISO moments), `form_version`, `organization_id`, `hall_id`, `window_id`,
`staff_id`, `item_id`; `evaluation.amended` carries the replaced row, in the same form, under
`previous`, with the status it had before.
"""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter
from typing import Any, Final

from haochaping.evaluation.stored import Evaluation
from haochaping.journal import Event

RECORDED: Final = "evaluation.recorded"
AMENDED: Final = "evaluation.amended"
WITHDRAWN: Final = "evaluation.withdrawn"
VOIDED: Final = "evaluation.voided"
RELEASED: Final = "evaluation.released"
EXCLUDED: Final = "evaluation.excluded"

KINDS: Final = (RECORDED, AMENDED, WITHDRAWN, VOIDED, RELEASED, EXCLUDED)

_COPIED: Final = (
    "id",
    "served_month",
    "occurrence_id",
    "first_id",
    "supersedes_id",
    "round",
    "grade",
    "status",
    "reason",
    "channel",
    "provenance",
    "identity",
    "rater_role",
    "form_version",
    "organization_id",
    "hall_id",
    "window_id",
    "staff_id",
    "item_id",
)
_VALUES: Final = attrgetter(*_COPIED)


def event(
    kind: str, row: Evaluation, bad_grades: Collection[int], *, before: str = "", **more: Any
) -> Event:
    """Return the event of a row that is now as given; `before` is its status until now."""
    payload = described(row, bad_grades, before)
    payload.update(more)
    return Event(kind, row.subject, payload, row.region)


def amended(new: Evaluation, old: Evaluation, bad_grades: Collection[int], **more: Any) -> Event:
    """Return the event of a row `new` that replaced `old` (as it was until now)."""
    return event(AMENDED, new, bad_grades, previous=described(old, bad_grades, ""), **more)


def described(row: Evaluation, bad_grades: Collection[int], before: str) -> dict[str, Any]:
    """Return the payload that describes one row."""
    bad = int(row.grade in bad_grades)
    payload: dict[str, Any] = dict(zip(_COPIED, _VALUES(row), strict=True))
    payload.update(
        bad=bad,
        first_bad=bad if row.supersedes_id == 0 and row.round == 1 else 0,
        options=list(row.options),
        previous_status=before,
        early=int(row.early),
        counted_on=row.counted_on.isoformat(),
        received_at=row.received_at.isoformat(),
        first_received_at=row.first_received_at.isoformat(),
    )
    return payload
