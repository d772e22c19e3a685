"""Published comments as the public reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from haochaping.disclosure.reviews import CaseNote, PublicReview
from haochaping.evaluation import prompting
from haochaping.hooks.values import Subject, Words
from haochaping.indicators import scale
from haochaping.web import formats
from haochaping.web.i18n import words
from haochaping.web.public import addresses
from haochaping.web.public.contexts import Link, Opinion
from haochaping.web.site import site

TONES: Final[Mapping[str, str]] = MappingProxyType(
    {"verifying": "warn", "rectifying": "warn", "replied": "good", "closed": "good"}
)
"""Colour of a case's public state; the words stand beside it."""

Narrow = Callable[[str, str], str]
"""Address of the comments of one unit: of its kind and code."""


def only(kind: str, code: str) -> str:
    """Return the address of all comments of one unit."""
    return addresses.reviews(**{kind: code})


def opinions(reviews: Iterable[PublicReview], narrow: Narrow = only) -> tuple[Opinion, ...]:
    """Return comments with the words for their grades and states."""
    return tuple(_opinion(review, narrow) for review in reviews)


def _opinion(review: PublicReview, narrow: Narrow) -> Opinion:
    note = review.note or CaseNote("")
    return Opinion(
        anchor=f"r{review.mark}",
        grade=int(review.grade),
        grade_label=words(scale.label(review.grade)),
        bad=int(review.grade) in site().profile.rules.scale.bad_grades,
        day=formats.day(review.day),
        iso_day=review.day.isoformat(),
        text=review.text,
        item=_link("item", review.item, narrow),
        organization=_link("organization", review.organization, narrow),
        hall=_link("hall", review.hall, narrow),
        state=words(note.words) if note.state else "",
        tone=TONES.get(note.state, ""),
        reply=note.reply,
        case_href=addresses.case(note.public_id) if note.public_id else "",
        gone=words(review.gone),
        photos=tuple(f"/reviews/photos/{code}" for code in review.photos),
        came=words(prompting.WORDS[review.came]) if review.came else "",
        href=addresses.review(review.mark),
        vote_href="" if review.gone else addresses.useful(review.mark),
        useful=review.useful,
        tags=tuple(
            Link(words(label), narrow("tag", code))
            for code, label in ((code, tag_label(code)) for code in review.tags)
            if label is not None
        ),
    )


def tag_label(code: str) -> Words | None:
    """Return what an option of the common list is called; None for any other code."""
    found = site().intake.desk.rules.options.find(code)
    return None if found is None else found.label


def _link(kind: str, subject: Subject | None, narrow: Narrow) -> Link | None:
    if subject is None:
        return None
    return Link(words(subject.name), narrow(kind, subject.code) if subject.code else "")
