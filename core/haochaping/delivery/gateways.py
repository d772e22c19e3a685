"""The ways to deliver: the inbox, the webhook robot, and what plugins contribute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from haochaping.delivery.outgoing import Outgoing
from haochaping.hooks.deployment import MessageGateway
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words

Send = Callable[[OutgoingMessage], str]
"""Sends a message outside any transaction and returns the receiver's reference.

Raises `addresses.OutgoingFault`, which says whether to retry; any other exception is
retried.
"""

WasRead = Callable[[str, str], bool]
"""Says whether a receiver (by address) has opened the message of a reference."""

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
    MessageGateway(SMS, Words("短信", "SMS"), "haochaping.delivery.sms:make", "mobile"),
)
"""The gateways that are always there; the inbox is written by the job itself."""


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
        self._specs = {spec.name: spec for spec in (*CORE, *contributed)}
        self._made: dict[str, Send] = {}
        self._receipts: dict[str, WasRead | None] = {}

    @property
    def names(self) -> frozenset[str]:
        """The names that messages may use."""
        return frozenset(self._specs)

    @property
    def titles(self) -> Mapping[str, Words]:
        """The gateways' titles by name."""
        return {name: spec.title for name, spec in self._specs.items()}

    @property
    def address_kinds(self) -> frozenset[str]:
        """The kinds of addresses by which officials can be reached here."""
        return frozenset(spec.address for spec in self._specs.values() if spec.address)

    @property
    def groups(self) -> frozenset[str]:
        """The gateways that reach a group of people at one place, whoever a message is for."""
        return frozenset(
            name for name, spec in self._specs.items() if not spec.address and name != INBOX
        )

    @property
    def with_receipts(self) -> frozenset[str]:
        """The gateways that can tell who has read, as far as they are set up for it."""
        return frozenset(name for name in self._specs if self._asking(name) is not None)

    def address(self, name: str) -> str:
        """Return the kind of address a gateway reaches people by, empty for a group."""
        spec = self._specs.get(name)
        return "" if spec is None else spec.address

    def connection(self, name: str) -> tuple[Mapping[str, Any], Outgoing]:
        """Return what a gateway is made of, its secret included, and the client it uses."""
        return self._of(name), self._outgoing

    def send(self, message: OutgoingMessage) -> str:
        """Send through the message's gateway. Raises LookupError when there is none."""
        made = self._made.get(message.gateway)
        if made is None:
            spec = self._specs[message.gateway]
            made = self._load(spec.factory)(self._of(spec.name), self._outgoing)
            self._made[spec.name] = made
        return made(message)

    def was_read(self, name: str, reference: str, to: str) -> bool:
        """Ask a gateway whether `to` has opened a message. Raises OutgoingFault."""
        asking = self._asking(name)
        return asking is not None and asking(reference, to)

    def _asking(self, name: str) -> WasRead | None:
        if name not in self._receipts:
            named = self._specs[name].receipts
            factory: Any = self._load(named) if named else _nothing
            self._receipts[name] = factory(self._of(name), self._outgoing)
        return self._receipts[name]

    def _of(self, name: str) -> Mapping[str, Any]:
        return self._settings.get(name, MappingProxyType({}))


def _nothing(settings: Mapping[str, Any], outgoing: Outgoing) -> None:
    """Stand for the receipts of a gateway that knows none."""
