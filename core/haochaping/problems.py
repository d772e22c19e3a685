"""Errors in words a person can act on, each with a stable code (RFC 9457)."""

from __future__ import annotations

from typing import Any, ClassVar

from haochaping.hooks.values import Words


class Problem(Exception):
    """An error that people see: a code, a status, what is wrong and what to do.

    Subclasses set `code` (`HCP-…`), `status` (HTTP) and `title`; an instance carries
    the detail of this case and further fields for machines.
    """

    code: ClassVar[str] = "HCP-PROBLEM"
    status: ClassVar[int] = 400
    title: ClassVar[Words] = Words("请求无法处理", "The request cannot be processed")

    def __init__(self, detail: Words | None = None, **fields: Any) -> None:
        self.detail = detail or self.title
        self.fields = fields
        super().__init__(f"{self.code}: {self.detail.zh}")

    def document(self, language: str) -> dict[str, Any]:
        """Return the RFC 9457 problem document in `language`."""
        return {
            "type": f"urn:haochaping:error:{self.code}",
            "code": self.code,
            "title": self.title.into(language),
            "status": self.status,
            "detail": self.detail.into(language),
            **self.fields,
        }
