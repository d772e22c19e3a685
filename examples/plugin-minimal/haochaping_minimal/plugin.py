"""The plugin: a board (contributes), masks (decides), a message (observes)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from haochaping import Plugin, hookimpl
from haochaping.hooks.disclosure import BoardSpec, Redaction, ReviewView
from haochaping.hooks.rectification import CaseEvent
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words

PLATE: Final = re.compile(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}")


class Minimal(Plugin):
    """An example of a plugin."""

    name = "minimal"
    api_version = 1
    title_zh = "示例插件"
    title_en = "Example plugin"
    config_schema = "config.schema.json"

    @hookimpl
    def disclosure_boards(self) -> Iterable[BoardSpec]:
        """Contributes: a board of halls by the share of services that were rated."""
        title = Words("大厅主动评价榜", "Halls by active ratings")
        return [BoardSpec("minimal.halls", title, "hall", "active_rate", descending=True)]

    @hookimpl
    def disclosure_redact(self, review: ReviewView) -> Iterable[Redaction]:
        """Decide: mask licence plates in a comment, if the profile wants it."""
        if not self.config["plates"]:
            return []
        found = PLATE.finditer(review.text)
        return [Redaction(plate.start(), plate.end(), "plate") for plate in found]

    @hookimpl
    def case_closed(self, event: CaseEvent) -> None:
        """Observe: tell the supervisor's inbox that a case has ended."""
        case = event.case
        message = OutgoingMessage(
            business_id=f"minimal:{event.idempotency_key}",
            to="supervisor",
            organization_id=case.organization_id,
            gateway="inbox",
            subject=Words("差评工单已办结", "A case was closed"),
            body=Words(f"工单 {case.public_id} 已办结", f"Case {case.public_id} was closed"),
        )
        self.services.messages.send(message)
