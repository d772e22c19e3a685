"""Device and receipt show what the city's own device and receipt show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import segno

from haochaping.hooks.values import Occurrence, OccurrenceKey, UnitRef, Words
from haochaping.testing import printing as escpos
from haochaping_shenzhen.plugin import Shenzhen

SERVICE = Occurrence(
    key=OccurrenceKey("440305", 202611, 1),
    case_no="440305202611160001",
    no=2,
    stage="conclusion",
    service_channel="window",
    item=UnitRef(1, "item", Words("居住证签注", "Residence permit endorsement")),
    organization=UnitRef(2, "org", Words("市公安局")),
    hall=UnitRef(3, "hall", Words("市民中心行政服务大厅")),
    window=UnitRef(4, "A12", Words("A12")),
    staff=UnitRef(5, "0075", Words("0075")),
    served_at=datetime(2026, 11, 15, 17, 30, tzinfo=UTC),
)


def plugin(**settings) -> Shenzhen:
    return Shenzhen(settings, SimpleNamespace())


def shown(fields) -> list[tuple[str, str]]:
    return [(field.label.zh, field.value) for field in fields if field.value]


def test_the_device_shows_item_serial_and_staff_number() -> None:
    assert shown(plugin().evaluation_prompt(occurrence=SERVICE)) == [
        ("事项名称", "居住证签注"),
        ("流水号", "440305202611160001-2"),
        ("工号", "0075"),
    ]


def test_the_fields_and_their_order_are_the_profiles_choice() -> None:
    fields = plugin(device_fields=["staff", "date"]).evaluation_prompt(occurrence=SERVICE)
    assert shown(fields) == [("工号", "0075"), ("办理日期", "2026-11-16")]


def test_what_is_not_chosen_is_hidden_rather_than_left_to_the_core() -> None:
    fields = plugin(device_fields=["item"]).evaluation_prompt(occurrence=SERVICE)
    assert {field.name for field in fields if not field.value} == {
        "serial",
        "staff",
        "window",
        "hall",
        "date",
    }


def test_the_receipt_has_heading_facts_code_and_footer_in_order() -> None:
    receipt = {"footer": {"zh": "请扫码评价"}}
    blocks = list(plugin(receipt=receipt).evaluation_receipt(occurrence=SERVICE))
    assert [block.kind for block in blocks] == [
        "paper",
        "heading",
        *["field"] * 5,
        "rule",
        "qr",
        "code",
        "text",
    ]
    assert [block.value for block in blocks[:2]] == ["80", "办事回执"]
    assert blocks[-1].value == "请扫码评价"
    assert [block.order for block in blocks] == sorted(block.order for block in blocks)


@pytest.mark.parametrize(
    ("paper", "facts"),
    [
        ("58", ["事项名称", "流水号", "工号"]),
        ("80", ["事项名称", "流水号", "工号", "窗口", "办理日期"]),
        ("a4", ["事项名称", "流水号", "工号", "大厅", "窗口", "办理日期"]),
    ],
)
def test_each_paper_has_its_template(paper: str, facts: list[str]) -> None:
    blocks = list(plugin(receipt={"paper": paper}).evaluation_receipt(occurrence=SERVICE))
    assert blocks[0].value == paper
    assert [block.label.zh for block in blocks if block.kind == "field" and block.label] == facts
    assert [block.kind for block in blocks].count("text") == (3 if paper == "a4" else 1)


def test_item_serial_and_staff_number_are_on_every_receipt() -> None:
    blocks = plugin(receipt={"fields": ["hall"]}).evaluation_receipt(occurrence=SERVICE)
    labels = [block.label.zh for block in blocks if block.kind == "field" and block.label]
    assert labels == ["事项名称", "流水号", "工号", "大厅"]


@pytest.mark.parametrize(("paper", "roll"), [("58", escpos.NARROW), ("80", escpos.WIDE)])
@pytest.mark.parametrize("host", ["https://p.cn", "https://zwfw-hcp.longhua.sz.example.gov.cn"])
def test_the_printed_code_is_at_least_twenty_millimetres_and_fits_the_paper(
    paper: str, roll: escpos.Roll, host: str
) -> None:
    address = f"{host}/r/{'A' * 40}"
    blocks = plugin(receipt={"paper": paper}).evaluation_receipt(occurrence=SERVICE)
    filled = [replace(b, value=address) if b.kind == "qr" else b for b in blocks]
    printed = escpos.render(filled, "zh", roll)
    dots = printed.split(b"\x1d(k\x03\x001C")[1][0]
    side = segno.make(address, error="m", boost_error=False, micro=False).symbol_size(border=0)[0]
    assert side * dots / escpos.DOTS_PER_MM >= escpos.LEAST_QR_MM
    assert (side + 8) * dots <= roll.dots
    assert dots >= 4


def test_a_service_without_window_and_staff_has_a_shorter_receipt() -> None:
    bare = replace(SERVICE, window=None, staff=None, served_at=None)
    kinds = [block.kind for block in plugin().evaluation_receipt(occurrence=bare)]
    assert kinds.count("field") == 2


def test_a_receipt_names_neither_person_nor_grade() -> None:
    text = " ".join(block.value for block in plugin().evaluation_receipt(occurrence=SERVICE))
    assert not any(word in text for word in ("满意", "姓名", "手机"))
