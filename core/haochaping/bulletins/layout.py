"""The page of GB/T 9704-2012: A4, type area 156 × 225 mm, 22 lines of 28 signs, and its letters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

PAGE: Final = (210, 297)
"""Width and height of the paper in millimetres."""
MARGINS: Final = (37, 26, 35, 28)
"""Top, right, bottom, left in millimetres: what is left is 156 × 225."""
LINE_PITCH: Final = 579
"""Twentieths of a point from line to line: 225 mm over 22 lines."""
CHARACTER_SPACE: Final = -842
"""4096ths of a point between signs of 16 pt, so that 28 fill 156 mm."""
LINE: Final = Pt(28.95)
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Look:
    """How a line is written: letters, size in points, place; first `indent` in signs."""

    font: str
    size: float
    align: Any = None
    indent: int = 0
    bold: bool = False
    red: bool = False
    right: int = 0
    """Signs left free on the right."""
    exact: bool = True


_SONG: Final = "方正小标宋简体"
_FANGSONG: Final = "仿宋_GB2312"
TEXT: Final = Look(_FANGSONG, 16, WD_ALIGN_PARAGRAPH.JUSTIFY, indent=2)
CENTRED: Final = Look(_FANGSONG, 16, WD_ALIGN_PARAGRAPH.CENTER)
HEADING: Final = Look("黑体", 16, WD_ALIGN_PARAGRAPH.LEFT, indent=2)
TITLE: Final = Look(_SONG, 22, WD_ALIGN_PARAGRAPH.CENTER, exact=False)
ISSUER: Final = Look(_SONG, 36, WD_ALIGN_PARAGRAPH.CENTER, red=True, exact=False)
SIGNED: Final = Look(_FANGSONG, 16, WD_ALIGN_PARAGRAPH.RIGHT, right=4)
IN_TABLE: Final = Look(_FANGSONG, 10.5, WD_ALIGN_PARAGRAPH.LEFT, exact=False)
TABLE_HEAD: Final = Look("黑体", 10.5, WD_ALIGN_PARAGRAPH.LEFT, exact=False)
FOOT: Final = Look("宋体", 14, WD_ALIGN_PARAGRAPH.RIGHT, exact=False)


def lay_out(document: Any) -> None:
    """Set paper, margins, grid, the letters of ordinary text, and page numbers at the outside."""
    normal = document.styles["Normal"]
    normal.font.size, normal.font.name = Pt(16), "Times New Roman"
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FANGSONG)
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(one) for one in PAGE)
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = (
        Mm(one) for one in MARGINS
    )
    section.footer_distance = Mm(MARGINS[2] - 7 - 5)
    document.settings.odd_and_even_pages_header_footer = True
    _grid(section)
    _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)


def _grid(section: Any) -> None:
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(LINE_PITCH))
    grid.set(qn("w:charSpace"), str(CHARACTER_SPACE))
    properties.append(grid)


def _page_number(paragraph: Any, align: Any) -> None:
    look = Look(FOOT.font, FOOT.size, align, exact=False)
    shape(paragraph, look)
    write(paragraph, "— ", look)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = write(paragraph, "", look)
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
    write(paragraph, " —", look)


def line(document: Any, text: str, look: Look) -> Any:
    """Add a paragraph at the end of a document."""
    paragraph = document.add_paragraph()
    shape(paragraph, look)
    write(paragraph, text, look)
    return paragraph


def rule(document: Any) -> None:
    """Add the red line between head and text."""
    paragraph = line(document, "", CENTRED)
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "1"), ("color", "CC0000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)


def shape(paragraph: Any, look: Look) -> None:
    """Give a paragraph its place and its distance from line to line."""
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.alignment = look.align
    if look.exact:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    if look.indent:
        form.first_line_indent = Pt(look.indent * look.size)
    if look.right:
        form.right_indent = Pt(look.right * look.size)


def writable(text: str) -> str:
    """Return a text without the signs that XML cannot hold."""
    return _UNWRITABLE.sub("", text)


def write(paragraph: Any, text: str, look: Look) -> Any:
    """Add a run to a paragraph in its letters."""
    run = paragraph.add_run(writable(text))
    font = run.font
    font.size, font.bold, font.name = Pt(look.size), look.bold, "Times New Roman"
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), look.font)
    if look.red:
        font.color.rgb = RGBColor(0xCC, 0, 0)
    return run


def table(document: Any, rows: int, columns: int) -> Any:
    """Return a new table as wide as the type area, with lines, whose head is repeated."""
    made = document.add_table(rows, columns)
    properties = made._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        edge = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "333333")):
            edge.set(qn(f"w:{name}"), value)
        borders.append(edge)
    properties.append(borders)
    repeated = OxmlElement("w:tblHeader")
    made.rows[0]._tr.get_or_add_trPr().append(repeated)
    return made
