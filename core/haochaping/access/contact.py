"""How a unit may reach the rater of a case, as the profile's `access.contact` says."""

from __future__ import annotations

from enum import StrEnum

from haochaping.access.principals import Principal, Scope, allowed, own_matter


class ContactMode(StrEnum):
    """What the profile allows."""

    RELAY = "relay"
    """Messages and calls through the platform; nobody in the unit sees name or number."""
    THIRD_PARTY = "third_party"
    """A body outside the unit (the hotline) contacts the rater in its stead."""
    LIAISON = "liaison"
    """A named liaison of the unit may reveal the rater of one case, with a purpose."""


class Contact(StrEnum):
    """What one principal may do about one case."""

    NONE = "none"
    RELAY = "relay"
    REVEAL = "reveal"


def permitted(
    mode: ContactMode | str, principal: Principal, scope: Scope, rated_staff_id: int | None
) -> Contact:
    """Return how `principal` may contact the rater of a case that lies in `scope`.

    The rated staff member may never, whatever roles that account holds besides.
    A reveal goes through `vault.reveal`, which writes its audit row first.
    """
    if own_matter(principal, rated_staff_id):
        return Contact.NONE
    if mode == ContactMode.THIRD_PARTY:
        outside = allowed(principal, "case.contact_third_party", scope)
        return Contact.REVEAL if outside else Contact.NONE
    if mode == ContactMode.LIAISON and allowed(principal, "case.reveal", scope):
        return Contact.REVEAL
    return Contact.RELAY if allowed(principal, "case.contact", scope) else Contact.NONE
