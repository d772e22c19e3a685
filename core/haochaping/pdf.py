"""PDF files out of HTML: fonts that can write Chinese, nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from haochaping.hooks.values import Words
from haochaping.problems import Problem

PDF: Final = "application/pdf"


class PdfUnavailable(Problem):
    """What makes PDF files is not installed on this machine."""

    code = "HCP-PDF-UNAVAILABLE"
    status = 503
    title = Words("本机不能生成 PDF", "PDF files cannot be made on this machine")


def of_html(page: str) -> bytes:
    """Return a page of HTML as PDF. Raises PdfUnavailable naming what is missing."""
    html_class = _weasyprint()
    found: bytes = html_class(string=page, url_fetcher=_refuse).write_pdf()
    return found


def _weasyprint() -> Callable[..., Any]:
    """Return WeasyPrint's HTML class; imported here alone, for it needs system libraries."""
    try:
        found: Callable[..., Any] = import_module("weasyprint").HTML
    except (ImportError, OSError) as error:
        raise PdfUnavailable(
            Words(
                f"缺少生成 PDF 的组件（{error}）。请安装 weasyprint，以及系统包 libpango-1.0-0、"
                "libpangoft2-1.0-0、libharfbuzz-subset0 和 fonts-noto-cjk",
                f"What makes PDF files is missing ({error}). Install weasyprint and the packages"
                " libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0 and fonts-noto-cjk",
            )
        ) from error
    return found


def _refuse(url: str, *args: object, **options: object) -> dict[str, Any]:
    raise ValueError(f"a document fetches nothing: {url[:80]}")
