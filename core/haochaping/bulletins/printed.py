"""The bulletin as PDF, laid out as GB/T 9704 wants it: A4, 156 × 225 mm, 22 lines of 28 signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from haochaping import pdf
from haochaping.bulletins.content import Content, Part, text
from haochaping.bulletins.head import REMARKS, Head, day_words, ordinal


def as_pdf(content: Content, head: Head, language: str) -> bytes:
    """Return the bulletin as PDF. Raises PdfUnavailable."""
    return pdf.of_html(page(content, head, language))


def page(content: Content, head: Head, language: str) -> str:
    """Return the bulletin as HTML for paper."""
    return "\n".join(_page(content, head, language))


def _page(content: Content, head: Head, language: str) -> Iterator[str]:
    lang = "en" if language.startswith("en") else "zh-CN"
    title = escape(content.title.into(language))
    issuer = escape(content.issuer.into(language))
    yield f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
    yield f'<style>{_STYLE}</style></head><body class="{lang}">'
    yield f'<p class="issuer">{issuer}</p><p class="number">{escape(head.number)}</p><hr>'
    halves = "".join(f"<span>{one}</span>" for one in _halves(title))
    yield f"<h1>{halves}</h1>"
    for number, part in enumerate(content.parts, start=1):
        yield from _part(part, number, language)
    if head.asked:
        last = ordinal(len(content.parts) + 1, language) + REMARKS.into(language)
        yield f"<h2>{escape(last)}</h2>"
        yield from (f"<p>{escape(one)}</p>" for one in head.asked)
    day = escape(day_words(head.day).into(language))
    yield f'<div class="sign"><p>{issuer}</p><p>{day}</p></div></body></html>'


def _part(part: Part, number: int, language: str) -> Iterator[str]:
    yield f"<h2>{escape(ordinal(number, language) + part.heading.into(language))}</h2>"
    yield from (f"<p>{escape(one.into(language))}</p>" for one in part.paragraphs)
    if part.columns:
        kind = ' class="short"' if len(part.rows) <= _SHORT else ""
        yield f"<table{kind}><thead><tr>"
        yield from (f"<th>{escape(one.into(language))}</th>" for one in part.columns)
        yield "</tr></thead><tbody>"
        for row in part.rows:
            yield f"<tr>{''.join(_cell(text(cell, language)) for cell in row)}</tr>"
        yield "</tbody></table>"


def _cell(shown: str) -> str:
    kind = ' class="n"' if _FIGURE.fullmatch(shown) else ""
    return f"<td{kind}>{escape(shown)}</td>"


def _halves(title: str) -> tuple[str, ...]:
    """Return a title in parts that stay on one line each, so that it breaks where it should."""
    first, mark, second = title.partition("“")
    return (first, mark + second) if mark else (title,)


_FIGURE: Final = re.compile(r"[-+<]?[\d,.]+%?|[…—]")
_SHORT: Final = 8
"""Rows of a table that is kept on one page."""
_STYLE: Final = """
@page { size: A4; margin: 37mm 26mm 35mm 28mm }
@page :right { @bottom-right { content: "— " counter(page) " —"; font: 14pt "SimSun",
  "Noto Serif CJK SC", serif; vertical-align: top; padding-top: 7mm; padding-right: 14pt } }
@page :left { @bottom-left { content: "— " counter(page) " —"; font: 14pt "SimSun",
  "Noto Serif CJK SC", serif; vertical-align: top; padding-top: 7mm; padding-left: 14pt } }
body { font-family: "FangSong_GB2312", "FangSong", "Noto Serif CJK SC", serif; font-size: 16pt;
  line-height: 28.99pt; letter-spacing: -0.206pt; margin: 0; text-align: justify }
body.en { letter-spacing: 0; font-size: 13pt; line-height: 21pt }
p { margin: 0; text-indent: 2em; orphans: 2; widows: 2 }
body.en p { text-indent: 0; margin-bottom: 6pt }
.issuer { font-family: "FZXiaoBiaoSong-B05S", "Noto Serif CJK SC", serif; font-weight: bold;
  color: #c00; font-size: 30pt; line-height: 1.4; text-align: center; text-indent: 0;
  margin: 12mm 0 6mm }
.number { text-align: center; text-indent: 0; min-height: 28.99pt }
hr { border: 0; border-top: 1.5pt solid #c00; margin: 4mm 0 14mm }
h1 { font-family: "FZXiaoBiaoSong-B05S", "Noto Serif CJK SC", serif; font-size: 22pt;
  line-height: 1.5; text-align: center; margin: 0 0 28.99pt }
h1 span { display: block }
table.short { break-inside: avoid }
.n { text-align: right; white-space: nowrap; overflow-wrap: normal }
h2 { font-family: "SimHei", "Noto Sans CJK SC", sans-serif; font-size: 16pt; font-weight: normal;
  line-height: 28.99pt; margin: 0; text-indent: 2em; break-after: avoid }
body.en h2 { text-indent: 0; font-weight: bold; margin-top: 8pt }
table { border-collapse: collapse; width: 100%; margin: 3mm 0 5mm; font-size: 10.5pt;
  line-height: 1.45; letter-spacing: 0; text-align: left }
th, td { border: .5pt solid #333; padding: 1mm 1.5mm; overflow-wrap: anywhere }
th { font-family: "SimHei", "Noto Sans CJK SC", sans-serif; font-weight: normal }
thead { display: table-header-group }
tr { break-inside: avoid }
.sign { margin-top: 57.98pt; break-inside: avoid }
.sign p { text-align: right; text-indent: 0; padding-right: 64pt }
"""
