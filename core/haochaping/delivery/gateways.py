"""The ways to deliver: the inbox, the webhook robot, and what plugins contribute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

from haochaping.delivery.outgoing import Outgoing
from haochaping.hooks.deployment import MessageGateway
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words

Send = Callable[[OutgoingMessage], str]
"""Sends a message outside any transaction and returns the receiver's reference.

Raises `addresses.OutgoingFault`, which says whether to retry; any other exception is
retried.
"""

Factory = Callable[[Mapping[str, Any], Outgoing], Send]
"""Makes a `Send` of the gateway's settings and the deployment's HTTP client."""

INBOX: Final = "inbox"
WEBHOOK: Final = "webhook"
SMS: Final = "sms"

CORE: Final = (
    MessageGateway(INBOX, Words("站内消息", "Console inbox"), ""),
    MessageGateway(
        WEBHOOK, Words("消息机器人", "Webhook robot"), "haochaping.delivery.webhook:make"
    ),
    MessageGateway(SMS, Words("短信", "SMS"), "haochaping.delivery.sms:make"),
)
"""The gateways that are always there; the inbox is written by the job itself."""

Loaded = TypeVar("Loaded")


class Gateways:
    """Gateways by name, each made on first use."""

    def __init__(
        self,
        outgoing: Outgoing,
        settings: Mapping[str, Mapping[str, Any]],
        load: Callable[[str], Factory],
        contributed: Iterable[MessageGateway] = (),
    ) -> None:
        """Take the client, settings by gateway name, and the plugins' gateways.

        `load` imports a factory named as `package.module:function`.
        """
        self._outgoing = outgoing
        self._settings = settings
        self._load = load
        self._specs = {spec.name: spec for spec in (*contributed, *CORE)}
        self._made: dict[str, Send] = {}

    @property
    def names(self) -> frozenset[str]:
        """The names that messages may use."""
        return frozenset(self._specs)

    def send(self, message: OutgoingMessage) -> str:
        """Send through the message's gateway. Raises LookupError when there is none."""
        made = self._made.get(message.gateway)
        if made is None:
            spec = self._specs[message.gateway]
            settings = self._settings.get(spec.name, MappingProxyType({}))
            made = self._load(spec.factory)(settings, self._outgoing)
            self._made[spec.name] = made
        return made(message)
