"""Where ratings came from, as pages show it: defaults and back-fills say that they stand apart."""

from __future__ import annotations

from collections.abc import Iterable

from haochaping.disclosure.origins import Origin, Passive
from haochaping.web.i18n import _, words
from haochaping.web.public.contexts import Came


def shown(origins: Iterable[Origin]) -> tuple[Came, ...]:
    """Return the origins of ratings for a page."""
    return tuple(Came(_label(one), one.count.text, _note(one)) for one in origins)


def passive(one: Passive) -> str:
    """Return what of a line's ratings nobody gave at the time, empty when there is none."""
    parts = []
    if one.backfilled.text != "0":
        parts.append(_("其中补录 %(n)s", n=one.backfilled.text))
    if one.defaulted.text != "0":
        parts.append(_("另有系统默认 %(n)s", n=one.defaulted.text))
    return " · ".join(parts)


def _label(one: Origin) -> str:
    return words(one.label).partition("（")[0].partition(" (")[0]


def _note(one: Origin) -> str:
    if not one.counted:
        return _("不计入任何指标")
    return "" if one.active else _("不算主动评价")
