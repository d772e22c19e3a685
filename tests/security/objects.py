"""What the variable parts of addresses name, how to make one, and which permission shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from haochaping.access.roles import Role
from haochaping.appraisal.stages import Day
from haochaping.attachments import files
from haochaping.attachments.files import Upload
from haochaping.attachments.media import Limits
from haochaping.catalog.tables import organization, region
from haochaping.channels import paper
from haochaping.channels.inspections import Inspections, NewCampaign
from haochaping.channels.paper import NewBatch, PaperBook
from haochaping.channels.scans import Scan
from haochaping.channels.tables import ivr_call
from haochaping.disclosure.tables import review, typical_case
from haochaping.evaluation import photos, pressure, stored
from haochaping.evaluation.retouching import PhotoLimits
from haochaping.evaluation.tables import evaluation, pressure_report
from haochaping.grading import entries, periods
from haochaping.grading.tables import frozen_figure
from haochaping.hooks.values import OccurrenceKey
from haochaping.ids import new_id
from haochaping.integrity.tables import integrity_flag
from haochaping.rectification.records import by_public_id
from haochaping.rectification.tables import case_reply, case_visit, rectification_case
from haochaping.store.types import micros
from haochaping_inner_mongolia import tables as registry
from tests.attachments.test_pictures import jpeg
from tests.security.town import Place, Town

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
VARY = "fixed vocabulary"
CODE = "a code is the authority"
KEY = "a machine's key is the authority"
MINE = "belongs to the account"
WHOLE = "belongs to the whole deployment"


@dataclass(frozen=True)
class Object:
    """What the variable part of an address names.

    `make` returns the parts of the address of an object at a place, `absent` those of one
    that is not there; `seen_with` are the permissions any of which shows it in its place.
    """

    make: Callable[[Town, Place], dict[str, Any]]
    absent: dict[str, Any]
    seen_with: tuple[str, ...]
    form: tuple[tuple[str, str], ...] = ()
    refused: tuple[int, ...] = (403, 404)


def _case(town: Town, place: Place) -> dict[str, Any]:
    return {"public_id": town.case(place).public_id}


def _visited(town: Town, place: Place) -> dict[str, Any]:
    case = town.case(place)
    visit = {"id": new_id(), "region": case.region, "case_id": case.id, "round": case.round}
    due = {"by": "in_person", "due_at": town.clock.now(), "provisional": False, "reason": ""}
    with town.deployment.store.write() as conn:
        conn.execute(insert(case_visit).values(**visit, **due, state="due"))
    return {"public_id": case.public_id}


def _entry(town: Town, place: Place) -> dict[str, Any]:
    return {"number": town.entry(place)}


def _noticed(town: Town, place: Place) -> dict[str, Any]:
    number, at = town.entry(place), micros(town.clock.now())
    told = {"state": "listed", "decided_at": at, "until_at": at + 1}
    with town.deployment.store.write() as conn:
        conn.execute(update(registry.entry).where(registry.entry.c.id == number).values(told))
    return {"number": number}


def _candidate(town: Town, place: Place) -> dict[str, Any]:
    at, number = micros(town.clock.now()), new_id()
    row = {"id": number, "person_index": f"{number}", "organization_id": place.unit}
    row |= {"case_no": "T-1", "occurrence_no": 1, "newest_at": at, "bad": 5, "units": 1}
    row |= {"malicious": 0, "flags": "{}", "found_at": at, "state": "open"}
    with town.deployment.store.write() as conn:
        conn.execute(insert(registry.candidate).values(row))
    return {"number": number}


NO_CASE = {"public_id": "ZZZZZZZZZZ"}
SEES_CASES = ("case.read", "appeal.review")
REGISTRY = "x_inner_mongolia.POST-/registry/<int:number>"

GONE = (403, 404, 409)
"""A comment or reply that was decided, is gone or never was is answered 409."""
ABSENT = 382999385491069999
RATING = "330106-202611-382999385491069999"


def _account(town: Town, place: Place) -> dict[str, Any]:
    return {"account_id": town.account(Role.HANDLER, organization_id=place.unit)}


def _device(town: Town, place: Place) -> dict[str, Any]:
    return {"device_id": town.device(place)[0]}


def _key(town: Town, place: Place) -> dict[str, Any]:
    return {"key_id": town.api_key(place, organization_id=place.unit)[0]}


def _held(town: Town, place: Place) -> dict[str, Any]:
    key = town.serve(place)
    town.rate(key, 5)
    mine = evaluation.c.occurrence_id == key.id
    with town.deployment.store.write() as conn:
        conn.execute(update(evaluation).where(mine).values(status="held", reason="check_failed"))
        number = conn.execute(select(evaluation.c.id).where(mine)).scalar_one()
    return {"rating": f"{key.region}-{key.served_month}-{number}"}


def _excluded(town: Town, place: Place) -> dict[str, Any]:
    parts = _held(town, place)
    number = int(str(parts["rating"]).rpartition("-")[2])
    with town.deployment.store.write() as conn:
        kept_out = {"status": "excluded", "reason": "malicious_rater"}
        conn.execute(update(evaluation).where(evaluation.c.id == number).values(kept_out))
    return parts


def _pressed(town: Town, place: Place) -> dict[str, Any]:
    key = town.serve(place)
    town.rate(key, 5)
    deployment = town.deployment
    with deployment.store.write() as conn:
        [row] = stored.of_occurrence(conn, key)
        pressure.report(conn, deployment.desk, row, town.clock.now())
        mine = pressure_report.c.first_id == row.id
        return {"report_id": conn.execute(select(pressure_report.c.id).where(mine)).scalar_one()}


def _flag(town: Town, place: Place) -> dict[str, Any]:
    row = {
        "id": new_id(), "day": town.deployment.clock.now().date(), "region": place.region,
        "signal": "one_device", "origin": "core", "about": f"device:{new_id()}",
        "organization_id": place.unit, "ratings": 6, "evidence": {"raters": 6},
        "state": "open", "raised_at": town.deployment.clock.now(),
    }  # fmt: skip
    with town.deployment.store.write() as conn:
        conn.execute(insert(integrity_flag).values(row))
    return {"flag_id": row["id"]}


def _review(town: Town, place: Place) -> dict[str, Any]:
    key = town.serve(place)
    town.rate(key, 5, text="很快就办好了")
    with town.deployment.store.read() as conn:
        mine = review.c.occurrence_id == key.id
        return {"review_id": conn.execute(select(review.c.id).where(mine)).scalar_one()}


def _pictured(town: Town, rated: Any) -> dict[str, Any]:
    """Add a photo to a rating, the condition `rated` names it; return the photo's part."""
    deployment = town.deployment
    with deployment.store.write() as conn:
        found = conn.execute(select(evaluation).where(rated)).one()
        key = OccurrenceKey(found.region, found.served_month, found.id)
        row = stored.by_key(conn, key)
        assert row is not None
        photos.add(conn, deployment.desk, row, [jpeg()], PhotoLimits(3))
        [one] = photos.of(conn, deployment.vault, photos.Owner.of(row))
    return {"photo_id": one.file.id}


