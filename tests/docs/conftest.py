"""Finding the examples in the documents: README and everything in docs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A fenced block: which document, which line, which language, what it says."""

    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[Path]:
    """All documents that people read."""
    top = [ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")]
    return [*top, *sorted((ROOT / "docs").glob("*.md"))]


def examples(language: str, document: Path | None = None) -> list[Example]:
    """The blocks of one language, in all documents or in one."""
    found = []
    for path in [document] if document else documents():
        text = path.read_text("utf-8")
        for match in FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            name = path.relative_to(ROOT).as_posix()
            found.append(Example(name, line, match[1], match[2]))
    return [each for each in found if each.language == language]
