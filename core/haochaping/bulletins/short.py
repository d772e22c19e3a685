"""A bulletin in short: a text for the media, an article for WeChat, plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from haochaping.bulletins.content import Content, Part, named, text
from haochaping.bulletins.head import REMARKS, Head, day_words, ordinal

MEDIA_MAX: Final = 500
"""Characters of the text for the media at most."""
_BOX: Final = "border:1px solid #c8ccd4;padding:6px 8px;text-align:left;font-size:14px"
_TEXT: Final = "font-size:16px;line-height:1.75;margin:0 0 12px"
_WECHAT_ROWS: Final = 10


def media(content: Content, language: str, address: str = "") -> str:
    """Return a few sentences for newspapers and messages, with where to read it all."""
    overview = named(content.parts, "overview")
    said = [one.into(language) for one in overview.paragraphs] if overview else []
    english = language.startswith("en")
    body = (" " if english else "").join(said)
    mark = f"[{content.title.en}] " if english else f"【{content.title.zh}】"
    tail = "" if not address else f" Read it all: {address}" if english else f"全文：{address}"
    return mark + body[: MEDIA_MAX - len(mark) - len(tail)] + tail


def wechat(content: Content, head: Head, language: str) -> str:
    """Return an article to be pasted into a WeChat account: styles inline, nothing fetched."""
    lines = [
        f'<section style="color:#1f2329"><h1 style="font-size:20px;line-height:1.4">'
        f"{escape(content.title.into(language))}</h1>",
        f'<p style="color:#646a73;font-size:14px">{escape(content.issuer.into(language))} · '
        f"{escape(day_words(head.day).into(language))}</p>",
    ]
    for number, part in enumerate(content.parts, start=1):
        lines += _article_part(part, number, language)
    if head.asked:
        lines.append(_heading(len(content.parts) + 1, REMARKS.into(language), language))
        lines += [f'<p style="{_TEXT}">{escape(one)}</p>' for one in head.asked]
    return "\n".join([*lines, "</section>", ""])


def _article_part(part: Part, number: int, language: str) -> Iterator[str]:
    yield _heading(number, part.heading.into(language), language)
    for one in part.paragraphs:
        yield f'<p style="{_TEXT}">{escape(one.into(language))}</p>'
    if part.columns:
        yield '<table style="border-collapse:collapse;width:100%;margin:0 0 16px"><thead><tr>'
        for title in part.columns:
            yield f'<th style="{_BOX};background:#f2f4f8">{escape(title.into(language))}</th>'
        yield "</tr></thead><tbody>"
        for row in part.rows[:_WECHAT_ROWS]:
            cells = "".join(f'<td style="{_BOX}">{escape(text(c, language))}</td>' for c in row)
            yield f"<tr>{cells}</tr>"
        yield "</tbody></table>"


def _heading(number: int, title: str, language: str) -> str:
    shown = escape(ordinal(number, language) + title)
    return f'<h2 style="font-size:17px;margin:20px 0 8px">{shown}</h2>'


def plain(content: Content, language: str) -> str:
    """Return the bulletin as Markdown."""
    lines = [f"# {content.title.into(language)}", ""]
    for number, part in enumerate(content.parts, start=1):
        lines += [f"## {ordinal(number, language)}{part.heading.into(language)}", ""]
        for one in part.paragraphs:
            lines += [one.into(language), ""]
        if part.columns:
            lines += [*_markdown(part, language), ""]
    return "\n".join(lines)


def _markdown(part: Part, language: str) -> Iterator[str]:
    yield _row([one.into(language) for one in part.columns])
    yield _row(["---"] * len(part.columns))
    for row in part.rows:
        yield _row([text(cell, language) for cell in row])


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