def _case_photo(town: Town, place: Place) -> dict[str, Any]:
    case = town.case(place)
    return {
        "public_id": case.public_id,
        **_pictured(town, evaluation.c.id == case.evaluation_id),
    }


def _review_photo(town: Town, place: Place) -> dict[str, Any]:
    made = _review(town, place)
    wanted = select(review.c.evaluation_id).where(review.c.id == made["review_id"])
    return {**made, **_pictured(town, evaluation.c.id == wanted.scalar_subquery())}


def _reply(town: Town, place: Place) -> dict[str, Any]:
    case, number = town.case(place), new_id()
    table = rectification_case
    with town.deployment.store.write() as conn:
        row = {"id": number, "case_id": case.id, "text": "已改正。", "at": town.clock.now()}
        row |= {"region": case.region, "round": 1, "outcome": "rectified"}
        conn.execute(insert(case_reply).values(**row, account_id=1, published=False))
        conn.execute(update(table).where(table.c.id == case.id).values(state="replied"))
    return {"reply_id": number}


def _typical(town: Town, place: Place) -> dict[str, Any]:
    case, row = town.case(place), {"id": new_id(), "version": 1, "state": "signing"}
    row |= {name: "x" for name in ("title", "said", "found", "done", "learnt", "english")}
    row |= {"public_id": str(row["id"]), "region": case.region, "case_id": case.id, "grade": 1}
    row |= {"served_month": case.served_month, "organization_id": case.organization_id}
    row |= {"hall_id": case.hall_id, "masked": [], "begun_by": 1, "written_by": 1}
    with town.deployment.store.write() as conn:
        conn.execute(insert(typical_case).values(**row, written_at=town.clock.now()))
    return {"number": row["id"]}


