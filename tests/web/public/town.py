"""A province with a year of ratings, cases, comments and honours, for the public pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from haochaping.appraisal.stages import Day
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.disclosure import search
from haochaping.disclosure.tables import review, review_batch, review_tag
from haochaping.grading import entries, periods
from haochaping.grading.folding import fold
from haochaping.journal import Event
from haochaping.journal.sealing import seal_next
from haochaping.rectification.tables import case_reply, rectification_case
from haochaping.settings import write_secrets

PROVINCE, CITY, COUNTY, OTHER = "330000", "330100", "330106", "330108"
REGIONS = (
    (PROVINCE, "浙江省", "Zhejiang", "province", None),
    (CITY, "杭州市", "Hangzhou", "city", PROVINCE),
    (COUNTY, "西湖区", "Xihu", "county", CITY),
    (OTHER, "滨江区", "Binjiang", "county", CITY),
    ("330200", "宁波市", "Ningbo", "city", PROVINCE),
    ("330203", "海曙区", "Haishu", "county", "330200"),
    ("330106001", "北山街道", "Beishan", "town", COUNTY),
)
UNITS = (
    (1, "人力资源和社会保障局", "Labour Office", COUNTY),
    (2, "市场监督管理局", "Market Regulation", COUNTY),
    (3, "公安局", "Public Security", OTHER),
    (4, "税务局", "Tax Office", OTHER),
    (5, "自然资源和规划局", "Natural Resources", "330203"),
    (6, "档案馆", "Archive", "330203"),
)
HALLS = (
    (11, "西湖区政务服务中心", "Xihu Hall", COUNTY, 6),
    (12, "滨江区政务服务中心", "Binjiang Hall", OTHER, 6),
    (13, "海曙区政务服务中心", "Haishu Hall", "330203", 6),
    (14, "北山街道便民服务点", "Beishan Desk", COUNTY, 1),
)
ITEMS = (
    (21, "个体工商户设立登记", "Registration of a trader", 2, False),
    (22, "社会保险参保登记", "Social insurance", 1, False),
    (23, "户口迁移", "Moving house register", 3, False),
    (24, "发票领用", "Invoices", 4, False),
    (25, "不动产转移登记", "Transfer of real estate", 5, False),
    (26, "吸毒人员社区戒毒登记", "Sensitive", 3, True),
)
TOTALS = (9200, 9800, 11050, 10400, 12600, 13900, 13100, 14800, 15400, 15100, 16900, 8700)
"""Ratings of twelve months up to November 2026."""
PARTS = {5: 9780, 4: 120, 3: 60, 2: 25, 1: 15}
"""Grades in ten thousand ratings."""


def build(conn: Connection) -> None:
    """Store regions, organizations, halls, windows and items."""
    paths: dict[str, str] = {}
    for code, name, name_en, level, parent in REGIONS:
        path = "/" if parent is None else paths[parent]
        paths[code] = f"{path}{code}/"
        county = {"county": code, "town": COUNTY}.get(level, "")
        row = {"code": code, "name": name, "name_en": name_en, "level": level, "parent": parent}
        conn.execute(insert(catalog.region), row | {"path": paths[code], "county": county})
    for number, name, name_en, place in UNITS:
        row = {"id": number, "code": f"O{number}", "uscc": "", "name": name, "name_en": name_en}
        where = {"region": place, "place": place, "path": f"/{number}/"}
        conn.execute(insert(catalog.organization), row | where)
    for number, name, name_en, place, count in HALLS:
        row = {"id": number, "code": f"H{number}", "name": name, "name_en": name_en}
        where = {"organization_id": 1, "region": place, "place": place}
        conn.execute(insert(catalog.hall), row | where)
        conn.execute(insert(catalog.window), [_window(number, no) for no in range(1, count + 1)])
    for number, name, name_en, owner, sensitive in ITEMS:
        row = {"id": number, "code": f"I-{number}", "name": name, "name_en": name_en}
        public = {"organization_id": owner, "sensitive": sensitive, "public_name": "治安管理事项"}
        conn.execute(insert(catalog.item), row | public)


def _window(hall: int, no: int) -> dict[str, Any]:
    name = {"name": f"{no}号窗口", "name_en": f"Window {no}"}
    owner = UNITS[no % 6][0]
    return {
        "id": hall * 10 + no,
        "hall_id": hall,
        "code": str(no),
        "organization_id": owner,
        **name,
    }


def rated(at: datetime, day: date, grade: int, count: int, **dims: Any) -> dict[str, Any]:
    """The ledger row of so many ratings of one grade."""
    provenance = (
        {"channel": "", "provenance": ""}
        if not grade
        else {"channel": "qr", "provenance": "citizen"}
    )
    row = {
        "region": COUNTY,
        "organization_id": 1,
        "hall_id": 11,
        "window_id": 111,
        "staff_id": None,
    }
    row |= {"item_id": 22, "day": day, "round": 1, "grade": grade, "sign": count, "at": at}
    return {**row, **provenance, "first_bad": count if grade in (1, 2) else 0, **dims}


def history(conn: Connection, now: datetime) -> None:
    """Store a year of ratings, unevenly spread over windows, units and items."""
    at, rows = now - timedelta(days=1), []
    for back, total in enumerate(reversed(TOTALS)):
        day = _months_back(date(2026, 11, 12), back)
        for place, (hall, window, county) in enumerate(_desks()):
            share = total * (40 + place * 7 % 53) // 1200
            dims = {"region": county, "organization_id": UNITS[place % 6][0], "hall_id": hall}
            dims |= {"window_id": window, "item_id": ITEMS[place % 6][0], "staff_id": None}
            rows += [rated(at, day, grade, count, **dims) for grade, count in _grades(share, place)]
            rows.append(rated(at, day, 0, share + share * (place % 9) // 7, **dims))
    rows += [rated(now, date(2026, 11, 16), 5, 812), rated(now, date(2026, 11, 16), 4, 31)]
    rows.append(rated(now, date(2026, 11, 16), 0, 1020))
    archive = {"organization_id": 6, "hall_id": 14, "window_id": 141, "item_id": 25}
    rows += [
        rated(at, date(2026, 11, 12), 5, 9, **archive),
        rated(at, date(2026, 11, 13), 1, 2, **archive),
    ]
    entries.record(conn, rows)


def _desks() -> Iterator[tuple[int, int, str]]:
    for hall, _name, _en, county, count in HALLS[:3]:
        yield from ((hall, hall * 10 + no, county) for no in range(1, count + 1))


def _grades(total: int, place: int) -> Iterator[tuple[int, int]]:
    bad = {2: total * PARTS[2] * (place % 5) // 10_000, 1: total * PARTS[1] * (place % 4) // 10_000}
    counts = {grade: total * PARTS[grade] // 10_000 for grade in (4, 3)} | bad
    yield 5, total - sum(counts.values())
    yield from ((grade, count) for grade, count in counts.items() if count)


def _months_back(day: date, count: int) -> date:
    for _ in range(count):
        day = day.replace(day=1) - timedelta(days=1)
    return day.replace(day=12)


REPLIES = {
    "C7QX4T9K2B": "窗口已更正材料清单并致歉，执照当天办结。清单更新后当天同步到各窗口。",
    "C3MN8PRW5D": "已核实：系统升级造成排队。现已加开两个窗口，并公布实时等候时间。",
}
"""Published replies by public number."""

CASES = (
    ("C7QX4T9K2B", "closed", 8, 1, False),
    ("C3MN8PRW5D", "replied", 7, 2, False),
    ("C9VH2JKE6A", "rectifying", 6, 2, False),
    ("C5TB1XGQ8F", "verifying", 5, 1, False),
    ("C2LATE0000", "rectifying", 30, 2, True),
)
"""Public number, state, days ago, grade, overdue."""

WORDS = (
    (1, 21, 11, 2, "材料清单写的是复印件，到窗口说要原件，跑了两趟。"),
    (2, 25, 13, 5, "下午三点取号，排到五点也没有轮到，*** 也没有人解释。"),
    (2, 23, 12, 3, "网上说可以代办，到现场又说必须本人来。"),
    (1, 24, 12, 4, "窗口人员一直在聊天，问三句答一句。"),
    (2, 22, 11, 1, "排队的时候没有座位。"),
    (5, 22, 11, 1, "工作人员很耐心，一次就讲清楚了。"),
    (4, 26, 12, 3, "整体不错，叫号屏再大一点就好了。"),
    (1, 21, 14, 6, "这条后来撤回了。"),
)
"""Grade, item, hall, organization and words of published comments."""
TAGS = ((1, "108"), (2, "207"), (4, "108"), (4, "109"), (5, "207"), (8, "108"), (70, "108"))
"""Comments, one of them withdrawn and one that waits, and what their raters chose."""


def cases(conn: Connection, now: datetime) -> None:
    """Store cases in every state the public knows, and one that it must not see yet."""
    for number, (public_id, state, ago, grade, late) in enumerate(CASES, 1):
        opened = now - timedelta(days=ago)
        _case(conn, now, number, _of(public_id, state, opened, grade, late))
    unseen = _of("CUNSEEN000", "opened", now, 1, False)
    _case(conn, now, 90, unseen | {"visible_at": now + timedelta(hours=1)})


def answered(conn: Connection, now: datetime, number: int, public_id: str, reply: str) -> None:
    """Store the closed case behind a comment, with its published reply."""
    opened = now - timedelta(days=8)
    row = _of(public_id, "closed", opened, 1, False)
    replied = dict.fromkeys(("replied_at", "first_replied_at", "closed_at"), now)
    _case(conn, now, number, row | replied | {"reply": reply})


def _of(public_id: str, state: str, opened: datetime, grade: int, late: bool) -> dict[str, Any]:
    reply = REPLIES.get(public_id, "")
    replied = opened + timedelta(days=3) if reply else None
    due = opened + timedelta(days=7 if not late else 20)
    return {
        "public_id": public_id, "state": state, "grade": grade, "opened_at": opened,
        "visible_at": opened, "due_at": due, "due_day": due.date(), "first_due_at": due,
        "replied_at": replied, "first_replied_at": replied, "reply": reply,
        "closed_at": replied if state == "closed" else None,
        "outcome": "rectified" if state == "closed" else None,
    }  # fmt: skip


def _case(conn: Connection, now: datetime, number: int, row: dict[str, Any]) -> None:
    reply = row.pop("reply")
    fixed = {
        "region": COUNTY, "served_month": 202611, "id": number, "origin_kind": "evaluation",
        "origin_id": 1000 + number, "evaluation_id": 1000 + number, "organization_id": 2,
        "occurrence_id": 1000 + number,
        "rated_organization_id": 2, "hall_id": 11, "window_id": 111, "item_id": 21, "queue": "unit",
        "options": [], "identity": "presumed", "complexity": "simple", "provisional": False,
        "late": False, "round": 0, "reopened": 0, "plan": {}, "plan_no": 1, "version": 1,
    }  # fmt: skip
    conn.execute(insert(rectification_case), fixed | row)
    answer = {"id": number, "region": COUNTY, "case_id": number, "round": 0, "outcome": "rectified"}
    more = {"at": now, "account_id": 1, "published": True, "text": reply}
    if reply:
        conn.execute(insert(case_reply), answer | more)
        hidden = {"id": 500 + number, "published": False, "text": "不公开的草稿"}
        conn.execute(insert(case_reply), answer | more | hidden)


def comments(conn: Connection, now: datetime) -> None:
    """Store a published batch of comments, one of them withdrawn, and one that still waits."""
    batch = {"id": 1, "region": COUNTY, "day": date(2026, 11, 15), "size": len(WORDS)}
    conn.execute(insert(review_batch), batch | {"published_at": now})
    for number, (grade, item, hall, unit, words) in enumerate(WORDS, 1):
        gone = "撤回" in words
        row = comment(number, grade, item, hall, unit) | {"batch_id": 1, "place": number}
        state = (
            {"state": "withdrawn", "reason": "evaluation.withdrawn"}
            if gone
            else {"state": "published"}
        )
        conn.execute(insert(review), row | state | {"text": None if gone else words})
    chosen = [{"option": code, "review_id": number} for number, code in TAGS]
    conn.execute(insert(review_tag), chosen)
    search.keep(conn, search.REVIEWS, range(1, len(WORDS) + 1))
    conn.execute(
        insert(review), comment(70, 1, 21, 11, 2) | {"state": "waiting", "text": "还在审核"}
    )


def comment(number: int, grade: int, item: int, hall: int, unit: int) -> dict[str, Any]:
    """The row of a comment; its state, batch and words are the caller's."""
    return {
        "id": number, "region": COUNTY, "served_month": 202611, "evaluation_id": 1000 + number,
        "occurrence_id": 1000 + number, "organization_id": unit, "hall_id": hall, "item_id": item,
        "grade": grade, "day": date(2026, 11, 15),
    }  # fmt: skip


