"""Reviews of halls and items, apart from each other and from the ratings of the core.

Only who holds the receipt of a rating reviews, each service once. Stars and day count from
the next day, in one batch, so that nobody sees whose they are; words are published once a
moderator has looked at them. One or two stars with a concrete opinion become a case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from haochaping.hooks.services import KeptPhoto, RatedService, Services
from haochaping.hooks.values import Words
from haochaping.store.types import micros
from haochaping_shanghai.problems import (
    AlreadyReviewed,
    Incomplete,
    NoSuchReview,
    NotNow,
    NotServed,
)
from haochaping_shanghai.tables import review, score

HALL, ITEM = "hall", "item"
WRITTEN, PENDING, SHOWN, HIDDEN, CONTESTED = "written", "pending", "shown", "hidden", "contested"
STATES: Final[Mapping[str, Words]] = {
    WRITTEN: Words("次日计入", "Counts from tomorrow"),
    PENDING: Words("待审核", "To be looked at"),
    SHOWN: Words("已公开", "Published"),
    HIDDEN: Words("未公开", "Not published"),
    CONTESTED: Words("评价人有异议", "The writer objects"),
}
MODERATE: Final = "review.publish"
REPLY: Final = "case.handle"
KIND: Final = "review"
CONCRETE: Final = 5
"""Fewest characters of a concrete opinion."""
_WANTED: Final = "?"
_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody writes: stars 1–5 and tags per subject kind, words, hashes of the sender."""

    receipt: str
    stars: Mapping[str, int]
    tags: Mapping[str, tuple[str, ...]]
    text: str
    visitor: str
    network: str
    photos: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """A review as stored; `text` is empty where nobody wrote any."""

    id: int
    subject_kind: str
    subject_id: int
    organization_id: int
    stars: int
    tags: tuple[str, ...]
    text: str
    state: str
    day: str
    reason: str
    objection: str
    reply: str
    follow_up: str
    useful: int
    case_public_id: str
    photos: int


