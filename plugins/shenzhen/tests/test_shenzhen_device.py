"""Device and receipt show what the city's own device and receipt show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

from haochaping.hooks.values import Occurrence, OccurrenceKey, UnitRef, Words
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
        "heading",
        *["field"] * 5,
        "rule",
        "qr",
        "code",
        "text",
    ]
    assert blocks[0].value == "办事回执"
    assert blocks[-1].value == "请扫码评价"
    assert [block.order for block in blocks] == sorted(block.order for block in blocks)


def test_a_service_without_window_and_staff_has_a_shorter_receipt() -> None:
    bare = replace(SERVICE, window=None, staff=None, served_at=None)
    kinds = [block.kind for block in plugin().evaluation_receipt(occurrence=bare)]
    assert kinds.count("field") == 2


def test_a_receipt_names_neither_person_nor_grade() -> None:
    text = " ".join(block.value for block in plugin().evaluation_receipt(occurrence=SERVICE))
    assert not any(word in text for word in ("满意", "姓名", "手机"))
