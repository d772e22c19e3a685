"""The 80 mm print page of a receipt and the same receipt for a printer."""

from __future__ import annotations

import pytest
from flask import Flask

from haochaping.hooks.evaluation import ReceiptBlock
from haochaping.hooks.values import Words
from haochaping.web import receipts
from tests.web.bare import bare_app

BLOCKS = (
    ReceiptBlock("heading", "办事回执"),
    ReceiptBlock("field", "社保登记 <b>", Words("事项", "Item")),
    ReceiptBlock("rule"),
    ReceiptBlock("qr", "https://pj.example/r/ABC"),
    ReceiptBlock("space"),
    ReceiptBlock("code", "0123456789", Words("短码", "Short code")),
    ReceiptBlock("text", "扫码评价本次服务"),
)


@pytest.fixture
def app() -> Flask:
    return bare_app()


def test_the_page_shows_every_block_in_order(app: Flask) -> None:
    with app.test_request_context("/"):
        page = receipts.page(BLOCKS)
    shown = ["办事回执", "事项", "社保登记", "<hr>", "<svg", "短码", "0123456789", "扫码评价"]
    places = [page.index(one) for one in shown]
    assert places == sorted(places)


def test_texts_of_a_receipt_are_no_markup(app: Flask) -> None:
    with app.test_request_context("/"):
        page = receipts.page(BLOCKS)
    assert "社保登记 &lt;b&gt;" in page


def test_labels_are_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        page = receipts.page(BLOCKS)
    assert "Short code" in page
    assert "短码" not in page


def test_a_printer_gets_the_same_receipt(app: Flask) -> None:
    with app.test_request_context("/"):
        printed = receipts.to_printer(BLOCKS)
    for shown in ("办事回执", "社保登记", "短码", "扫码评价本次服务"):
        assert shown.encode("gb18030") in printed
    assert b"https://pj.example/r/ABC" in printed
