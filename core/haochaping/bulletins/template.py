"""Word templates: the one that comes along, and the look at one that people have edited.

A template knows listed placeholders only. Whatever else stands between its braces, and
whatever a file could carry beside text (macros, links to elsewhere), is refused in words.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

from haochaping.hooks.values import Words
from haochaping.problems import Problem

PLACEHOLDERS: Final[Mapping[str, Words]] = {
    "issuer": Words("发文机关", "who issues it"),
    "number": Words("发文字号", "number of the document"),
    "title": Words("标题", "title"),
    "place": Words("行政区划", "jurisdiction"),
    "period": Words("时期", "period"),
    "edition": Words("版本名称", "edition"),
    "version": Words("第几版", "version"),
    "summary": Words("总体情况", "overview in sentences"),
    "body": Words("正文（单独成段）", "all parts, in a paragraph of its own"),
    "date": Words("成文日期", "date"),
    "digest": Words("内容校验值", "digest of the content"),
}
"""All that a template may ask for."""
BODY: Final = "body"
LARGEST: Final = 5 * 1024 * 1024
"""Bytes of a template at most; unpacked ten times as many."""
_TEXTS: Final = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_SPLIT: Final = re.compile(r"(?<=\{)(<[^>]*>)+(?=[{%#])|(?<=[%}#])(<[^>]*>)+(?=\})")
_BRACES: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\{\{|\{%|\{#", re.S)
_OUTSIDE: Final = re.compile(r'<Relationship\b[^>]*TargetMode="External"[^>]*>')
_LINK: Final = "relationships/hyperlink"


class TemplateRefused(Problem):
    """A Word template is not usable: what is wrong with it stands in the detail."""

    code = "HCP-TEMPLATE-REFUSED"
    status = 422
    exit_code = 3
    title = Words("这个 Word 模板不能用", "This Word template cannot be used")


def require_sound(data: bytes) -> None:
    """Raise TemplateRefused, naming all that is wrong, unless a template may be used."""
    found = list(_faults(data))
    if found:
        zh, en = "；".join(one.zh for one in found), "; ".join(one.en for one in found)
        raise TemplateRefused(Words(zh, en))


def _faults(data: bytes) -> Iterator[Words]:
    if len(data) > LARGEST:
        yield Words("文件大于 5 MB", "the file is larger than 5 MB")
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        yield Words("不是 docx 文件", "it is no docx file")
        return
    with archive:
        names = archive.namelist()
        if sum(one.file_size for one in archive.infolist()) > 10 * LARGEST:
            yield Words("解开后大于 50 MB", "it unpacks to more than 50 MB")
        elif "word/document.xml" not in names or len(set(names)) < len(names):
            yield Words("不是 Word 文档", "it is no Word document")
        else:
            yield from _dangers(archive, names)
            yield from _asked(archive, names)


def _dangers(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Words]:
    if any(name.endswith("vbaProject.bin") for name in names):
        yield Words("含有宏", "it has macros")
    for name in names:
        if name.endswith(".rels"):
            told = archive.read(name).decode("utf-8", "replace")
            if any(_LINK not in one for one in _OUTSIDE.findall(told)):
                yield Words(f"{name} 引用了外部内容", f"{name} refers to something outside")


def _asked(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Words]:
    bodies = 0
    for name in names:
        xml = _xml(archive.read(name))
        if xml is None:
            yield Words(f"{name} 含有文档类型声明", f"{name} declares a document type")
            continue
        known = _TEXTS.fullmatch(name) is not None
        for token in _tokens(xml):
            asked = token[2:-2].strip() if token.startswith("{{") else ""
            if asked in PLACEHOLDERS and known and (asked != BODY or name == "word/document.xml"):
                bodies += asked == BODY
            else:
                yield _unknown(token, name)
    if bodies != 1:
        yield Words(
            f"正文里应当正好有一处 {{{{ body }}}}，现在有 {bodies} 处",
            f"the text must have {{{{ body }}}} once, it has it {bodies} times",
        )


def _xml(data: bytes) -> str | None:
    """Return a file as the filling will read it: entities told; empty for what is no XML.

    None for one that declares a document type, which could hide anything.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        found = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return ""
    if found.getroottree().docinfo.doctype:
        return None
    return str(etree.tostring(found, encoding="unicode"))


def _tokens(xml: str) -> Iterator[str]:
    """Yield all that stands in braces, put together across Word's runs as the filling does."""
    whole = _SPLIT.sub("", xml)
    for found in _BRACES.finditer(whole):
        yield re.sub(r"<[^>]*>", "", found[0])


def _unknown(token: str, name: str) -> Words:
    shown, known = " ".join(token.split())[:60], "、".join(PLACEHOLDERS)
    return Words(
        f"{name} 中的 {shown} 不是可用的占位符（可用：{known}；不能写语句、过滤器和表达式）",
        f"{shown} in {name} is no placeholder (known: {', '.join(PLACEHOLDERS)};"
        " no statements, filters or expressions)",
    )


def shipped() -> bytes:
    """Return the template that comes along: the page of GB/T 9704 with all that one needs."""
    from docx import Document

    from haochaping.bulletins import layout

    document: Any = Document()
    layout.lay_out(document)
    layout.line(document, "{{ issuer }}", layout.ISSUER)
    layout.line(document, "{{ number }}", layout.CENTRED)
    layout.rule(document)
    layout.line(document, "", layout.TEXT)
    layout.line(document, "{{ title }}", layout.TITLE)
    layout.line(document, "", layout.TEXT)
    layout.line(document, "{{ body }}", layout.TEXT)
    layout.line(document, "", layout.TEXT)
    layout.line(document, "{{ issuer }}", layout.SIGNED)
    layout.line(document, "{{ date }}", layout.SIGNED)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()
