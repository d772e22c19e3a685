"""The application as a web process serves it: open before the first visitor comes.

Opening a deployment takes a second or more. When it cannot be opened now, a later request
tries again and is told why. From then on the process tells the others that it lives.
"""

from __future__ import annotations

from typing import Final

from haochaping.telling import tell_on
from haochaping.web.app import from_home
from haochaping.web.opening import Opening

__all__ = ["application"]

application: Final = Opening(from_home, lambda renewed: tell_on(renewed.deployment, "web"))
application.result()
