"""The application as a web process serves it: open before the first visitor comes.

Opening a deployment takes a second or more. When it cannot be opened now, the first request
tries again and is told why.
"""

from __future__ import annotations

from haochaping.containment import contained
from haochaping.telling import tell_on
from haochaping.web.app import application, from_home

__all__ = ["application"]

_opened = contained("opening the deployment", from_home)
if _opened.value is not None:
    tell_on(_opened.value.deployment, "web")
