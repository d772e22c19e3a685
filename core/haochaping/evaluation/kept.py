"""Ratings that a window device kept while the line was down, taken in one by one.

Each item is sealed to a key of ours and bound to its device and its own id. It goes
through the same door as any rating, under the idempotency key that was minted with the
service, so that sending it again, in any order, counts once.

What a device's clock says is never believed: only the time that passed on the device
between rating and sending is used, and only for `submitted_at`, which decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Final

from haochaping.access import queue_keys
from haochaping.crypto import Unsealable
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.problems import InvalidEvaluation
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity, Words
from haochaping.problems import Problem

MOST_ITEMS: Final = 40
"""Items of one batch."""
LONGEST_WAIT: Final = timedelta(days=60)
"""A device that claims to have kept a rating for longer has no time to tell."""
_ID_SIGNS: Final = 64
_SEALED_SIGNS: Final = 16_384


class Fate(StrEnum):
    """What became of an item; only `created` and `duplicate` may leave the device."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    LATER = "later"


class KeptUnreadable(Problem):
    """A kept rating that cannot be opened or does not say what it must."""

    code = "HCP-KEPT-UNREADABLE"
    status = 422
    title = Words(
        "本机保存的这条评价无法读取：内容不完整或被改动",
        "This kept rating cannot be read: it is incomplete or was changed",
    )


class BadBatch(Problem):
    """A batch that is no list of sealed items."""

    code = "HCP-BAD-BATCH"
    status = 400
    title = Words(
        f"批次应为 1 至 {MOST_ITEMS} 条，每条含 id、kid、box",
        f"A batch is a list of 1 to {MOST_ITEMS} items, each with id, kid and box",
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One sealed rating: its own id, the id of the key it is sealed to, the sealed bytes."""

    id: str
    key_id: str
    box: str


@dataclass(frozen=True, slots=True)
class Stand:
    """The device's time as it stands: its clock, and a counter of one run of the page (ms)."""

    clock: float
    run: str
    counter: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What a device sends at once: its items and its time at sending."""

    device_id: int
    items: tuple[Item, ...]
    stand: Stand


@dataclass(frozen=True, slots=True)
class Fared:
    """The answer for one item; `reason` is the code of a refusal."""

    id: str
    fate: Fate
    reason: str = ""


def batch_of(device_id: int, said: object) -> Batch:
    """Return the batch of a request's body. Raises BadBatch."""
    given = said.get("items") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(given, list):
        raise BadBatch()
    items = tuple(_item(one) for one in given[: MOST_ITEMS + 1])
    if not 1 <= len(items) <= MOST_ITEMS:
        raise BadBatch()
    return Batch(device_id, items, _stand(said))


def take(intake: Intake, batch: Batch) -> tuple[Fared, ...]:
    """Take the items of a batch in, each for itself, and return what became of each."""
    at = intake.desk.clock.now()
    return tuple(_fared(item.id, partial(_submit, intake, batch, item, at)) for item in batch.items)


def moment_of(at: datetime, waited_ms: object) -> datetime | None:
    """Return when something was done that a device says was so many milliseconds ago.

    None when it says nothing that can be: then only the moment of arrival is known.
    """
    number = _number(waited_ms, -1.0)
    if not 0 <= number <= LONGEST_WAIT / timedelta(milliseconds=1):
        return None
    return at - timedelta(milliseconds=number)


def identity_at_window(desk: Desk) -> Identity:
    """Return who is taken to rate at a window: who was just served is presumed to be."""
    accepted = desk.rules.identities
    return Identity.PRESUMED if Identity.PRESUMED in accepted else Identity.ANONYMOUS


def _fared(item_id: str, submit: partial[Fate]) -> Fared:
    try:
        return Fared(item_id, submit())
    except Problem as problem:
        fate = Fate.LATER if problem.status >= 500 else Fate.REFUSED
        return Fared(item_id, fate, reason_of(problem))


def reason_of(problem: Problem) -> str:
    """Return the code that says most about why a rating was refused."""
    faults = problem.faults if isinstance(problem, InvalidEvaluation) else ()
    return faults[0].code if faults else problem.code


def _submit(intake: Intake, batch: Batch, item: Item, at: datetime) -> Fate:
    said = _opened(intake.desk, batch.device_id, item)
    receipt = intake.submit(
        Draft(
            occurrence=said["code"],
            grade=said.get("grade"),
            options=said.get("options") or (),
            text=said.get("text") or "",
            idempotency_key=said["key"],
            client=f"device:{batch.device_id}",
            channel=Channel.WINDOW_DEVICE,
            identity=identity_at_window(intake.desk),
            submitted_at=moment_of(at, _waited(said, batch.stand)),
        )
    )
    return Fate.DUPLICATE if receipt.repeated else Fate.CREATED


def _opened(desk: Desk, device_id: int, item: Item) -> Mapping[str, Any]:
    """Return what an item says. Raises QueueKeyGone, KeptUnreadable."""
    with desk.store.look() as conn:
        private = queue_keys.private_key(conn, desk.keyring, item.key_id)
    try:
        plain = queue_keys.opened(private, item.box, f"device:{device_id}:{item.id}")
        said = json.loads(plain)
    except (Unsealable, ValueError) as error:
        raise KeptUnreadable() from error
    if not isinstance(said, dict) or not all(isinstance(said.get(n), str) for n in ("code", "key")):
        raise KeptUnreadable()
    return said


def _waited(said: Mapping[str, Any], now: Stand) -> float:
    """Return the milliseconds since a rating: by the page's counter, else by the clock's.

    Either way the device's time stands on both sides of the difference: a clock that is off
    by a year is off by nothing here.
    """
    then = _stand(said)
    if then.run and then.run == now.run:
        return now.counter - then.counter
    return now.clock - then.clock


def _stand(said: Mapping[str, Any]) -> Stand:
    run = said.get("run")
    counter = _number(said.get("counter"), 0.0)
    clock = _number(said.get("clock"), 0.0)
    return Stand(clock, run if isinstance(run, str) else "", counter)


def _number(value: object, otherwise: float) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and abs(value) < 1e15 else otherwise  # type: ignore[arg-type]


def _item(given: object) -> Item:
    names: Sequence[str] = ("id", "kid", "box")
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) for name in names):
        raise BadBatch()
    item = Item(given["id"], given["kid"], given["box"])
    if not 1 <= len(item.id) <= _ID_SIGNS or len(item.box) > _SEALED_SIGNS:
        raise BadBatch()
    return item
