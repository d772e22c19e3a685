"""What a gateway is handed to go out with, and what it raises when a message did not arrive."""

from __future__ import annotations

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.outgoing import Outgoing

__all__ = ("Outgoing", "OutgoingFault")
