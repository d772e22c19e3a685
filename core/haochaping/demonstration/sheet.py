"""The sheet that is printed: addresses, accounts, links, keys and a request to copy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from haochaping.access.roles import ROLE_NAMES
from haochaping.demonstration.home import DeviceKey
from haochaping.demonstration.people import PASSWORD, PEOPLE
from haochaping.demonstration.places import Counter
from haochaping.demonstration.waiting import Waiting
from haochaping.hooks.values import Words

SHOWN_DEVICES: Final = 2
_NUMBER: Final = "NUMBER"
_NOW: Final = "NOW"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a demonstration has to show, in one language when printed.

    `figures` are the name of the month and its own rates where published figures gave the
    shape, with the sentence that says so.
    """

    base_url: str
    profile: Words
    waiting: Sequence[Waiting]
    devices: Sequence[DeviceKey]
    api_key: str
    counter: Counter
    counts: Mapping[str, int]
    figures: tuple[str, Words, Mapping[str, str]] | None = None
    upper_url: str = ""
    hotline: str = ""
    """The next platform and the folder of the hotline's tickets, where there are any."""

    def lines(self, language: str) -> Iterator[str]:
        """Yield the lines of the sheet."""
        yield from self._head(language)
        yield from self._rating(language)
        yield from self._exchange(language)
        yield from self._staff(language)
        yield from self._api(language)

    def _head(self, language: str) -> Iterator[str]:
        yield ""
        yield _say(language, "演示部署", "Demonstration") + f": {self.profile.into(language)}"
        yield _say(
            language,
            "  数据均为虚构，账号口令公开，只可用于演示",
            "  all data are invented, the passwords are public: for demonstration only",
        )
        services, ratings = self.counts.get("services", 0), self.counts.get("ratings", 0)
        bad = self.counts.get("bad", 0)
        yield _say(
            language,
            f"  服务 {services:,} 次，评价 {ratings:,} 条，其中差评 {bad:,} 条",
            f"  {services:,} services, {ratings:,} ratings, {bad:,} of them bad",
        )
        yield from self._figures(language)
        yield ""
        yield _pair(_say(language, "公众主页", "public home"), f"{self.base_url}/")
        month = f"?period={self.figures[0]}" if self.figures else ""
        board = f"{self.base_url}/boards/organizations{month}"
        yield _pair(_say(language, "单位榜单", "board"), board)

    def _figures(self, language: str) -> Iterator[str]:
        if self.figures is None:
            return
        month, note, own = self.figures
        yield f"  {note.into(language)}"
        rates = "  ".join(f"{name} {value}" for name, value in own.items())
        yield _say(language, f"  {month} 自身比率：", f"  its own rates of {month}: ") + rates

    def _rating(self, language: str) -> Iterator[str]:
        yield ""
        yield _say(language, "评价一次服务（每条链接可评一次）", "Rate a service (each link once)")
        for one in self.waiting:
            label = _say(language, f"建议评 {one.grade} 分", f"try grade {one.grade}")
            yield _pair(label, f"{self.base_url}{one.path}")
        yield ""
        yield _say(language, "窗口评价屏（打开后输入密钥）", "Window screens (enter the key once)")
        for device in self.devices[:SHOWN_DEVICES]:
            where = f"{self.base_url}/device/{device.id}"
            yield _pair(f"{device.hall}/{device.window}", f"{where}  {device.key}")

    def _exchange(self, language: str) -> Iterator[str]:
        if not self.upper_url:
            return
        yield ""
        yield _say(
            language, "上下级平台对接（本机演示）", "Exchange with others (all on this machine)"
        )
        here = f"{self.base_url}/console/exchange"
        yield _pair(_say(language, "发送、回执、对账", "sent, receipts, reconciling"), here)
        yield _pair(_say(language, "上级平台", "the next platform"), f"{self.upper_url}/")
        yield _pair(_say(language, "热线工单放入", "the hotline's tickets go into"), self.hotline)

    def _staff(self, language: str) -> Iterator[str]:
        yield ""
        yield _pair(_say(language, "工作台", "console"), f"{self.base_url}/console")
        yield _pair(_say(language, "口令（全部账号）", "password (all)"), PASSWORD)
        for one in PEOPLE:
            yield f"    {one.login:<14}{ROLE_NAMES[one.role].into(language)}"

    def _api(self, language: str) -> Iterator[str]:
        yield ""
        yield _pair(_say(language, "业务系统密钥", "API key"), self.api_key)
        yield _say(
            language,
            "  推送一件办件（窗口屏会亮起，返回评价链接）：",
            "  push a case (wakes the window's screen, answers a rating link):",
        )
        yield f"  curl -s {self.base_url}/api/v1/service-cases \\"
        yield f"    -H 'Authorization: Bearer {self.api_key}' \\"
        yield "    -H 'Content-Type: application/json' \\"
        yield f"    -d '{pushed(self.counter)}'"


def pushed(counter: Counter) -> str:
    """Return the body of a push as a shell takes it between single quotes: numbered, served now."""
    body = json.dumps(example_case(counter), ensure_ascii=False)
    return body.replace(_NUMBER, _shell("date +%s")).replace(_NOW, _shell("date -Iseconds"))


def example_case(counter: Counter) -> dict[str, object]:
    """Return the body of a push for a window; NUMBER and NOW are still to be filled in."""
    offer = counter.offers[0]
    case = {
        "case_no": f"DEMO-{_NUMBER}",
        "item_code": offer.item,
        "organization_code": offer.organization,
        "status": "concluded",
        "hall_code": counter.hall,
        "window_code": counter.window,
        "staff_no": counter.staff[0],
        "occurrences": [
            {"no": 1, "stage": "conclusion", "service_channel": "hall", "served_at": _NOW}
        ],
    }
    return {"cases": [case]}


def _shell(command: str) -> str:
    return f"'\"$({command})\"'"


def _say(language: str, zh: str, en: str) -> str:
    return Words(zh, en).into(language)


def _pair(label: str, value: str) -> str:
    return f"  {label}  {value}"
