"""The paper receipt: the 80 mm page that prints its blocks, and the bytes for a printer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import render_template
from markupsafe import Markup

from haochaping.evaluation.invitations import qr_svg
from haochaping.hooks.evaluation import ReceiptBlock
from haochaping.web import escpos
from haochaping.web.i18n import language, words


@dataclass(frozen=True, slots=True)
class PrintedBlock:
    """A block as the print page shows it; `drawing` is the QR code."""

    kind: str
    value: str
    label: str = ""
    drawing: Markup = Markup("")  # noqa: RUF009  a Markup never changes


def page(blocks: Iterable[ReceiptBlock]) -> str:
    """Return the 80 mm print page of blocks as `evaluation.forms.receipt_for` gives them."""
    return render_template("receipt.html", blocks=[_printed(block) for block in blocks])


def to_printer(blocks: Iterable[ReceiptBlock]) -> bytes:
    """Return the receipt as ESC/POS bytes in the reader's language."""
    return escpos.render(tuple(blocks), language())


def _printed(block: ReceiptBlock) -> PrintedBlock:
    # the drawing is our own and holds nothing of the address but its modules
    drawing = Markup(qr_svg(block.value)) if block.kind == "qr" else Markup("")
    return PrintedBlock(block.kind, block.value, words(block.label), drawing)
