"""What every device does at the door, whatever line it came by: no Flask in here.

The window screen comes by HTTP, older devices by WebSocket; both are shown the same and
hand in the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from haochaping.access import devices, queue_keys
from haochaping.access.devices import Device, Report
from haochaping.catalog import occurrences
from haochaping.evaluation import kept
from haochaping.evaluation.forms import Form
from haochaping.evaluation.invitations import Inviter
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, OccurrenceKey
from haochaping.web import tokens
from haochaping.web.citizen import choices
from haochaping.web.codes import grouped
from haochaping.web.errors import BadRequest

if TYPE_CHECKING:
    from haochaping.deployment import Deployment

VIA: Final = "window_device"
HEARD_EVERY: Final = timedelta(seconds=60)
_MOST_REASONS: Final = 50
OWN_FIELDS: Final = frozenset({"item", "serial", "date", "hall", "window", "staff"})
"""Fields of the core; the profile says which of them a device shows."""


def offered(deployment: Deployment, found: Device) -> dict[str, Any] | None:
    """Return the service received at a device's window just now that can be rated, or None."""
    now = deployment.clock.now()
    within = deployment.profile.rules.channels.device.wake_within_minutes
    with deployment.store.read() as conn:
        key = occurrences.latest_at_window(conn, found.window_id, now - timedelta(minutes=within))
    form = None if key is None else deployment.intake.form(key, Channel.WINDOW_DEVICE)
    if key is None or form is None or form.rated:
        return None
    return _service(deployment, form, key)


def rate(deployment: Deployment, found: Device, said: Mapping[str, Any]) -> Receipt:
    """Take in a rating that was given on a device.

    Raises BadRequest when it names no service, and what `Intake.submit` raises.
    """
    if not all(isinstance(said.get(name), str) for name in ("code", "key")):
        raise BadRequest()
    at = deployment.clock.now()
    return deployment.intake.submit(
        Draft(
            occurrence=said["code"],
            grade=said.get("grade"),
            options=said.get("options") or (),
            text=said.get("text") or "",
            idempotency_key=said["key"],
            client=f"device:{found.id}",
            channel=Channel.WINDOW_DEVICE,
            identity=kept.identity_at_window(deployment.desk),
            submitted_at=kept.moment_of(at, said.get("waited_ms")),
        )
    )


def heard_of(deployment: Deployment, found: Device, report: Report | None = None) -> None:
    """Note that a device was heard of, and what it said of itself."""
    now = deployment.clock.now()
    if report is None and found.seen_at is not None and now - found.seen_at < HEARD_EVERY:
        return
    with deployment.store.write() as conn:
        devices.seen(conn, found, report or Report(), now)


def report_of(said: Mapping[str, Any]) -> Report:
    """Return what a device says of itself; what cannot be read was not said."""
    refused = said.get("refused")
    return Report(
        waiting=_count(said.get("waiting")),
        device_time=_clock(said.get("clock")),
        software=str(said.get("software") or ""),
        refused=_reasons(refused) if isinstance(refused, dict) else None,
        keeping=str(said.get("keeping") or ""),
    )


def queue_key(deployment: Deployment) -> dict[str, str]:
    """Return the key that devices seal kept ratings to."""
    found = queue_keys.in_use(
        deployment.store, deployment.keyring, deployment.journal.emit, deployment.clock.now()
    )
    return {"id": found.id, "public": found.public}


def _service(deployment: Deployment, form: Form, key: OccurrenceKey) -> dict[str, Any]:
    desk = deployment.desk
    with deployment.store.write() as conn:
        invitation = Inviter(desk.signer, desk.rules).issue(conn, key, desk.clock.now(), VIA)
    wanted = deployment.profile.rules.channels.device.fields
    facts = choices.facts_of(form)
    shown = [fact for name, fact in facts if name in wanted or name not in OWN_FIELDS]
    return {
        "code": invitation.code,
        "key": tokens.mint(deployment.keyring, invitation.code).partition(".")[0],
        "service": f"{key.region}-{key.served_month}-{key.id}",
        "short": grouped(invitation.short_code),
        "fields": [{"label": fact.label, "value": fact.value} for fact in shown],
        "questions": [asdict(choices.asked(question)) for question in form.questions],
    }


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return max(0, min(value, 1_000_000))


def _reasons(said: Mapping[Any, Any]) -> Mapping[str, int]:
    counted = ((str(code), _count(number)) for code, number in list(said.items())[:_MOST_REASONS])
    return {code: number for code, number in counted if number}


def _clock(value: object) -> datetime | None:
    """Return a device's own time, milliseconds since 1970 by its clock."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 4e12:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)