def _service(town: Town, place: Place) -> dict[str, Any]:
    key = town.serve(place)
    return {"service": f"{key.region}-{key.served_month}-{key.id}"}


def _short(town: Town, place: Place) -> dict[str, Any]:
    return {"short": town.link(town.serve(place))[1]}


def _also(make: Callable[[Town, Place], dict[str, Any]], **more: Any) -> Any:
    return lambda town, place: make(town, place) | more


def _call(town: Town, place: Place) -> dict[str, Any]:
    key, call_id = town.serve(place), f"call-{new_id()}"
    row = {"client": "1", "call_id": call_id, "region": key.region, "turn": 0, "misses": 0}
    row |= {"served_month": key.served_month, "occurrence_id": key.id, "state": "grade"}
    with town.deployment.store.write() as conn:
        conn.execute(
            insert(ivr_call).values(**row, recording="", receipt="", started_at=town.clock.now())
        )
    return {"call_id": call_id}


def _paths(town: Town, place: Place) -> tuple[str, str]:
    found = (
        select(region.c.path, organization.c.path)
        .select_from(organization)
        .join(region, region.c.code == organization.c.place)
        .where(organization.c.id == place.unit)
    )
    with town.deployment.store.read() as conn:
        return tuple(conn.execute(found).one())


def _batch(town: Town, place: Place) -> dict[str, Any]:
    new = NewBatch(*_paths(town, place), 1, 1)
    with town.deployment.store.write() as conn:
        book = PaperBook(town.deployment.keyring)
        return {"batch_id": book.begin(conn, new, town.clock.now())}


def _scan(town: Town, place: Place) -> dict[str, Any]:
    found = _batch(town, place)
    with town.deployment.store.write() as conn:
        batch = paper.find(conn, found["batch_id"])
        book = PaperBook(town.deployment.keyring)
        picture = Scan("image/png", b"picture")
        return found | {"scan_id": book.attach(conn, batch, picture, town.clock.now())}


def _campaign(town: Town, place: Place) -> dict[str, Any]:
    town.serve(place)
    deployment, today = town.deployment, town.clock.now().date()
    days = (today - timedelta(days=60), today + timedelta(days=1))
    new = NewCampaign("查评", "survey", place.region, *days, wanted=1, created_by=1)
    room = Inspections(deployment.keyring, deployment.journal.emit, deployment.zone)
    with deployment.store.write() as conn:
        return {"campaign_id": room.draw(conn, new, town.clock.now())}


def _evidence(town: Town, place: Place) -> dict[str, Any]:
    found, deployment = _case(town, place), town.deployment
    with deployment.store.write() as conn:
        case = by_public_id(conn, found["public_id"])
        upload = Upload(
            case.subject, case.region, "evidence", "handler", "a.pdf", PDF, str(case.id)
        )
        what, emit = (upload, Limits()), deployment.journal.emit
        files.add(conn, deployment.vault, emit, what, town.clock.now())
    return found | {"side": "handler", "number": 1}


