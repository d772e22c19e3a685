"""Shenzhen: what the rating device shows, and the paper receipt with a QR code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from haochaping import Plugin, hookimpl
from haochaping.hooks.evaluation import PromptField, ReceiptBlock
from haochaping.hooks.values import Occurrence
from haochaping_shenzhen.facts import LABELS, value
from haochaping_shenzhen.receipt import blocks

_DEFAULT_FIELDS: Final = ("item", "serial", "staff")


class Shenzhen(Plugin):
    """What Shenzhen adds to evaluation.

    The city's device shows item name, serial number and staff number; its paper receipt
    carries a QR code by which the service is rated.
    """

    name = "shenzhen"
    api_version = 1
    title_zh = "深圳：评价器提示与回执"
    title_en = "Shenzhen: device prompt and receipt"
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
