"""The rules of intake, taken once from the profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from haochaping.evaluation import notice
from haochaping.hooks.evaluation import ChannelSpec
from haochaping.hooks.values import (
    Channel,
    Duration,
    EvaluationStatus,
    Grade,
    Identity,
    Provenance,
    RaterRole,
)
from haochaping.indicators.options import OptionList, option_list
from haochaping.profile.exchanging import UPSTREAM
from haochaping.profile.indicators import IndicatorTree
from haochaping.profile.rules import Rules
from haochaping.store.types import canonical_json

ROUND: Final = 1
"""The first round."""
FOLLOW_UP: Final = 2
"""The round of follow-up evaluations (追评)."""

ACCEPTED_PROVENANCES: Final = frozenset(Provenance) - {Provenance.SYSTEM_DEFAULT}
"""Ratings nobody gave (system defaults) do not come in through this door."""

CHANGEABLE: Final = frozenset(
    {EvaluationStatus.EFFECTIVE, EvaluationStatus.HELD, EvaluationStatus.WITHDRAWN}
)
"""States from which a rater may change a rating; a withdrawn one may be given again."""


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """What a jurisdiction accepts, offers and allows.

    `channels` maps the names of open channels to the core's channel they count under.
    """

    channels: Mapping[str, Channel]
    identities: frozenset[Identity]
    roles: frozenset[RaterRole]
    bad_grades: frozenset[Grade]
    options: OptionList
    reasons_shown: int
    text_max: int
    require_reason_for_bad: bool
    link_valid_days: int
    change_within: Duration
    zone: ZoneInfo
    follow_up_days: int = 30
    editions: tuple[IndicatorTree, ...] = ()
    """The indicators, whose local part asks questions of its own."""
    form_version: str = field(default="", compare=False)
    notice: str = field(default="", compare=False)
    """Version of the privacy notice that stands beside the form."""
    upstream_only: bool = False
    """True where ratings come from the next platform and the hotline only."""

    @classmethod
    def of(cls, rules: Rules, channels: Iterable[ChannelSpec] = ()) -> IntakeRules:
        """Return the rules of a profile; `channels` are those that plugins add."""
        options = option_list(rules.scale.option_list)
        return cls(
            channels=_channels(rules.channels.enabled, channels),
            identities=frozenset(map(Identity, rules.channels.accepted_identity)),
            roles=frozenset(map(RaterRole, rules.channels.accepted_rater_roles)),
            bad_grades=frozenset(map(Grade, rules.scale.bad_grades)),
            options=options,
            reasons_shown=rules.forms.reasons_shown,
            text_max=rules.forms.text_max,
            require_reason_for_bad=rules.forms.require_reason_for_bad,
            link_valid_days=rules.channels.link_valid_days,
            change_within=rules.channels.change_within,
            zone=ZoneInfo(rules.calendar.time_zone),
            follow_up_days=rules.channels.follow_up_days,
            editions=rules.editions,
            form_version=_version(rules, options),
            notice=notice.version(rules.privacy),
            upstream_only=rules.uplink.intake == UPSTREAM,
        )

    def local_day(self, moment: datetime) -> date:
        """Return the local day of a moment."""
        return moment.astimezone(self.zone).date()

    def day_ends(self, day: date) -> datetime:
        """Return the moment (UTC, exclusive) at which a local day ends."""
        midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=self.zone)
        return midnight.astimezone(UTC)


def _channels(enabled: Iterable[str], added: Iterable[ChannelSpec]) -> Mapping[str, Channel]:
    known = {channel.value: channel for channel in Channel}
    known.update({spec.name: spec.counted_as for spec in added})
    return MappingProxyType({name: known[name] for name in enabled if name in known})


def _version(rules: Rules, options: OptionList) -> str:
    parts = [
        options.name,
        options.version,
        sorted(options.options),
        rules.forms.text_max,
        rules.forms.reasons_shown,
        rules.forms.require_reason_for_bad,
    ]
    digest = sha256(canonical_json(parts).encode()).hexdigest()
    return f"{options.name}-{options.version}-{digest[:12]}"
