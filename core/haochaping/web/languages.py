"""Languages that pages can be shown in, and those that wait for a named reviewer.

A language with `review` is a slot: its texts come from the jurisdiction's own translators,
in `<home>/translations/<code>/LC_MESSAGES/*.po` or from a plugin, and it stays hidden until
the profile names who answers for exactly these texts (`languages.reviewed`): another digest
hides it again. Nothing is translated by a machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Final

from haochaping.profile.rules import LanguageRules


@dataclass(frozen=True, slots=True)
class Language:
    """A language on offer: its code here, the tag for HTML, its own name for itself.

    `vertical` is written in columns from left to right. `babel` is the locale whose numbers
    are used; with `numeric`, dates are written in digits alone, without any locale's words.
    """

    code: str
    html_lang: str
    name: str
    vertical: bool = False
    numeric: bool = False
    review: bool = False
    babel: str = ""

    @property
    def locale(self) -> str:
        """Babel's locale for dates and numbers."""
        return self.babel or self.code


LANGUAGES: Final[Mapping[str, Language]] = {
    "zh_Hans_CN": Language("zh_Hans_CN", "zh-CN", "中文"),
    "en": Language("en", "en", "English"),
    # Babel's `mn` is Cyrillic Mongolian of another country: nothing of it is used
    "mn_Mong_CN": Language(
        "mn_Mong_CN", "mn-Mong-CN", "蒙古文", vertical=True, numeric=True, review=True,
        babel="zh_Hans_CN",
    ),
}  # fmt: skip
"""A slot's name is the translation of its Chinese one, once its own texts have it."""


class State(StrEnum):
    """Whether a language is shown, and if not, why."""

    SHOWN = "shown"
    MISSING = "missing"
    """There are no texts."""
    UNSIGNED = "unsigned"
    """The profile names no reviewer."""
    CHANGED = "changed"
    """The texts are not those that the reviewer signed."""


def state(rules: LanguageRules, roots: Iterable[Traversable], code: str) -> State:
    """Return whether a language that a profile offers is shown."""
    if not LANGUAGES[code].review:
        return State.SHOWN
    found, signed = digest(roots, code), rules.reviewed.get(code)
    if not found:
        return State.MISSING
    if signed is None:
        return State.UNSIGNED
    return State.SHOWN if signed.digest == found else State.CHANGED


def shown(rules: LanguageRules, roots: Iterable[Traversable]) -> tuple[str, ...]:
    """Return the codes of the languages that readers may choose, the default first."""
    places = list(roots)
    wanted = dict.fromkeys((rules.default, *rules.offered))
    return tuple(
        code for code in wanted if code in LANGUAGES and state(rules, places, code) is State.SHOWN
    )


def digest(roots: Iterable[Traversable], code: str) -> str:
    """Return the SHA-256 of all texts of a language, empty when there are none."""
    files = [po for root in roots for po in catalogue_files(root, code)]
    if not files:
        return ""
    told = hashlib.sha256()
    for po in files:
        content = po.read_bytes()
        told.update(f"{po.name}\0{len(content)}\0".encode() + content)
    return told.hexdigest()


def catalogue_files(root: Traversable, code: str) -> list[Traversable]:
    """Return the `.po` files of a language below one `translations` folder, by name."""
    folder = root / code / "LC_MESSAGES"
    if not folder.is_dir():
        return []
    return sorted((f for f in folder.iterdir() if f.name.endswith(".po")), key=lambda f: f.name)
