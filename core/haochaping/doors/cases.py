"""Cases by their numbers: whom one is about, which one a service led to, what raters chose."""

from __future__ import annotations

from haochaping.rectification.lookups import CaseAbout, about, of_service, reasons

__all__ = ("CaseAbout", "about", "of_service", "reasons")
