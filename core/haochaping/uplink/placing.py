"""Storing the service that a record is about, within the reach of whoever sends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from haochaping.catalog.cases import push
from haochaping.catalog.pushes import PushedCase, PushedOccurrence
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.uplink import chains, marking
from haochaping.uplink.desk import Exchange
from haochaping.uplink.shapes import moment


class Refused(Exception):
    """A record cannot be taken in as it is; `why` says what to mend."""

    def __init__(self, why: Words) -> None:
        self.why = why
        super().__init__(why.en or why.zh)


def place(
    exchange: Exchange,
    conn: Connection,
    said: Mapping[str, Any],
    reaches: Callable[[str, str], bool],
) -> OccurrenceKey:
    """Store the service or find it; return its key. Raises Refused."""
    pushed = PushedCase(
        case_no=said["case_no"],
        item_code=said["item_code"],
        organization_code=said["organization_code"],
        status=said["case_status"],
        occurrences=(
            PushedOccurrence(
                no=said["occurrence_no"],
                stage=said["stage"],
                service_channel=said["service_channel"],
                hall_code=said["hall_code"],
                window_code=said["window_code"],
                staff_no=said["staff_no"],
                served_at=moment(said, "served_at"),
            ),
        ),
    )
    (result,) = push(
        conn,
        marking.marked(exchange.emit),
        exchange.clock.now(),
        [pushed],
        zone=exchange.zone,
        emit_many=marking.marked_many(exchange.emit_many),
    )
    if result.key is None:
        raise Refused(result.reason or Words("办件未能保存", "The service was not stored"))
    target = chains.target_of(conn, result.key)
    if target is None or not reaches(*target.place):
        raise Refused(
            Words(
                "该办件的机构不在密钥的地区或机构范围内",
                "The organization of this service lies outside the reach of the key",
            )
        )
    return result.key
