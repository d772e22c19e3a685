"""Pages as PDF files, with fonts that can write Chinese."""

from __future__ import annotations

from haochaping.pdf import PdfUnavailable, of_html

__all__ = ("PdfUnavailable", "of_html")
