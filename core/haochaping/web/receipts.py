"""The paper receipt: the page that prints its blocks on a roll or A4, the bytes for a printer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from flask import render_template
from markupsafe import Markup

from haochaping.evaluation.invitations import qr_svg
from haochaping.hooks.evaluation import ReceiptBlock
from haochaping.web import escpos
from haochaping.web.i18n import language, words

PAPERS: Final = ("58", "80", "a4")
USUAL: Final = "80"


@dataclass(frozen=True, slots=True)
class PrintedBlock:
    """A block as the print page shows it; `drawing` is the QR code."""

    kind: str
    value: str
    label: str = ""
    drawing: Markup = Markup("")  # noqa: RUF009  a Markup never changes


def paper_of(blocks: Iterable[ReceiptBlock], wish: str = "") -> str:
    """Return the paper to print on: the wish, what the receipt is laid out for, or 80 mm."""
    laid_out = (block.value for block in blocks if block.kind == "paper")
    return next((one for one in (wish, *laid_out) if one in PAPERS), USUAL)


def page(blocks: Iterable[ReceiptBlock], wish: str = "") -> str:
    """Return the print page of blocks as `evaluation.forms.receipt_for` gives them."""
    every: Sequence[ReceiptBlock] = tuple(blocks)
    printed = [_printed(block) for block in every if block.kind != "paper"]
    return render_template("receipt.html", blocks=printed, paper=paper_of(every, wish))


def to_printer(blocks: Iterable[ReceiptBlock], wish: str = "") -> bytes:
    """Return the receipt as ESC/POS bytes in the reader's language; A4 prints as 80 mm."""
    every = tuple(blocks)
    roll = escpos.ROLLS.get(paper_of(every, wish), escpos.WIDE)
    return escpos.render(every, language(), roll)


def _printed(block: ReceiptBlock) -> PrintedBlock:
    # the drawing is our own and holds nothing of the address but its modules
    drawing = Markup(qr_svg(block.value)) if block.kind == "qr" else Markup("")
    return PrintedBlock(block.kind, block.value, words(block.label), drawing)
