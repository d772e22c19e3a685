"""The policy of every route: who is let in, denied by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from haochaping.access.roles import API_SCOPES, PERMISSIONS


class Kind(StrEnum):
    """How a route finds out who is there."""

    PUBLIC = "public"
    """Anybody."""
    RATER_LINK = "rater_link"
    """The holder of a signed link, short code or receipt."""
    DEVICE = "device"
    """A window device with its key."""
    API_KEY = "api_key"
    """A business system whose key has the scope `needs`."""
    SESSION = "session"
    """Anybody with a session of any stage: signing in, signing out, one's own account."""
    STAFF = "staff"
    """An account fully signed in, with the permission `needs` (none: any account)."""
    DENIED = "denied"
    """Nobody: the route has no row in the table."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may enter a route. Raises ValueError for an unknown permission or scope.

    A staff policy only says that the permission is held somewhere; the view asks
    `allowed` (or narrows its list with `visible`) for the object itself.
    """

    kind: Kind
    needs: str = ""

    def __post_init__(self) -> None:
        """Refuse what no role and no key can hold."""
        known = {Kind.STAFF: {"", *PERMISSIONS}, Kind.API_KEY: set(API_SCOPES)}
        if self.needs not in known.get(self.kind, {""}):
            raise ValueError(f"{self.kind} policy with unknown need {self.needs!r}")


PUBLIC: Final = Policy(Kind.PUBLIC)
RATER_LINK: Final = Policy(Kind.RATER_LINK)
DEVICE: Final = Policy(Kind.DEVICE)
SESSION: Final = Policy(Kind.SESSION)
SIGNED_IN: Final = Policy(Kind.STAFF)
DENIED: Final = Policy(Kind.DENIED)


def staff(permission: str) -> Policy:
    """Return the policy of a console route. Raises ValueError for an unknown permission."""
    return Policy(Kind.STAFF, permission)


def api_key(scope: str) -> Policy:
    """Return the policy of an API route. Raises ValueError for an unknown scope."""
    return Policy(Kind.API_KEY, scope)


