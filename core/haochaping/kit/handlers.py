"""What the examples of hooks name as `package.module:function`; imported on first use."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from haochaping.hooks.deployment import PageRequest, PageResponse, SceneSetting
from haochaping.hooks.evaluation import ReceiptBlock
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.services import IncomingText, OutgoingMessage
from haochaping.hooks.values import Words


def show(plugin: Plugin, request: PageRequest) -> PageResponse:
    """Show the plugin's page."""
    title = Words(plugin.title_zh, plugin.title_en).into(request.language)
    return PageResponse(f"{plugin.name}/index.html", {"title": title})


def state(plugin: Plugin, request: PageRequest) -> PageResponse:
    """Answer the name of the plugin as JSON."""
    body = json.dumps({"plugin": plugin.name}).encode()
    return PageResponse(body=body, content_type="application/json")


def hello(plugin: Plugin, words: tuple[str, ...]) -> int:
    """Greet whoever is named."""
    print(f"{plugin.title_zh}: {' '.join(words) or '您好'}")
    return 0


def tidy(plugin: Plugin, at: datetime) -> None:
    """Note in the sealed journal that the night's work was done."""
    plugin.services.audit("tidied", f"{at:%Y-%m-%d}", {})


def take_rows(plugin: Plugin, conn: Any, rows: Sequence[Mapping[str, str]]) -> list[Words | None]:
    """Refuse rows without a case number; a real plugin stores the others in its own table."""
    missing = Words("缺少办件编号", "the case number is missing")
    return [None if row["case_no"] else missing for row in rows]


def make_sender(settings: Mapping[str, Any], http: Any) -> Callable[[OutgoingMessage], str]:
    """Make the function that sends one message and returns the messenger's own number."""
    return lambda message: f"sent-{message.business_id}"


def make_receiver(
    settings: Mapping[str, Any],
) -> Callable[[Mapping[str, str], bytes, datetime], Sequence[IncomingText]]:
    """Make the function that reads what the platform hands in."""

    def receive(headers: Mapping[str, str], body: bytes, at: datetime) -> Sequence[IncomingText]:
        return [IncomingText(one["id"], one["from"], one["text"]) for one in json.loads(body)]

    return receive


def make_printer(settings: Mapping[str, Any]) -> Callable[[Sequence[ReceiptBlock]], bytes]:
    """Make the function that turns the blocks of a receipt into what the printer reads."""
    return lambda blocks: "\n".join(block.value for block in blocks).encode()


def make_other(*given: Any) -> Any:
    """Make what the hook's value type describes; `given` are the settings, and the HTTP client."""
    return given


def play(plugin: Plugin, setting: SceneSetting) -> None:
    """Play a scene of the demonstration."""
    plugin.services.audit("played", setting.case_no, {})
