"""What signing in needs, taken from the deployment."""

from __future__ import annotations

from haochaping.access.sign_in import Gatekeeper
from haochaping.web.i18n import _, words
from haochaping.web.site import site


def gatekeeper() -> Gatekeeper:
    """Return the gatekeeper of this deployment."""
    deployment = site()
    return Gatekeeper(
        store=deployment.store,
        keyring=deployment.keyring,
        clock=deployment.clock,
        rules=deployment.profile.rules.access,
        emit=deployment.journal.emit,
    )


def issuer() -> str:
    """Return the name under which a phone lists the account."""
    return f"{_('政务服务好差评')} {words(site().profile.jurisdiction.name)}"
