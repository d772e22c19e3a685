"""The demonstration's own profile: the chosen one, with the little that a demonstration changes."""

from __future__ import annotations

import json
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from haochaping.hooks.values import Words
from haochaping.profile import Profile
from haochaping.profile.finding import looks_like_a_path

ADDITION: Final = "demonstration.yaml"
"""File beside an example catalogue with what its profile needs to be shown at all."""

_RULES: Final = """\
# 演示用配置档，由 haochaping demo 写成：只用于演示，不代表任何地区的规定。
# Written by `haochaping demo`: for demonstration only, it states the rules of no jurisdiction.
extends: {extends}

access:
  second_factor:
    roles: []   # 演示账号不用两步验证 / demonstration accounts sign in without a second factor
    source: {{document: 演示设定, status: example, note: 正式环境请删去本项}}
"""


def write(home: Path, profile: Profile, reference: str, addition: Traversable) -> str:
    """Write the profile into the deployment's folder and return its name; one that is there stays.

    :param reference: how the person named the profile: a name, or a path.
    """
    name = f"demo-{profile.name}"
    file = home / f"{name}.yaml"
    if not file.exists():
        extends = str(Path(reference).resolve()) if looks_like_a_path(reference) else reference
        more = addition.read_text("utf-8") if addition.is_file() else ""
        text = _RULES.format(extends=json.dumps(extends, ensure_ascii=False)) + more
        file.write_text(text, encoding="utf-8")
    return name


def state_on_pages(home: Path, name: str, note: Words) -> None:
    """Have every public page say what its figures are, in its foot line."""
    words = json.dumps({"zh": note.zh, "en": note.en}, ensure_ascii=False)
    with (home / f"{name}.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\ndisclosure:\n  footer: {words}\n")