def _lines(town: Town, place: Place) -> dict[str, Any]:
    return {"kind": "organization", "number": place.unit, "period": "2026-10"}


def _result(town: Town, place: Place) -> dict[str, Any]:
    """A frozen month with a score of the place's staff member."""
    period, now = periods.parse("2026-10"), town.clock.now()
    where = {"organization_id": place.unit, "hall_id": place.hall, "window_id": place.window}
    row = {"day": period.first, "region": place.region, **where, "staff_id": place.staff}
    row |= {"item_id": 5, "channel": "qr", "provenance": "citizen", "round": 1, "at": now}
    with town.deployment.store.write() as conn:
        entries.record(conn, [{**row, "grade": 5, "sign": 9, "first_bad": 0}])
        town.deployment.disclosing.freezer.freeze(conn, period, Day(now, now.date()))
        known = frozen_figure.c
        there = select(known.subject_id).where(
            known.period == period.name, known.subject_kind == "staff"
        )
        if place.staff not in conn.execute(there).scalars().all():
            about = {"period": period.name, "subject_kind": "staff", "subject_id": place.staff}
            conn.execute(insert(frozen_figure).values(**about, g5=9, active=9, cases={}))
    return {"period": period.name, "kind": "staff", "number": place.staff}


NO_RESULT = {"period": "2026-10", "kind": "staff", "number": ABSENT}
NO_BATCH, NO_CAMPAIGN = {"batch_id": ABSENT}, {"campaign_id": ABSENT}
NO_ACCOUNT, NO_DEVICE, NO_KEY = {"account_id": ABSENT}, {"device_id": ABSENT}, {"key_id": ABSENT}
NO_REVIEW, NO_REPLY, NO_RATING = {"review_id": ABSENT}, {"reply_id": ABSENT}, {"rating": RATING}
NO_SERVICE, NO_SHORT = {"service": RATING}, {"short": "0000000000"}
MANAGE, RECORD, PUBLISH = ("account.manage",), ("occurrence.record",), ("review.publish",)

LINES = "x_sichuan.GET-/appraisal/<kind>/<int:number>/<period>"