@dataclass(frozen=True, slots=True)
class Score:
    """Stars of a hall or item: number, plain mean and Bayesian mean (None without any)."""

    n: int
    mean: float | None
    weighted: float | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader wants to see: order, stars (0: all), a tag, words, page from 1."""

    order: str = "newest"
    stars: int = 0
    tag: str = ""
    text: str = ""
    page: int = 1


class Reviews:
    """The reviews of one deployment."""

    def __init__(self, services: Services, settings: Mapping[str, Any]) -> None:
        self._services = services
        self._settings = settings

    @property
    def tags(self) -> Mapping[str, Mapping[str, Words]]:
        """The tags to choose from, by subject kind and word."""
        own = self._settings.get("tags", ())
        found: dict[str, dict[str, Words]] = {HALL: {}, ITEM: {}}
        for one in own:
            found[one["of"]][one["name"]] = Words(one["zh"], one["en"])
        return {kind: found[kind] or BUILT_IN[kind] for kind in (HALL, ITEM)}

    def write(self, given: Given) -> tuple[int, ...]:
        """Store what somebody writes and return the reviews' ids.

        Photos belong to the first of them. Raises NotServed, Incomplete, AlreadyReviewed.
        """
        service = self._services.evaluations.rated_service(given.receipt)
        if service is None:
            raise NotServed
        rows = [self._row(service, given, kind) for kind in given.stars]
        self._require_sound(given, rows)
        if given.photos:
            self._keep(given.photos, rows[0])
        try:
            with self._services.records.transaction() as conn:
                conn.execute(insert(review), rows)
        except IntegrityError as error:
            if given.photos:
                self._services.photos.forget(str(rows[0]["id"]))
            raise AlreadyReviewed from error
        for row in rows:
            self._hand_on(row)
        return tuple(row["id"] for row in rows)

    def of_receipt(self, receipt: str) -> tuple[Review, ...]:
        """Return the reviews of a service for whoever holds its receipt. Raises NotServed."""
        service = self._services.evaluations.rated_service(receipt)
        if service is None:
            raise NotServed
        return self._read(select(review).where(review.c.handle == service.handle))

    def add(self, receipt: str, number: int, text: str) -> None:
        """Add a follow-up to one's own review, once. Raises NotServed, NoSuchReview, NotNow."""
        self._own(receipt, number)
        change = {"follow_up": _words(text, 5), "state": PENDING}
        self._move(number, (SHOWN,), review.c.follow_up == "", **change)

    def object(self, receipt: str, number: int, text: str) -> None:
        """Object to one's review not being published; somebody else decides then."""
        self._own(receipt, number)
        self._move(number, (HIDDEN,), review.c.objection == "", state=CONTESTED, objection=text)

    def decide(
        self, number: int, account_id: int, *, show: bool, reason: str, photos: Sequence[int] = ()
    ) -> None:
        """Publish a review's words and those of its photos, or nothing, with a reason for that.

        An objection is decided by another person. Raises Incomplete, NotNow, NoSuchReview.
        """
        found = self._row_of(number)
        self._require(account_id, MODERATE, found["organization_id"])
        if not show and not reason:
            raise Incomplete(Words("不公开须写明理由", "State why it is not published"))
        if found["state"] == CONTESTED and found["decided_by"] == account_id:
            raise NotNow(Words("异议须由另一人处理", "Another person decides on an objection"))
        after = {"state": SHOWN if show else HIDDEN, "reason": reason, "decided_by": account_id}
        if found["photos"]:
            self._services.photos.decide(str(number), photos if show else (), account_id)
        self._move(number, (PENDING, CONTESTED), **after)
        self._services.audit("decided", f"review:{number}", {"account": account_id, "show": show})

    def reply(self, number: int, account_id: int, text: str) -> None:
        """Reply officially below a published review. Raises Incomplete, NotNow, NoSuchReview."""
        self._require(account_id, REPLY, self._row_of(number)["organization_id"])
        self._move(number, (SHOWN,), reply=_words(text, 2), replied_by=account_id)
        self._services.audit("replied", f"review:{number}", {"account": account_id})

    def count(self) -> int:
        """Let what was written until yesterday count and go to the moderators; return how many.

        Safe to run twice: a review counts in the transaction that moves it on.
        """
        today = self._today(self._services.now())
        with self._services.records.transaction() as conn:
            due = select(review).where(review.c.state == WRITTEN, review.c.day < today)
            rows = conn.execute(due).mappings().all()
            for row in rows:
                _tally(conn, row["subject_kind"], row["subject_id"], row["stars"])
                after = PENDING if row["text"] or row["photos"] else SHOWN
                conn.execute(update(review).where(review.c.id == row["id"]).values(state=after))
        return len(rows)

    def complete(self) -> int:
        """Open the cases that a stop cut off between our row and the core's; return how many."""
        cut = select(review).where(review.c.case_public_id == _WANTED)
        with self._services.records.transaction() as conn:
            rows = conn.execute(cut).mappings().all()
        for row in rows:
            self._hand_on(row)
        return len(rows)

    def forget(self, days: int) -> int:
        """Erase the hashes of senders after `days`; return how many reviews were touched."""
        before = micros(self._services.now() - timedelta(days=days))
        traced = review.c.visitor.is_not(None) | review.c.network.is_not(None)
        step = update(review).where(review.c.written_at < before, traced)
        with self._services.records.transaction() as conn:
            return int(conn.execute(step.values(visitor=None, network=None)).rowcount)

    def rings(self, least: int) -> tuple[tuple[str, int, str, int], ...]:
        """Return what looks like rating rings: kind, subject, network hash, number of reviews.

        A hint for people: halls and offices share networks.
        """
        n = func.count()
        columns = (review.c.subject_kind, review.c.subject_id, review.c.network)
        query = select(*columns, n).where(review.c.network.is_not(None)).group_by(*columns)
        with self._services.records.transaction() as conn:
            rows = conn.execute(query.having(n >= least).order_by(n.desc()).limit(100)).all()
        return tuple((kind, int(sub), network, int(count)) for kind, sub, network, count in rows)

    def shown(self, kind: str, subject_id: int, wish: Wish) -> tuple[tuple[Review, ...], bool]:
        """Return one page of the published reviews of a subject, and whether there are more."""
        query = select(review).where(
            review.c.subject_kind == kind, review.c.subject_id == subject_id, *_narrow(wish)
        )
        first = (wish.page - 1) * _PAGE
        rows = self._read(query.order_by(*_ORDERS[wish.order]).offset(first).limit(_PAGE + 1))
        return rows[:_PAGE], len(rows) > _PAGE

    def photos(self, found: Sequence[Review]) -> Mapping[int, Sequence[str]]:
        """Return the public codes of the photos of reviews, where any was let through."""
        ids = [str(one.id) for one in found if one.photos and one.state == SHOWN]
        codes = self._services.photos.shown(ids) if ids else {}
        return {int(number): each for number, each in codes.items()}

    def public_photo(self, code: str) -> bytes:
        """Return a photo that was let through, while its review is public. Raises NoSuchReview."""
        found = self._services.photos.published(code)
        if found is None or self._row_of(int(found[0]))["state"] != SHOWN:
            raise NoSuchReview
        return found[1]

    def photo(self, number: int, photo: int, account_id: int) -> bytes:
        """Return a photo to a moderator, on the record. Raises NoSuchReview."""
        self._require(account_id, MODERATE, self._row_of(number)["organization_id"])
        return self._services.photos.read(str(number), photo, account_id)

    def photos_of(self, found: Sequence[Review]) -> Mapping[int, Sequence[KeptPhoto]]:
        """Return the photos of reviews that moderators look at."""
        return {one.id: self._services.photos.of(str(one.id)) for one in found if one.photos}

    def tag_counts(self, kind: str, subject_id: int) -> Mapping[str, int]:
        """Count the tags of the published reviews of a subject, the newest 1,000 of them."""
        query = select(review.c.tags).where(
            review.c.subject_kind == kind,
            review.c.subject_id == subject_id,
            review.c.state == SHOWN,
        )
        counts: dict[str, int] = {}
        with self._services.records.transaction() as conn:
            for tags in conn.execute(query.order_by(review.c.id.desc()).limit(1000)).scalars():
                for tag in json.loads(tags):
                    counts[tag] = counts.get(tag, 0) + 1
        return counts

    def scores(self, kind: str) -> Mapping[int, Score]:
        """Return the scores of all subjects of a kind that have any."""
        query = select(score).where(score.c.subject_kind == kind)
        with self._services.records.transaction() as conn:
            rows = conn.execute(query).mappings().all()
        n, stars = sum(row["n"] for row in rows), sum(row["stars"] for row in rows)
        prior = stars / n if n else 0.0
        weight = int(self._settings.get("prior_reviews", 20))
        return {
            row["subject_id"]: Score(
                int(row["n"]),
                row["stars"] / row["n"],
                (weight * prior + row["stars"]) / (weight + row["n"]),
            )
            for row in rows
        }

    def waiting(self, account_id: int, limit: int = 100) -> tuple[Review, ...]:
        """Return what the account has to look at, the oldest first."""
        units = self._units(account_id, MODERATE)
        query = select(review).where(
            review.c.state.in_((PENDING, CONTESTED)), review.c.organization_id.in_(units)
        )
        return self._read(query.order_by(review.c.id).limit(limit))

    def to_answer(self, account_id: int, limit: int = 100) -> tuple[Review, ...]:
        """Return the published reviews of the account's units without a reply, lowest first."""
        units = self._units(account_id, REPLY)
        query = select(review).where(
            review.c.state == SHOWN,
            review.c.reply == "",
            review.c.text != "",
            review.c.organization_id.in_(units),
        )
        return self._read(query.order_by(review.c.stars, review.c.id).limit(limit))

    def _units(self, account_id: int, permission: str) -> list[int]:
        held = self._services.catalog.organizations(account_id, permission)
        return [one.id for one in held]

    def _row(self, service: RatedService, given: Given, kind: str) -> dict[str, Any]:
        subject = service.hall_id if kind == HALL else service.item_id
        if subject is None:
            raise Incomplete(
                Words("这次办事没有登记大厅或事项", "This service has no hall or item on record")
            )
        now = self._services.now()
        low = given.stars[kind] <= 2 and len(given.text) >= CONCRETE
        return {
            "id": self._services.new_id(),
            "subject_kind": kind,
            "subject_id": subject,
            "organization_id": service.organization_id,
            "handle": service.handle,
            "visitor": given.visitor or None,
            "network": given.network or None,
            "stars": given.stars[kind],
            "tags": json.dumps(given.tags.get(kind, ())),
            "text": given.text,
            "state": WRITTEN,
            "day": self._today(now),
            "written_at": micros(now),
            "useful": 0,
            "case_public_id": _WANTED if low else "",
            "photos": 0,
        }

    def _keep(self, photos: Sequence[bytes], row: dict[str, Any]) -> None:
        """Keep photos of a review before it is stored; what a stop leaves behind goes by age."""
        mine = select(review.c.id).where(review.c.handle == row["handle"])
        with self._services.records.transaction() as conn:
            if conn.execute(mine).first() is not None:
                raise AlreadyReviewed
        unit, most = row["organization_id"], int(self._settings.get("photos", 3))
        row["photos"] = self._services.photos.add(
            str(row["id"]), photos, organization_id=unit, at_most=most
        )

    def _require_sound(self, given: Given, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            raise Incomplete(Words("请至少点一次星", "Give stars to the hall or the item"))
        if any(row["stars"] not in range(1, 6) for row in rows):
            raise Incomplete(Words("星级应为 1 至 5", "Stars are a number from 1 to 5"))
        for kind, tags in given.tags.items():
            if set(tags) - set(self.tags[kind]):
                raise Incomplete(Words("没有这个标签", "There is no such tag"))
        if len(given.text) > 500:
            raise Incomplete(Words("文字不能超过 500 字", "At most 500 characters"))

    def _hand_on(self, row: RowMapping | Mapping[str, Any]) -> None:
        if row["case_public_id"] != _WANTED:
            return
        key = f"review:{row['id']}"
        recorded = self._services.opinions.record(
            idempotency_key=key,
            kind=KIND,
            organization_id=row["organization_id"],
            grade=row["stars"],
            text=row["text"],
        )
        case = self._services.cases.open(
            idempotency_key=key, opinion_id=recorded, reason="一星、二星且有具体意见"
        )
        after = {"opinion_id": recorded, "case_public_id": case}
        with self._services.records.transaction() as conn:
            conn.execute(update(review).where(review.c.id == row["id"]).values(after))

    def _own(self, receipt: str, number: int) -> None:
        if number not in {one.id for one in self.of_receipt(receipt)}:
            raise NoSuchReview

    def _row_of(self, number: int) -> RowMapping:
        with self._services.records.transaction() as conn:
            query = select(review).where(review.c.id == number)
            row: RowMapping | None = conn.execute(query).mappings().first()
        if row is None:
            raise NoSuchReview
        return row

    def _require(self, account_id: int, permission: str, organization_id: int) -> None:
        if not self._services.accounts.may(account_id, permission, organization_id):
            raise NoSuchReview

    def _move(
        self, number: int, states: Sequence[str], *conditions: ColumnElement[bool], **values: Any
    ) -> None:
        step = update(review).where(review.c.id == number, review.c.state.in_(states), *conditions)
        with self._services.records.transaction() as conn:
            if conn.execute(step.values(**values)).rowcount != 1:
                raise NotNow

    def _read(self, query: Any) -> tuple[Review, ...]:
        with self._services.records.transaction() as conn:
            return tuple(_review(row) for row in conn.execute(query).mappings())

    def _today(self, at: datetime) -> str:
        return at.astimezone(self._services.worktime.zone).date().isoformat()


BUILT_IN: Final[Mapping[str, Mapping[str, Words]]] = {
    HALL: {
        "easy_to_find": Words("好找", "Easy to find"),
        "short_wait": Words("等候短", "Short wait"),
        "clear_signs": Words("指引清楚", "Clear signs"),
        "crowded": Words("人多拥挤", "Crowded"),
        "few_windows": Words("开的窗口少", "Few windows open"),
    },
    ITEM: {
        "few_papers": Words("材料少", "Few papers"),
        "done_at_once": Words("一次办成", "Done at once"),
        "clear_answers": Words("讲得明白", "Clear answers"),
        "many_trips": Words("跑了几趟", "Several trips"),
        "slow": Words("办得慢", "Slow"),
    },
}

_ORDERS: Final[Mapping[str, tuple[Any, ...]]] = {
    "newest": (review.c.day.desc(), review.c.id.desc()),
    "useful": (review.c.useful.desc(), review.c.day.desc(), review.c.id.desc()),
    "lowest": (review.c.stars, review.c.day.desc(), review.c.id.desc()),
    "highest": (review.c.stars.desc(), review.c.day.desc(), review.c.id.desc()),
}
ORDERS: Final = tuple(_ORDERS)


def _narrow(wish: Wish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [review.c.state == SHOWN]
    if wish.stars:
        found.append(review.c.stars == wish.stars)
    if wish.tag:
        found.append(review.c.tags.contains(f'"{wish.tag}"', autoescape=True))
    if wish.text:
        found.append(review.c.text.contains(wish.text, autoescape=True))
    return found


def _tally(conn: Connection, kind: str, subject_id: int, stars: int) -> None:
    key = (score.c.subject_kind == kind, score.c.subject_id == subject_id)
    more = {"n": score.c.n + 1, "stars": score.c.stars + stars}
    if conn.execute(update(score).where(*key).values(more)).rowcount == 0:
        row = {"subject_kind": kind, "subject_id": subject_id, "n": 1, "stars": stars}
        conn.execute(insert(score).values(row))


def _review(row: RowMapping) -> Review:
    case = row["case_public_id"]
    return Review(
        id=row["id"],
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        organization_id=row["organization_id"],
        stars=row["stars"],
        tags=tuple(json.loads(row["tags"])),
        text=row["text"],
        state=row["state"],
        day=row["day"],
        reason=row["reason"],
        objection=row["objection"],
        reply=row["reply"],
        follow_up=row["follow_up"],
        useful=row["useful"],
        case_public_id="" if case == _WANTED else case,
        photos=row["photos"],
    )


def _words(text: str, least: int) -> str:
    found = text.strip()
    if not least <= len(found) <= 500:
        raise Incomplete(
            Words(f"请写 {least} 至 500 字", f"Write between {least} and 500 characters")
        )
    return found
