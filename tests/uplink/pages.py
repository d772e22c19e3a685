"""A browser of somebody on the staff."""

from __future__ import annotations

from flask.testing import FlaskClient

from haochaping.access import accounts, grants, sessions
from haochaping.access.roles import Role
from haochaping.access.sessions import Stage
from haochaping.web import guard
from haochaping.web.app import create_app
from tests.uplink.pair import Place


def signed_in(place: Place, role: Role) -> FlaskClient:
    """Return a browser in which somebody with one role everywhere is signed in."""
    deployment, at = place.deployment, place.clock.now()
    emit = deployment.journal.emit
    with deployment.store.write() as conn:
        account = accounts.create(conn, emit, accounts.NewAccount("user", "王某", "unused"), at)
        grants.give(conn, emit, grants.NewGrant(account, role), at)
        opened = sessions.open_session(conn, deployment.keyring, account, Stage.FULL, at)
    client = create_app(deployment).test_client()
    client.set_cookie(guard.SESSION_COOKIE, opened.token)
    return client
