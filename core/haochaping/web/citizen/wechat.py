"""Being told in WeChat about one's own rating: consent, WeChat's page, back, taken back.

The first page says what is kept and asks; from there a link leads to WeChat, which shows
nothing and sends the browser back with a code for the openid. What ties both ends together
is a sealed cookie of ten minutes, so that nobody can bind a stranger's WeChat to a rating.
The receipt code is in no address: the cookie holds the rating's key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Response, make_response, render_template, request

from haochaping.containment import contained
from haochaping.crypto import Unsealable
from haochaping.delivery import bindings, wechat_login
from haochaping.delivery.bindings import Binding, Chain, Consent
from haochaping.delivery.wechat_login import WechatLogin
from haochaping.evaluation import stored
from haochaping.evaluation.stored import Evaluation
from haochaping.hooks.values import OccurrenceKey
from haochaping.ids import random_code
from haochaping.logs import log
from haochaping.messages import N_
from haochaping.web import formats, guard, limits
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.citizen.contexts import WechatOffer
from haochaping.web.citizen.following import Own
from haochaping.web.i18n import _
from haochaping.web.routes import route
from haochaping.web.site import site

HERE: Final = "/mine/wechat"
COOKIE: Final = "hcp_wechat"
MINUTES: Final = 10
_PURPOSE: Final = "wechat-consent"
_STATE_SIGNS: Final = 26
_APP: Final = "MicroMessenger"
CONSENT: Final = N_(
    "同意后，我们向微信索取您在本公众号的标识（openid），加密保存，只用来把这条评价的办理结果和回访发到您的微信。"
    "不取您的微信昵称、头像和手机号，办事单位看不到。您随时可以在“我的评价”里一点取消，取消后立即删除。"
)


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """The question, and where the consent leads."""

    words: str
    href: str
    hidden: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BackPage:
    """What came of it; `done` is false when it did not work."""

    said: str
    done: bool


def chain_of(row: Evaluation) -> Chain:
    """Return the chain of a rating."""
    return (row.region, row.served_month, row.first_id)


def offer(own: Own) -> WechatOffer:
    """Return what the page says: bound since when, or offered to who reads it in WeChat."""
    login = _login()
    with site().store.read() as conn:
        found: Binding | None = bindings.of(conn, chain_of(own.chain.current))
    if found is not None:
        return WechatOffer(since=formats.day(found.at))
    here = _APP in request.headers.get("User-Agent", "")
    return WechatOffer(offered=login is not None and here and own.progress is not None)


def ask(own: Own) -> Response | None:
    """Ask for consent, with the link to WeChat; None where no account is set up."""
    login = _login()
    if login is None:
        return None
    state = random_code(_STATE_SIGNS)
    href = login.departure(f"{site().settings.base_url.rstrip('/')}{HERE}", state)
    page = ConsentPage(_(CONSENT), href, {"receipt": own.receipt})
    response = make_response(render_template("citizen/wechat.html", page=page))
    response.set_cookie(
        COOKIE,
        _sealed(state, own.chain.current),
        max_age=MINUTES * 60,
        httponly=True,
        secure=guard.secure(),
        samesite="Lax",
        path=HERE,
    )
    return response


def stop(own: Own) -> bool:
    """Take the consent back; False when there was none."""
    with site().store.write() as conn:
        return bindings.unbind(conn, site().vault, chain_of(own.chain.current))


@route(citizen, HERE)
def wechat_back() -> Response:
    """Take the code that WeChat sent the browser back with, once, and bind."""
    limits.check_finding()
    key, code = _expected(), request.args.get("code", "")
    login = _login()
    if key is None or login is None:
        limits.spend_finding()
        return _said(_("这个步骤已失效，请回到“我的评价”重新点一次。"))
    if not code:
        return _said(_("您没有同意，微信不会收到消息。评价不受影响。"))
    found = contained("wechat login", lambda: login.openid(code[:200]))
    if found.error is not None or found.value is None:
        log("wechat_login_failed", error=found.message)
        return _said(_("暂时没有连上微信，请过一会儿再试，或凭回执码查看进度。"))
    if not _bind(key, login, found.value):
        return _said(_("这个步骤已失效，请回到“我的评价”重新点一次。"))
    return _said(_("已开通。这条评价有了结果，会发到您的微信。"), done=True)


def _bind(key: OccurrenceKey, login: WechatLogin, openid: str) -> bool:
    deployment = site()
    digest = hashlib.sha256(CONSENT.encode()).hexdigest()[:16]
    with deployment.store.write() as conn:
        row = stored.by_key(conn, key)
        if row is None:
            return False
        consent = Consent(login.gateway, openid, digest, row.person_id)
        bindings.bind(conn, deployment.vault, chain_of(row), consent, deployment.clock.now())
    return True


def _login() -> WechatLogin | None:
    return wechat_login.offered(site().gateways)


def _said(words: str, *, done: bool = False) -> Response:
    page = BackPage(words, done)
    response = make_response(
        render_template("citizen/wechat_back.html", page=page), 200 if done else 422
    )
    response.delete_cookie(COOKIE, path=HERE)
    return response


def _sealed(state: str, row: Evaluation) -> str:
    until = site().clock.now() + timedelta(minutes=MINUTES)
    content = [state, row.region, row.served_month, row.id, until.isoformat()]
    data = site().keyring.seal(_PURPOSE, json.dumps(content).encode())
    return base64.urlsafe_b64encode(data).decode()


def _expected() -> OccurrenceKey | None:
    """Return the rating that this browser set out for, None unless state and time fit."""
    content = _opened(request.cookies.get(COOKIE, "")[:600])
    if content is None:
        return None
    state, region, month, number, until = content
    same = hmac.compare_digest(state.encode(), request.args.get("state", "")[:60].encode())
    if not same or site().clock.now() >= datetime.fromisoformat(until):
        return None
    return OccurrenceKey(region, month, number)


def _opened(cookie: str) -> list[Any] | None:
    try:
        data = base64.urlsafe_b64decode(cookie.encode())
        found: list[Any] = json.loads(site().keyring.open(_PURPOSE, data))
    except (ValueError, binascii.Error, Unsealable):
        return None
    return found
