"""Photos on the rater's pages: taken where the profile has them, named, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import current_app, request

from haochaping.access.vault import Vault
from haochaping.attachments.media import FileRefused
from haochaping.evaluation import photos, stored
from haochaping.evaluation.photos import Owner
from haochaping.evaluation.retouching import PhotoLimits
from haochaping.evaluation.stored import Evaluation
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.citizen.contexts import OwnPhoto
from haochaping.web.i18n import _, words
from haochaping.web.site import site

FIELD: Final = "photos"
TAKEN_AT: Final = frozenset({"citizen.submit", "citizen.act"})
"""Views that take photos, and so a larger body."""


@citizen.url_value_preprocessor
def _larger_body(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take a larger body where photos are handed in, if the profile has any."""
    limits = allowed()
    if limits is not None and request.method == "POST" and endpoint in TAKEN_AT:
        plain = int(current_app.config["MAX_CONTENT_LENGTH"])
        request.max_content_length = plain + limits.photos_max * limits.bytes_max


def allowed() -> PhotoLimits | None:
    """Return how many photos a rating takes, None where the profile has none."""
    most = site().profile.rules.forms.photos
    return PhotoLimits(most) if most else None


def hint() -> str:
    """Return what is said beside the field for photos; empty where there is none."""
    limits = allowed()
    if limits is None:
        return ""
    return _(
        "%(limits)s。拍摄地点等信息会自动去掉。请不要拍到别人的脸和证件。审核后才可能公开。",
        limits=words(limits.words),
    )


def uploaded() -> tuple[bytes, ...]:
    """Return the photos that were sent, drawn anew. Raises FileRefused."""
    sent = [one for one in request.files.getlist(FIELD) if one.filename]
    limits = allowed()
    if limits is None or not sent:
        return ()
    if len(sent) > limits.photos_max:
        raise FileRefused(
            Words(
                f"最多 {limits.photos_max} 张照片，这次选了 {len(sent)} 张",
                f"At most {limits.photos_max} photos; {len(sent)} were chosen",
            )
        )
    return photos.drawn([one.read(limits.bytes_max + 1) for one in sent], limits)


def keep(rated: OccurrenceKey, drawn: Sequence[bytes]) -> None:
    """Keep photos of the rating with this key. Raises TooManyFiles, and none is kept."""
    limits = allowed()
    if limits is None or not drawn:
        return
    with site().store.write() as conn:
        row = stored.by_key(conn, rated)
        if row is not None:
            photos.add(conn, site().desk, row, drawn, limits)


def own(row: Evaluation) -> tuple[OwnPhoto, ...]:
    """Return the photos of one's own rating, as they are listed."""
    with site().store.read() as conn:
        found = photos.of(conn, Vault(site().keyring), Owner.of(row))
    return tuple(
        OwnPhoto(one.file.id, _("照片 %(n)s", n=number), one.open)
        for number, one in enumerate(found, 1)
    )


def take_back(row: Evaluation) -> bool:
    """Destroy the photo that was named; False when it is not of this rating."""
    number = request.form.get("photo", type=int)
    if number is None:
        return False
    with site().store.write() as conn:
        return photos.remove(conn, site().desk, row, number)
