"""The files of a bulletin, opened again: geometry, figures, formulas, forbidden placeholders."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pypdf
import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Emu, Mm

from haochaping import pdf
from haochaping.bulletins import annexes, files, layout, printed, short, template, word
from haochaping.bulletins.content import Content, Part, text
from haochaping.bulletins.head import Head, ordinal
from haochaping.bulletins.rules import Edition
from haochaping.catalog.importing.cells import restored
from haochaping.grading import periods
from haochaping.hooks.values import Words

ZH = "zh_Hans_CN"
HEAD = Head("浙好评〔2026〕10号", date(2026, 11, 8), "认真整改。\n按期报告。", 2)
SIGNS = "=+-@\t\r＝＋－＠"
TAILS = ("1+1", "cmd|'/c calc'!A1", 'HYPERLINK("http://x.cn","点")', "SUM(A1:A9)", "", "办件")
PAYLOADS = [sign + tail for sign in SIGNS for tail in TAILS]


def table(*names: str) -> Part:
    """A board with subjects of these names."""
    columns = (Words("名次", "Place"), Words("名称", "Name"), Words("满意率", "Satisfaction"))
    rows = tuple((no, Words(name), "98.20%") for no, name in enumerate(names, 1))
    return Part("halls", Words("大厅榜", "Halls"), (), columns, rows)


def bulletin(*names: str) -> Content:
    """A small bulletin."""
    said = Part("overview", Words("总体情况", "Overview"), (Words("共收到 1,234 条。", "1,234."),))
    board = table(*(names or ("西湖厅", "滨江厅")))
    return Content(
        period=periods.parse("2026-10"),
        edition=Edition.PUBLIC,
        place=Words("浙江省"),
        issuer=Words("省政务服务局", "Provincial office"),
        profile_digest="abc",
        figures={"rated": 1234},
        parts=(said, board),
        annexes=(board,),
    )


def test_the_page_is_that_of_the_standard() -> None:
    document = Document(io.BytesIO(word.as_docx(bulletin(), HEAD, ZH)))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    width = section.page_width - section.left_margin - section.right_margin
    height = section.page_height - section.top_margin - section.bottom_margin
    assert (round(Emu(width).mm), round(Emu(height).mm)) == (156, 225)
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "linesAndChars"
    pitch, space = int(grid.get(qn("w:linePitch"))), int(grid.get(qn("w:charSpace")))
    assert int(Emu(height).pt * 20 / pitch) == 22
    assert int(Emu(width).pt / (16 + space / 4096) + 0.01) == 28
    normal = document.styles["Normal"]
    assert normal.font.size.pt == 16
    fonts = normal.element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    assert document.settings.odd_and_even_pages_header_footer
    assert "PAGE" in section.footer._element.xml


def test_lines_and_tables_fill_the_page_in_programs_that_lay_out_no_grid() -> None:
    document = Document(io.BytesIO(word.as_docx(bulletin("芝罘区人力资源和社会保障局"), HEAD, ZH)))
    said = next(one for one in document.paragraphs if one.text.startswith("一、"))
    assert said._p.pPr.find(qn("w:snapToGrid")).get(qn("w:val")) == "0"
    letters = said.runs[0]._r.rPr
    sign = 16 + int(letters.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert int(Mm(156).pt / sign) == 28
    assert int(Mm(225).pt / said.paragraph_format.line_spacing.pt) == 22
    order = [one.tag for one in letters]
    assert order.index(qn("w:spacing")) < order.index(qn("w:sz"))
    table = document.tables[0]
    widths = [column.width.mm for column in table.columns]
    assert round(sum(widths)) == 156
    assert widths[1] > widths[2] > widths[0]
    head, row = table.rows
    assert all(one._tr.trPr.find(qn("w:cantSplit")) is not None for one in table.rows)
    assert head._tr.trPr.find(qn("w:tblHeader")) is not None
    assert row.cells[2].paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT


def test_where_a_table_is_too_wide_the_widest_column_gives_way() -> None:
    name = "芝罘区人力资源和社会保障局政务服务中心分中心便民服务站"
    head = ["名次", "名称", *("主动评价率",) * 5]
    shares = layout.shares([head, ["1", name, *("100.0000%",) * 5]])
    assert round(sum(shares), 6) == 1
    assert all(layout._signs("100.0000%") < one * 41 for one in shares[2:])
    assert 0.1 < shares[1] < 0.3
    narrow = layout.shares([["名次", *("主动评价率",) * 12], ["1", *("100.0000%",) * 12]])
    assert round(sum(narrow), 6) == 1


def test_the_word_file_says_all_of_it_in_order() -> None:
    document = Document(io.BytesIO(word.as_docx(bulletin("<甲>&{{ title }}"), HEAD, ZH)))
    lines = [one.text for one in document.paragraphs if one.text]
    assert lines[:4] == [
        "省政务服务局",
        HEAD.number,
        "关于2026年10月政务服务\n“好差评”情况的通报",
        "一、总体情况",
    ]
    assert lines[-5:] == [
        "三、工作要求",
        "认真整改。",
        "按期报告。",
        "省政务服务局",
        "2026年11月8日",
    ]
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows == [["名次", "名称", "满意率"], ["1", "<甲>&{{ title }}", "98.20%"]]


def test_the_pdf_has_the_same_figures_on_a_page_of_the_same_size(tmp_path: Path) -> None:
    content = bulletin()
    reader = pypdf.PdfReader(io.BytesIO(printed.as_pdf(content, HEAD, ZH)))
    box = reader.pages[0].mediabox
    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == (210, 297)
    said = "".join(page.extract_text() for page in reader.pages)
    for part in content.parts:
        for row in part.rows:
            assert all(text(cell, ZH) in said for cell in row)
    assert "1,234" in said


def test_a_document_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="fetches nothing"):
        pdf._refuse("file:///etc/passwd")
    page = printed.page(bulletin('<img src="file:///etc/passwd">'), HEAD, ZH)
    assert "<img" not in page


def test_without_what_makes_pdf_the_other_files_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    made = files.made(bulletin(), HEAD)
    endings = [one.name.rpartition(".")[2] for one in made.files]
    assert endings == ["docx", "xlsx", "txt", "html", "json"]
    assert made.without_pdf is not None
    assert "libharfbuzz-subset0" in made.without_pdf.zh


def test_sixty_formulas_come_back_as_the_texts_they_were() -> None:
    assert len(PAYLOADS) == 60
    data = annexes.workbook(bulletin(*PAYLOADS), ZH)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    found = list(sheet.iter_rows(min_row=2))
    assert {row[1].data_type for row in found} == {"s"}
    assert [row[0].value for row in found] == list(range(1, 61))
    told = [str(row[1].value).replace("_x000D_", "\r") for row in found]
    assert [restored(one) for one in told] == PAYLOADS
    assert all(one.startswith("'") for one in told)
    raw = zipfile.ZipFile(io.BytesIO(data))
    assert all(b"<f>" not in raw.read(name) for name in raw.namelist())


def test_sheets_have_names_that_a_workbook_takes() -> None:
    taken: set[str] = set()
    assert annexes.sheet_name("a/b:c*?", taken) == "a b c"
    assert annexes.sheet_name("A B C", taken) == "A B C 2"
    assert len(annexes.sheet_name("长" * 50, taken)) == 31
    assert annexes.sheet_name("", taken) == "_"


def test_the_short_forms() -> None:
    content = bulletin("<b>甲</b>")
    said = short.media(content, ZH, "https://x.cn/bulletins/2026-10")
    assert said.startswith("【关于2026年10月政务服务“好差评”情况的通报】共收到 1,234 条。")
    assert said.endswith("全文：https://x.cn/bulletins/2026-10")
    assert len(said) <= short.MEDIA_MAX
    article = short.wechat(content, HEAD, ZH)
    assert "&lt;b&gt;甲&lt;/b&gt;" in article
    assert "<style" not in article
    assert "三、工作要求" in article
    assert "| 1 | <b>甲</b> | 98.20% |" in short.plain(content, ZH)
    assert "Read it all" in short.media(content, "en", "https://x.cn")


def test_headings_are_counted_as_officials_count() -> None:
    told = [ordinal(n, ZH) for n in (1, 10, 11, 20, 23)]
    assert told == ["一、", "十、", "十一、", "二十、", "二十三、"]
    assert ordinal(3, "en") == "3. "


def with_text(*lines: str, header: str = "", name: str = "") -> bytes:
    """A template with these paragraphs, and perhaps another file in it."""
    document = Document(io.BytesIO(template.shipped()))
    for line in lines:
        document.add_paragraph(line)
    if header:
        document.sections[0].header.paragraphs[0].text = header
    file = io.BytesIO()
    document.save(file)
    if name:
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(name, '<x xmlns="urn:x">{{ config }}</x>')
    return file.getvalue()


def test_the_template_that_comes_along_is_sound() -> None:
    template.require_sound(template.shipped())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (with_text("{{ config }}"), "{{ config }}"),
        (with_text("{{ title|upper }}"), "{{ title|upper }}"),
        (with_text("{{ ''.__class__.__mro__ }}"), "__class__"),
        (with_text("{% for x in y %}{{ title }}{% endfor %}"), "{% for x in y %}"),
        (with_text("{# note #}"), "{# note #}"),
        (with_text("{%p if title %}"), "{%p if title %}"),
        (with_text("{{ title"), "{{"),
        (with_text("{", "{ 7*7 }}"), "7*7"),
        (with_text(header="{{ secret }}"), "header"),
        (with_text(header="{{ body }}"), "{{ body }}"),
        (with_text("{{ body }}"), "2 处"),
        (with_text(name="word/other.xml"), "word/other.xml"),
        (with_text(name="x/y.part"), "x/y.part"),
        (with_text(name="word/vbaProject.bin"), "宏"),
        (b"nothing", "不是 docx"),
        (b"x" * (template.LARGEST + 1), "5 MB"),
    ],
)
def test_a_template_that_asks_for_more_is_refused_by_name(data: bytes, said: str) -> None:
    with pytest.raises(template.TemplateRefused) as refusal:
        word.as_docx(bulletin(), HEAD, ZH, data)
    assert said in refusal.value.detail.zh


def test_a_template_of_ones_own_is_filled_wherever_its_words_are_split() -> None:
    document = Document(io.BytesIO(template.shipped()))
    split = document.add_paragraph()
    for piece in ("第{", "{ ver", "sion }", "} 版"):
        split.add_run(piece)
    document.sections[0].header.paragraphs[0].text = "{{ place }}"
    file = io.BytesIO()
    document.save(file)
    made = Document(io.BytesIO(word.as_docx(bulletin(), HEAD, ZH, file.getvalue())))
    assert made.paragraphs[-1].text == "第2 版"
    assert made.sections[0].header.paragraphs[0].text == "浙江省"


def test_the_body_needs_a_paragraph_of_its_own() -> None:
    document = Document()
    document.add_table(1, 1).rows[0].cells[0].text = "{{ body }}"
    file = io.BytesIO()
    document.save(file)
    with pytest.raises(template.TemplateRefused) as refusal:
        word.as_docx(bulletin(), HEAD, ZH, file.getvalue())
    assert "单独成段" in refusal.value.detail.zh


def test_signs_that_a_document_cannot_hold_are_left_out() -> None:
    assert layout.writable("甲\x00乙\x0b") == "甲乙"
    word.as_docx(bulletin("\x01厅"), HEAD, ZH)