POLICIES: Final[Mapping[str, Policy]] = MappingProxyType(
    {
        # the application itself
        "static": PUBLIC,
        "health.alive": PUBLIC,
        "health.ready": PUBLIC,
        "health.metrics": PUBLIC,  # to the networks that `metrics_from` names
        # signing in and one's own account
        "sign_in.form": PUBLIC,
        "sign_in.post": PUBLIC,
        "sign_in.step": SESSION,
        "sign_in.leave": SESSION,
        "identity.leave": PUBLIC,
        "identity.arrive": PUBLIC,
        "identity.bind": SIGNED_IN,
        "identity.confirm": SIGNED_IN,
        "identity.unbind": SIGNED_IN,
        "own.show": SIGNED_IN,
        "own.end": SIGNED_IN,
        "own.end_others": SIGNED_IN,
        "own.stay": SIGNED_IN,
        "own.password": SIGNED_IN,
        "own.factor": SIGNED_IN,
        "own.addresses": SIGNED_IN,
        # the console: lists ask for the permission, pages of a case for its scope as well
        "home.start": SIGNED_IN,
        "inbox.listing": staff("inbox.read"),
        "inbox.open_entry": staff("inbox.read"),
        "inbox.read_all": staff("inbox.read"),
        "queue.listing": staff("case.read"),
        "queue.appeals": staff("appeal.review"),
        "queue.contacts": staff("case.contact_third_party"),
        "cases.show": SIGNED_IN,
        "cases.act": SIGNED_IN,
        "queue.assign": staff("case.read"),
        "evidence.add": SIGNED_IN,
        "evidence.read": SIGNED_IN,
        "cases.photo": SIGNED_IN,
        "rater.ask": SIGNED_IN,
        "rater.reveal": SIGNED_IN,
        "tasks.listing": staff("case.handle"),
        "visits.listing": staff("case.visit"),
        "visit_pages.sheet": SIGNED_IN,
        "visit_pages.figures": staff("case.visit"),
        "figures.overview": staff("figures.exact"),
        "figures.one": staff("figures.exact"),
        "scores.listing": staff("figures.exact"),
        "scores.one": staff("figures.exact"),
        "whatif.form": staff("figures.exact"),
        "whatif.try_weights": staff("figures.exact"),
        "appraisal.listing": staff("appraisal.read"),
        "appraisal.freeze": staff("appraisal.manage"),
        "appraisal.publish": staff("appraisal.manage"),
        "appraisal.as_xlsx": staff("appraisal.manage"),
        "appraisal.as_json": staff("appraisal.manage"),
        "appraisal.explain": staff("appraisal.read"),
        "appraisal.act": staff("appraisal.read"),
        "bulletins.listing": staff("bulletin.read"),
        "bulletins.draft": staff("bulletin.write"),
        "bulletins.show": staff("bulletin.read"),
        "bulletins.take": staff("bulletin.read"),
        "bulletins.act": staff("bulletin.read"),
        "coverage.show": staff("figures.exact"),
        "coverage.csv": staff("figures.exact"),
        "coverage.xlsx": staff("figures.exact"),
        # the console: entering ratings for others
        "hotline.find": staff("rating.hotline"),
        "hotline.look_up": staff("rating.hotline"),
        "hotline.popped": staff("rating.hotline"),
        "hotline.rate": staff("rating.hotline"),
        "paper.piles": staff("rating.paper"),
        "paper.begin": staff("rating.paper"),
        "paper.show": staff("rating.paper"),
        "paper.take": staff("rating.paper"),
        "paper.attach": staff("rating.paper"),
        "paper.scan": staff("rating.paper"),
        "paper.template": staff("rating.paper"),
        "paper.take_file": staff("rating.paper"),
        "opinions.listing": staff("opinion.read"),
        "opinions.form": staff("opinion.enter"),
        "opinions.enter": staff("opinion.enter"),
        "inspections.listing": staff("inspection.enter"),
        "inspections.draw": staff("inspection.manage"),
        "inspections.show": staff("inspection.enter"),
        "inspections.find": staff("inspection.enter"),
        "inspections.close": staff("inspection.manage"),
        "window.keys": staff("occurrence.record"),
        "window.open_service": staff("occurrence.record"),
        "window.code": staff("occurrence.record"),
        "window.receipt": staff("occurrence.record"),
        "window.escpos": staff("occurrence.record"),
        "window.print_out": staff("occurrence.record"),
        "window.reprint": staff("occurrence.record"),
        # the console: deciding what is published and what counts
        "publishing.queue": staff("review.publish"),
        "publishing.reply_list": staff("review.publish"),
        "publishing.put_reply_aside": staff("review.publish"),
        "publishing.publish_reply": staff("review.publish"),
        "publishing.show": staff("review.publish"),
        "publishing.photo": staff("review.publish"),
        "publishing.decide_photos": staff("review.publish"),
        "publishing.decide": staff("review.publish"),
        "typical.listing": staff("typical.sign"),
        "typical.begin": staff("typical.write"),
        "typical.show": staff("typical.sign"),
        "typical.act": staff("typical.sign"),
        "integrity.listing": staff("evaluation.decide"),
        "integrity.show": staff("evaluation.decide"),
        "integrity.decide": staff("evaluation.decide"),
        "pressure.listing": staff("evaluation.decide"),
        "pressure.show": staff("evaluation.decide"),
        "pressure.decide": staff("evaluation.decide"),
        "held.listing": staff("evaluation.decide"),
        "held.show": staff("evaluation.decide"),
        "held.decide": staff("evaluation.decide"),
        "unit_figures.show": staff("figures.unit"),
        "analysis.show": staff("figures.unit"),
        "analysis.xlsx": staff("figures.unit"),
        "staff_boards.listing": staff("figures.unit"),
        "staff_boards.board": staff("figures.unit"),
        # the console: running the deployment
        "catalogue.overview": staff("catalog.read"),
        "catalogue.lines": staff("catalog.read"),
        "imports.form": SIGNED_IN,
        "imports.take": SIGNED_IN,
        "imports.template": SIGNED_IN,
        "imports.rejects": SIGNED_IN,
        "profile.show": staff("profile.read"),
        "profile.form": staff("profile.propose"),
        "profile.propose": staff("profile.propose"),
        "profile.change": staff("profile.read"),
        "profile.decide": staff("profile.read"),
        "calendars.show": staff("calendar.manage"),
        "calendars.take": staff("calendar.manage"),
        "calendars.confirm": staff("calendar.manage"),
        "calendars.notice_file": staff("calendar.manage"),
        "accounts.listing": staff("account.read"),
        "accounts.show": staff("account.read"),
        "accounts.blank": staff("account.manage"),
        "accounts.create": staff("account.manage"),
        "accounts.manage": staff("account.manage"),
        "accounts.reset_password": staff("account.manage"),
        "accounts.roles": staff("grant.manage"),
        "accounts.identities": staff("account.manage"),
        "accounts.end_sessions": staff("session.revoke"),
        "devices.listing": staff("device.manage"),
        "devices.add": staff("device.manage"),
        "devices.show": staff("device.manage"),
        "devices.renew": staff("device.manage"),
        "devices.revoke": staff("device.manage"),
        "keys.listing": staff("key.manage"),
        "keys.add": staff("key.manage"),
        "keys.revoke": staff("key.manage"),
        "audit.looks": staff("audit.read"),
        "audit.events": staff("audit.read"),
        "audit.seal": staff("audit.read"),
        "persons.form": staff("person.manage"),
        "persons.extract": staff("person.manage"),
        "persons.erase": staff("person.manage"),
        "exchange.show": staff("exchange.manage"),
        "exchange.resend": staff("exchange.manage"),
        "exchange.mend": staff("exchange.manage"),
        "exchange.reconcile": staff("exchange.manage"),
        "exchange.again": staff("exchange.manage"),
        "messages.listing": staff("message.manage"),
        "messages.show": staff("message.manage"),
        "messages.again": staff("message.manage"),
        "system.plugin": staff("system.read"),
        "system.show": staff("system.read"),
        "system.retry": staff("message.manage"),
        # what everybody may see
        "public.home": PUBLIC,
        "public.boards": PUBLIC,
        "public.board": PUBLIC,
        "public.honours": PUBLIC,
        "public.bulletins": PUBLIC,
        "public.bulletin": PUBLIC,
        "public.bulletin_version": PUBLIC,
        "public.bulletin_file": PUBLIC,
        "public.reviews": PUBLIC,
        "public.photo": PUBLIC,
        "public.feed": PUBLIC,
        "public.boards_feed": PUBLIC,
        "public.review": PUBLIC,
        "public.useful": PUBLIC,
        "public.vote": PUBLIC,
        "public.case": PUBLIC,
        "public.typical_cases": PUBLIC,
        "public.typical_case": PUBLIC,
        "public.method": PUBLIC,
        "public.open_data": PUBLIC,
        "public.open_data_dictionary": PUBLIC,
        "public.open_data_file": PUBLIC,
        "public.open_data_catalogue": PUBLIC,
        "api_open_data.rows": PUBLIC,
        "api_open_data.extract": PUBLIC,
        "citizen.opinion_units_page": PUBLIC,
        "citizen.opinion": PUBLIC,
        "citizen.give_opinion": PUBLIC,
        # rating a service and following one's own rating
        "citizen.short": PUBLIC,
        "citizen.privacy": PUBLIC,
        "citizen.rate": RATER_LINK,
        "citizen.submit": RATER_LINK,
        "citizen.qr": RATER_LINK,
        "citizen.again": RATER_LINK,
        "citizen.submit_again": RATER_LINK,
        "citizen.find": PUBLIC,
        "citizen.found": PUBLIC,
        "citizen.at_window": PUBLIC,
        "citizen.found_at_window": PUBLIC,
        "citizen.window_qr": PUBLIC,
        "citizen.mine": RATER_LINK,
        "citizen.wechat_back": RATER_LINK,
        "citizen.visit": RATER_LINK,
        "citizen.visit_answer": RATER_LINK,
        "citizen.act": RATER_LINK,
        # the API
        "api_spec.document": PUBLIC,
        "api_boards.board": PUBLIC,
        "api_cases.push": api_key("cases.push"),
        "api_evaluations.submit": api_key("evaluations.write"),
        "api_evaluations.show": api_key("evaluations.read"),
        "api_wire.push": api_key("cases.push"),
        "api_wire.submit": api_key("evaluations.write"),
        "api_ivr.hear": api_key("ivr.write"),
        "api_exchange.batches": api_key("exchange.write"),
        "api_exchange.days": api_key("exchange.write"),
        "api_exchange.day": api_key("exchange.write"),
        "api_exchange.tickets": api_key("exchange.write"),
        "api_sms.replies": PUBLIC,  # the platform signs
        # the window device
        "device.screen": PUBLIC,
        "device.log_in": PUBLIC,
        "device.next_service": DEVICE,
        "device.rate": DEVICE,
        "device.take_kept": DEVICE,
        "device.report": DEVICE,
        "device.health": DEVICE,
        "device.plain": PUBLIC,
        "device.rate_plainly": DEVICE,
        "device.worker": PUBLIC,
        "device.manifest": PUBLIC,
    }
)
"""Endpoint name → policy, one row for every route there is."""


def policy_of(endpoint: str | None) -> Policy:
    """Return the policy of an endpoint; a route without a row is denied."""
    return POLICIES.get(endpoint or "", DENIED)


def policy_named(name: str) -> Policy:
    """Return the policy that a plugin names for its page or resource.

    `public`, `device`, `signed_in`, `api:<scope>` or a permission.
    Raises ValueError for any other name.
    """
    simple = {"public": PUBLIC, "device": DEVICE, "signed_in": SIGNED_IN}
    if name in simple:
        return simple[name]
    if name.startswith("api:"):
        return api_key(name.removeprefix("api:"))
    if not name:
        raise ValueError("a page of a plugin must name its policy")
    return staff(name)