OBJECTS: dict[str, Object] = {
    LINES: Object(
        _lines,
        {"kind": "organization", "number": ABSENT, "period": "2026-10"},
        ("figures.unit",),
    ),
    "cases.show": Object(_case, NO_CASE, SEES_CASES),
    "cases.act": Object(
        _also(_case, action="confirm"), NO_CASE | {"action": "confirm"}, ("case.supervise",)
    ),
    "cases.photo": Object(_case_photo, NO_CASE | {"photo_id": ABSENT}, SEES_CASES),
    "visit_pages.sheet": Object(_visited, NO_CASE, ("case.visit",)),
    "evidence.add": Object(_case, NO_CASE, ("case.handle", "appeal.file"), (("side", "handler"),)),
    "evidence.read": Object(_evidence, NO_CASE | {"side": "handler", "number": 1}, SEES_CASES),
    "rater.ask": Object(_case, NO_CASE, ("case.reveal",)),
    "rater.reveal": Object(_case, NO_CASE, ("case.reveal",), (("purpose", "当面道歉"),)),
    REGISTRY: Object(
        _entry,
        {"number": ABSENT},
        ("registry.decide",),
        (("action", "second"), ("reason", "证据充分")),
    ),
    "appraisal.explain": Object(_result, NO_RESULT, ("appraisal.read", "appraisal.decide")),
    "appraisal.act": Object(
        _also(_result, action="object"),
        NO_RESULT | {"action": "object"},
        ("appraisal.object",),
        (("matter", "score"), ("reason", "得分需要复核")),
    ),
    "x_inner_mongolia.GET-/registry/<int:number>/notice": Object(
        _noticed, {"number": ABSENT}, ("registry.decide",)
    ),
    "x_inner_mongolia.POST-/candidates/<int:number>": Object(
        _candidate, {"number": ABSENT}, ("registry.propose",), (("reason", "反映均属实"),)
    ),
    "x_inner_mongolia.GET-POST-/excluded/<rating>": Object(
        _excluded, {"rating": RATING}, ("registry.decide",), (("reason", "内容属实"),)
    ),
    "accounts.show": Object(_account, NO_ACCOUNT, ("account.read",)),
    "accounts.manage": Object(
        _also(_account, action="disable"), NO_ACCOUNT | {"action": "disable"}, MANAGE
    ),
    "accounts.reset_password": Object(_account, NO_ACCOUNT, MANAGE),
    "accounts.identities": Object(
        _also(_account, action="unbind"),
        NO_ACCOUNT | {"action": "unbind"},
        MANAGE,
        (("binding", "1"),),
        (403, 404),
    ),
    "accounts.end_sessions": Object(_account, NO_ACCOUNT, ("session.revoke",)),
    "accounts.roles": Object(
        _also(_account, action="reset-factor"),
        NO_ACCOUNT | {"action": "reset-factor"},
        ("grant.manage",),
    ),
    "devices.show": Object(_device, NO_DEVICE, ("device.manage",)),
    "devices.renew": Object(_device, NO_DEVICE, ("device.manage",)),
    "devices.revoke": Object(_device, NO_DEVICE, ("device.manage",)),
    "keys.revoke": Object(_key, NO_KEY, ("key.manage",)),
    "held.show": Object(_held, NO_RATING, ("evaluation.decide",)),
    "held.decide": Object(
        _also(_held, action="exclude"),
        NO_RATING | {"action": "exclude"},
        ("evaluation.decide",),
        (("reason", "rule"),),
    ),
    "integrity.show": Object(_flag, {"flag_id": ABSENT}, ("evaluation.decide",)),
    "integrity.decide": Object(
        _flag,
        {"flag_id": ABSENT},
        ("evaluation.decide",),
        (("decision", "forwarded"), ("reason", "移送核查")),
    ),
    "pressure.show": Object(_pressed, {"report_id": ABSENT}, ("evaluation.decide",)),
    "pressure.decide": Object(
        _pressed,
        {"report_id": ABSENT},
        ("evaluation.decide",),
        (("found", "unfounded"), ("reason", "核实未发现")),
    ),
    "publishing.show": Object(_review, NO_REVIEW, PUBLISH, refused=GONE),
    "publishing.decide": Object(
        _also(_review, action="refuse"),
        NO_REVIEW | {"action": "refuse"},
        PUBLISH,
        (("reason", "与服务无关"),),
        GONE,
    ),
    "publishing.publish_reply": Object(_reply, NO_REPLY, PUBLISH, refused=GONE),
    "publishing.put_reply_aside": Object(
        _reply, NO_REPLY, PUBLISH, (("reason", "写了姓名"),), GONE
    ),
    "publishing.photo": Object(
        _review_photo, NO_REVIEW | {"photo_id": ABSENT}, PUBLISH, refused=GONE
    ),
    "publishing.decide_photos": Object(_review_photo, NO_REVIEW, PUBLISH, refused=GONE),
    "typical.show": Object(_typical, {"number": ABSENT}, ("typical.sign",)),
    "typical.act": Object(
        _also(_typical, action="sign"),
        {"number": ABSENT, "action": "sign"},
        ("typical.sign",),
        (("version", "1"),),
    ),
    "window.code": Object(_service, NO_SERVICE, RECORD),
    "window.receipt": Object(_short, NO_SHORT, RECORD),
    "window.print_out": Object(_short, NO_SHORT, RECORD),
    "window.reprint": Object(_short, NO_SHORT, RECORD),
    "window.escpos": Object(_short, NO_SHORT, RECORD),
    "hotline.rate": Object(_service, NO_SERVICE, ("rating.hotline",)),
    "hotline.popped": Object(_call, {"call_id": "no-such-call"}, ("rating.hotline",)),
    "paper.show": Object(_batch, NO_BATCH, ("rating.paper",)),
    "paper.take": Object(_batch, NO_BATCH, ("rating.paper",), (("stage", "done"),), (403, 404)),
    "paper.attach": Object(_batch, NO_BATCH, ("rating.paper",)),
    "paper.scan": Object(_scan, NO_BATCH | {"scan_id": ABSENT}, ("rating.paper",)),
    "inspections.show": Object(_campaign, NO_CAMPAIGN, ("inspection.enter",)),
    "inspections.find": Object(
        _campaign, NO_CAMPAIGN, ("inspection.enter",), (("no", "1"), ("grade", "5"))
    ),
    "inspections.close": Object(_campaign, NO_CAMPAIGN, ("inspection.manage",)),
}
"""Objects that lie in a subtree. To add a route: its endpoint, how to make one, who sees it."""

