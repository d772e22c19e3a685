"""The bulletin as a Word document: a template's placeholders filled, the parts in its body."""

from __future__ import annotations

import io
import re
from typing import Any, Final

from haochaping.bulletins import template
from haochaping.bulletins.content import Content, Part, named, text
from haochaping.bulletins.head import REMARKS, Head, day_words, ordinal
from haochaping.bulletins.rules import Edition
from haochaping.hooks.values import Words

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EDITIONS: Final = {
    Edition.INTERNAL: Words("内部版", "internal edition"),
    Edition.PUBLIC: Words("公开版", "public edition"),
}
_TITLE_SIGNS: Final = 18
"""Signs of a title that stand on one line."""
_MARK: Final = "\ue000body\ue001"
"""Stands for the body while the other placeholders are filled: private signs, in no text."""


def as_docx(content: Content, head: Head, language: str, template_data: bytes = b"") -> bytes:
    """Return the bulletin as a Word document. Raises TemplateRefused for somebody's own template.

    The parts are added after the placeholders are filled, so no text of theirs is ever read
    as a placeholder.
    """
    from docxtpl import DocxTemplate  # lazily: it takes longer than most pages
    from jinja2.sandbox import SandboxedEnvironment

    data = template_data or template.shipped()
    template.require_sound(data)
    document = DocxTemplate(io.BytesIO(data))
    told = _told(content, head, language)
    document.render(told, SandboxedEnvironment(autoescape=True), autoescape=True)
    _fill(document.docx, content, head, language)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _told(content: Content, head: Head, language: str) -> dict[str, str]:
    from haochaping.bulletins import layout

    overview = named(content.parts, "overview")
    said = overview.paragraphs if overview else ()
    found = {
        "issuer": content.issuer.into(language),
        "number": head.number,
        "title": _broken(content.title.into(language)),
        "place": content.place.into(language),
        "period": content.period.name,
        "edition": EDITIONS[content.edition].into(language),
        "version": str(head.version),
        "summary": "".join(one.into(language) for one in said),
        "body": _MARK,
        "date": day_words(head.day).into(language),
        "digest": content.digest,
    }
    return {name: layout.writable(one) for name, one in found.items()}


def _broken(title: str) -> str:
    """Return a title that takes two lines with a break where it should be, before the quotation."""
    first, mark, second = title.partition("“")
    return f"{first}\n{mark}{second}" if mark and len(title) > _TITLE_SIGNS else title


def _fill(document: Any, content: Content, head: Head, language: str) -> None:
    mark = next((one for one in document.paragraphs if _MARK in one.text), None)
    if mark is None:
        raise template.TemplateRefused(
            Words(
                "{{ body }} 要单独成段，放在正文里，不能放在表格或文本框中",
                "{{ body }} needs a paragraph of its own in the text, in no table or text box",
            )
        )
    for number, part in enumerate(content.parts, start=1):
        _part(document, mark, part, (number, language))
    if head.asked:
        _heading(mark, ordinal(len(content.parts) + 1, language) + REMARKS.into(language))
        for one in head.asked:
            _paragraph(mark, one)
    mark._p.getparent().remove(mark._p)


def _part(document: Any, mark: Any, part: Part, said: tuple[int, str]) -> None:
    number, language = said
    _heading(mark, ordinal(number, language) + part.heading.into(language))
    for one in part.paragraphs:
        _paragraph(mark, one.into(language))
    if part.columns:
        rows = [[one.into(language) for one in part.columns]]
        rows += [[text(cell, language) for cell in row] for row in part.rows]
        _table(document, mark, rows)


def _heading(mark: Any, title: str) -> None:
    from haochaping.bulletins import layout

    paragraph = mark.insert_paragraph_before()
    layout.shape(paragraph, layout.HEADING)
    paragraph.paragraph_format.keep_with_next = True
    layout.write(paragraph, title, layout.HEADING)


def _paragraph(mark: Any, said: str) -> None:
    from haochaping.bulletins import layout

    paragraph = mark.insert_paragraph_before()
    layout.shape(paragraph, layout.TEXT)
    layout.write(paragraph, said, layout.TEXT)


def _table(document: Any, mark: Any, rows: list[list[str]]) -> None:
    from haochaping.bulletins import layout

    table = layout.table(document, layout.shares(rows), len(rows))
    cells = table._cells
    for number, row in enumerate(rows):
        for place, said in enumerate(row):
            look = layout.TABLE_HEAD
            if number:
                look = layout.FIGURE if _FIGURE.fullmatch(said) else layout.IN_TABLE
            paragraph = cells[number * len(row) + place].paragraphs[0]
            layout.shape(paragraph, look)
            layout.write(paragraph, said, look)
    mark._p.addprevious(table._tbl)
    layout.shape(mark.insert_paragraph_before(), layout.TEXT)


_FIGURE: Final = re.compile(r"[<+\-]?[0-9][0-9,.]*%?|[—…]")
"""What stands at the right of its column: numbers, rates, and what stands for them."""