def stock(deployment: Deployment) -> None:
    """Fill a deployment: catalogue, a year of ratings, cases, comments, October closed."""
    now, shown = deployment.clock.now(), deployment.disclosing
    with deployment.store.write() as conn:
        build(conn)
        history(conn, now)
        cases(conn, now)
        comments(conn, now)
        deployment.journal.emit(conn, Event("period.closed", "period:2026-10", {}, ""), now)
        while fold(conn).entries:
            pass
    shown.publish(deployment.store, date(2026, 11, 16), now)
    october = periods.parse("2026-10")
    with deployment.store.write() as conn:
        early = Day(now - timedelta(days=14), date(2026, 11, 2))
        shown.freezer.freeze(conn, october, early)
    shown.appraiser.appraise(deployment.store, october)
    with deployment.store.write() as conn:
        shown.freezer.publish(conn, october, 1, now)
    seal_next(deployment.store, deployment.clock, deployment.secrets.seal_key)


@contextmanager
def deployment_of(home: Path, profile: str, database: str) -> Iterator[Deployment]:
    """A deployment of a profile whose clock stands at Monday 16 November 2026, 10:00."""
    home.mkdir(parents=True)
    settings = f"profile: {profile}\ndatabase: {database}\nbase_url: http://localhost\n"
    (home / "deployment.yaml").write_text(settings, encoding="utf-8")
    write_secrets(home)
    clock = FakeClock(datetime(2026, 11, 16, 2, 0, tzinfo=UTC))
    deployment = Deployment.open(home, clock=clock, checked=False)
    yield deployment
    deployment.close()
