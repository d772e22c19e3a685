"""What a past is made of: the deployment, who acts in it, and what chance draws from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from haochaping.access.principals import Principal
from haochaping.demonstration.ratings import Raters
from haochaping.demonstration.services import Almanac
from haochaping.deployment import Deployment

Progress = Callable[[date], None]


@dataclass(frozen=True, slots=True)
class Past:
    """What the past is made of: deployment, cast, what is drawn, and the present moment."""

    deployment: Deployment
    cast: Mapping[str, Principal]
    almanac: Almanac
    raters: Raters
    now: datetime
    progress: Progress = field(default=lambda day: None)

    @property
    def today(self) -> date:
        """The present local day."""
        return self.deployment.calendar.local_day(self.now)
