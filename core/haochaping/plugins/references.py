"""Code that a plugin names as `package.module:function` and that is imported on first use."""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any, Final

FORM: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
"""What a reference looks like."""


@cache
def load(reference: str) -> Any:
    """Return what `reference` names.

    Raises ValueError for another form, ImportError when the module or the name in it
    is missing. Call it inside the guard: importing runs a plugin's code.
    """
    if not FORM.fullmatch(reference):
        raise ValueError(f"expected package.module:name, got {reference!r}")
    module, _, name = reference.partition(":")
    found = importlib.import_module(module)
    if not hasattr(found, name):
        raise ImportError(f"{module} has no {name}", name=module)
    return getattr(found, name)