NOT_IN_A_SUBTREE: dict[str, str] = {
    "static": VARY,
    "x_chongqing.static": VARY,
    "x_guangdong.static": VARY,
    "x_inner_mongolia.static": VARY,
    "x_shenzhen.static": VARY,
    "x_sichuan.static": VARY,
    "x_zhejiang.static": VARY,
    "figures.one": VARY,
    "public.board": VARY,
    "public.open_data_file": VARY,
    "public.bulletin": VARY,
    "public.bulletin_version": VARY,
    "public.bulletin_file": VARY,
    "bulletins.show": WHOLE,
    "bulletins.take": WHOLE,
    "bulletins.act": WHOLE,
    "api_open_data.rows": VARY,
    "api_open_data.extract": VARY,
    "public.photo": CODE,
    "public.review": CODE,
    "public.useful": CODE,
    "public.vote": CODE,
    "public.case": CODE,
    "public.typical_case": CODE,
    "api_boards.board": VARY,
    "api_ivr.hear": KEY,
    "api_exchange.day": KEY,
    "api_sms.replies": VARY,
    "citizen.opinion": VARY,
    "citizen.give_opinion": VARY,
    "citizen.rate": CODE,
    "citizen.wechat_back": CODE,
    "citizen.visit": CODE,
    "citizen.visit_answer": CODE,
    "citizen.submit": CODE,
    "citizen.qr": CODE,
    "citizen.again": CODE,
    "citizen.submit_again": CODE,
    "citizen.at_window": VARY,
    "citizen.found_at_window": VARY,
    "citizen.window_qr": VARY,
    "device.screen": KEY,
    "device.log_in": KEY,
    "device.next_service": KEY,
    "device.rate": KEY,
    "device.take_kept": KEY,
    "device.report": KEY,
    "device.health": KEY,
    "device.plain": KEY,
    "device.rate_plainly": KEY,
    "device.manifest": KEY,
    "api_evaluations.show": KEY,
    "catalogue.lines": VARY,
    "staff_boards.board": VARY,
    "appraisal.freeze": WHOLE,
    "appraisal.publish": WHOLE,
    "imports.form": WHOLE,
    "imports.take": WHOLE,
    "imports.template": WHOLE,
    "imports.rejects": WHOLE,
    "system.plugin": WHOLE,
    "system.retry": WHOLE,
    "messages.show": WHOLE,
    "messages.again": WHOLE,
    "exchange.mend": WHOLE,
    "exchange.again": WHOLE,
    "calendars.notice_file": WHOLE,
    "profile.change": WHOLE,
    "profile.decide": WHOLE,
    "inbox.open_entry": MINE,
    "own.end": MINE,
    "identity.leave": VARY,
    "identity.arrive": VARY,
    "identity.bind": VARY,
    "identity.confirm": VARY,
    "identity.unbind": MINE,
}
"""Variable parts that name no object in a subtree, and why."""
