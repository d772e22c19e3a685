"""Shenzhen: device prompt, paper receipt, tickets through 12345, rectification by district."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from haochaping import Plugin, hookimpl
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.evaluation import PromptField, ReceiptBlock
from haochaping.hooks.rectification import CaseView, Route
from haochaping.hooks.values import Occurrence, Words
from haochaping_shenzhen.facts import LABELS, value
from haochaping_shenzhen.receipt import blocks
from haochaping_shenzhen.routing import route

_DEFAULT_FIELDS: Final = ("item", "serial", "staff")


class Shenzhen(Plugin):
    """What Shenzhen adds to evaluation, rectification and disclosure.

    The city's device shows item name, serial number and staff number; its paper receipt
    carries a QR code by which the service is rated. A rating of two stars or fewer becomes
    a ticket that 12345 hands to the unit of the person who handled it; the share rectified
    in time is published by district.
    """

    name = "shenzhen"
    api_version = 1
    title_zh = "深圳：评价器提示、回执与差评工单"
    title_en = "Shenzhen: device prompt, receipt and tickets"
    config_schema = "config.schema.json"

    @hookimpl
    def evaluation_prompt(self, occurrence: Occurrence) -> Iterable[PromptField]:
        """Return the configured fields in their order; the core's others are hidden."""
        shown = tuple(self.config.get("device_fields", _DEFAULT_FIELDS))
        hidden = (name for name in LABELS if name not in shown)
        fields = [
            PromptField(name, LABELS[name], value(name, occurrence), order)
            for order, name in enumerate(shown)
        ]
        return fields + [PromptField(name, LABELS[name], "") for name in hidden]

    @hookimpl
    def evaluation_receipt(self, occurrence: Occurrence) -> Iterable[ReceiptBlock]:
        """Return the blocks of the paper receipt."""
        return list(blocks(self.config.get("receipt", {}), occurrence))

    @hookimpl
    def rectification_route(self, case: CaseView) -> Route | None:
        """Return the unit of the handling person, through the hotline's queue."""
        return route(case, self.config.get("ticket_grades", 2))

    @hookimpl
    def disclosure_boards(self) -> Iterable[BoardSpec]:
        """Add the board of timely rectification by district, if the profile wants it."""
        if not self.config.get("district_board", True):
            return []
        return [
            BoardSpec(
                name="timely-rectification",
                title=Words("各区差评按时整改率", "Timely rectification by district"),
                subject_kind="region",
                measure="on_time_rate",
                descending=True,
                columns=("callback_rate", "bad_rate"),
                note=Words(
                    "按时答复的差评工单占本期应答复工单的比例",
                    "Share of the period's due cases that were answered in time",
                ),
            )
        ]
