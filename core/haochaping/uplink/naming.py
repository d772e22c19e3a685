"""Whether the names that a profile and the settings use are brought by the core or a plugin.

They can be judged only when the plugins of the profile are put together: `haochaping check`
asks here, and says where each name stands and which it resembles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from haochaping.delivery import gateways as messages
from haochaping.hooks.values import Channel, Words
from haochaping.plugins.calls import Hooks
from haochaping.profile import Fault, Known, Profile, unknown_names
from haochaping.profile.faults import shown
from haochaping.profile.nearest import nearest
from haochaping.uplink import signing
from haochaping.uplink.desk import DIALECTS, GATEWAYS


def name_faults(
    profile: Profile, hooks: Hooks, gateways: Iterable[str] | None = None
) -> list[Fault]:
    """Return the names in a profile that nobody brings, each at its line.

    `gateways` are those that the settings of a deployment make; without a deployment (None)
    gateways of messages are not judged, for any could be made.
    """
    known = Known(
        channels=frozenset(Channel) | _brought(hooks, "evaluation_channels", ()),
        dialects=_brought(hooks, "uplink_dialects", DIALECTS),
        crypto=_brought(hooks, "payload_crypto", signing.CORE),
        gateways=None
        if gateways is None
        else _brought(hooks, "message_gateways", messages.CORE) | frozenset(gateways),
    )
    return unknown_names(profile.root, known)


def source_faults(
    sources: Mapping[str, Mapping[str, Any]], hooks: Hooks, file: str
) -> Iterator[Fault]:
    """Yield the sources of tickets in a deployment's settings whose gateway nobody brings."""
    known = sorted(_brought(hooks, "ticket_gateways", GATEWAYS))
    listed = ", ".join(known)
    for name, given in sources.items():
        wanted = str(given["gateway"])
        if wanted not in known:
            words = Words(
                f"没有名为“{shown(wanted)}”的工单网关",
                f"there is no ticket gateway “{shown(wanted)}”",
            )
            key = f"exchange.sources.{name}.gateway"
            close = nearest(wanted, known)
            yield Fault(file, 0, key, words, Words(listed, listed), known[0], close)


def _brought(hooks: Hooks, hook: str, core: Iterable[Any]) -> frozenset[str]:
    """Return the names that the core and the plugins bring."""
    return frozenset(one.name for one in (*core, *hooks.contribute(hook)))
