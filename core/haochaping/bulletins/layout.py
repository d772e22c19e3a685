"""The page of GB/T 9704-2012: A4, type area 156 × 225 mm, 22 lines of 28 signs, and its letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
SPACING: Final = -6
"""The same in twentieths of a point, for text: programs lay the grid's signs out differently."""
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
    spacing: int = 0
    """Twentieths of a point between signs, beside the page's grid."""


_SONG: Final = "方正小标宋简体"
_FANGSONG: Final = "仿宋_GB2312"
TEXT: Final = Look(_FANGSONG, 16, WD_ALIGN_PARAGRAPH.LEFT, indent=2, spacing=SPACING)
CENTRED: Final = Look(_FANGSONG, 16, WD_ALIGN_PARAGRAPH.CENTER)
HEADING: Final = Look("黑体", 16, WD_ALIGN_PARAGRAPH.LEFT, indent=2, spacing=SPACING)
TITLE: Final = Look(_SONG, 22, WD_ALIGN_PARAGRAPH.CENTER, exact=False)
ISSUER: Final = Look(_SONG, 36, WD_ALIGN_PARAGRAPH.CENTER, red=True, exact=False)
SIGNED: Final = Look(_FANGSONG, 16, WD_ALIGN_PARAGRAPH.RIGHT, right=4)
IN_TABLE: Final = Look(_FANGSONG, 10.5, WD_ALIGN_PARAGRAPH.LEFT, exact=False)
FIGURE: Final = Look(_FANGSONG, 10.5, WD_ALIGN_PARAGRAPH.RIGHT, exact=False)
TABLE_HEAD: Final = Look("黑体", 10.5, WD_ALIGN_PARAGRAPH.CENTER, exact=False)
FOOT: Final = Look("宋体", 14, WD_ALIGN_PARAGRAPH.RIGHT, exact=False)


def lay_out(document: Any) -> None:
    """Set paper, margins, grid, the letters of ordinary text, and page numbers at the outside."""
    normal = document.styles["Normal"]
    normal.font.size, normal.font.name = Pt(16), "Times New Roman"
    letters = normal.element.get_or_add_rPr()
    letters.get_or_add_rFonts().set(qn("w:eastAsia"), _FANGSONG)
    _simplified(document)
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


def _simplified(document: Any) -> None:
    """Say that the text is simplified Chinese: where a font is missing, its like is taken."""
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")


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
    """Give a paragraph its place and its distance from line to line.

    The grid of the page says how it is to be filled, lines and letters say it themselves: a
    program that puts each sign into a cell of the grid would tear small letters apart.
    """
    form = paragraph.paragraph_format
    off = OxmlElement("w:snapToGrid")
    off.set(qn("w:val"), "0")
    paragraph._p.get_or_add_pPr().insert_element_before(off, *_AFTER_SNAP)
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
    if look.spacing:
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), str(look.spacing))
        run._r.get_or_add_rPr().insert_element_before(spacing, *_AFTER_SPACING)
    if look.red:
        font.color.rgb = RGBColor(0xCC, 0, 0)
    return run


def table(document: Any, widths: Sequence[float], rows: int) -> Any:
    """Return a new table of the type area's width, with lines, whose head is repeated.

    `widths` are shares of the width. Rows are never torn apart between two pages.
    """
    made = document.add_table(rows, len(widths))
    made.autofit = False
    properties = made._tbl.tblPr
    properties.insert_element_before(
        _borders(), "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook"
    )
    properties.insert_element_before(_cell_margins(), "w:tblLook")
    total = PAGE[0] - MARGINS[1] - MARGINS[3]
    columns = [Mm(total * share) for share in widths]
    for column, width in zip(made.columns, columns, strict=True):
        column.width = width
    for row in made.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row._tr.tc_lst, columns, strict=True):
            cell.width = width
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    return made


def shares(rows: Sequence[Sequence[str]]) -> tuple[float, ...]:
    """Return the share of the width that each column needs, the first row being the head.

    What is left over goes to all alike. Where there is too little, columns of words give way,
    which can run over several lines, then all. A head may run over two lines.
    """
    head, *body = rows
    needed = [
        max(_signs(title) / 2, 2, *(_signs(row[place]) for row in body)) + _PADDING
        for place, title in enumerate(head)
    ]
    words = [any(_WORDS.search(row[place]) for row in body) for place in range(len(head))]
    needed = _fitting(needed, words, _NARROWEST)
    needed = _fitting(needed, [True] * len(head), 0)
    return tuple(one / sum(needed) for one in needed)


def _fitting(needed: list[float], giving: Sequence[bool], least: float) -> list[float]:
    """Return the widths with those that give way cut alike, none below `least`."""
    most = max(needed)
    while sum(needed) > _SIGNS_ACROSS and most > least:
        most -= 0.5
        needed = [
            min(one, most) if gives else one for one, gives in zip(needed, giving, strict=True)
        ]
    return needed


def _signs(text: str) -> float:
    """Return the width of a text in Chinese signs: others are half as wide."""
    return sum(1 if ord(one) > _LATIN else 0.6 for one in text)


def _borders() -> Any:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        edge = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "333333")):
            edge.set(qn(f"w:{name}"), value)
        borders.append(edge)
    return borders


def _cell_margins() -> Any:
    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", 30), ("left", 60), ("bottom", 30), ("right", 60)):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(width))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    return margins


_WORDS: Final = re.compile("[\u4e00-\u9fff]")
_LATIN: Final = 0x2000
_PADDING: Final = 0.7
"""Signs that the edges of a cell take."""
_SIGNS_ACROSS: Final = 41
"""Signs of 10.5 pt that 156 mm hold."""
_NARROWEST: Final = 4
"""Signs that a column of words keeps as long as it can."""
_AFTER_SNAP: Final = (
    *("w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc"),
    *("w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId"),
    *("w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange"),
)
"""What follows `snapToGrid` in a paragraph's properties, whose order is fixed."""
_AFTER_SPACING: Final = (
    *("w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:effect", "w:bdr"),
    *("w:shd", "w:fitText", "w:vertAlign", "w:rtl", "w:cs", "w:em", "w:lang", "w:eastAsianLayout"),
    *("w:specVanish", "w:oMath"),
)
"""What follows `spacing` in a run's properties."""
