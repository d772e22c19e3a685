"""Files that raters hand in about their case on `/mine`: limits in words before, faults after."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from flask import current_app, request

from haochaping.rectification import evidence, raters_files
from haochaping.rectification.raters_files import Handed
from haochaping.web import formats
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.citizen.contexts import OwnFiles
from haochaping.web.i18n import _, words
from haochaping.web.site import site

FIELD: Final = "file"
TAKEN_AT: Final = "citizen.act"


@citizen.url_value_preprocessor
def _larger_body(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take a larger body where a file may be handed in, if the profile lets raters do so."""
    if endpoint != TAKEN_AT or request.mimetype != "multipart/form-data":
        return
    rules = site().rectification.rules.handling.evidence
    if request.method == "POST" and evidence.RATER in rules.sides:
        so_far = request.max_content_length or int(current_app.config["MAX_CONTENT_LENGTH"])
        request.max_content_length = so_far + evidence.limits(rules).bytes_max


def shown(case_id: int | None) -> OwnFiles:
    """Return the files of the rating's case, and whether more are taken."""
    if case_id is None:
        return OwnFiles()
    deployment = site()
    with deployment.store.read() as conn:
        limits = raters_files.offered(deployment.rectification, conn, case_id)
        found = raters_files.of(conn, deployment.vault, case_id)
    names = tuple(
        _("文件 %(n)s（%(day)s 提交）", n=number, day=formats.day(one.at))
        for number, one in enumerate(found, 1)
    )
    if limits is None:
        return OwnFiles(names)
    hint = _(
        "%(limits)s。照片里的拍摄地点等信息会自动去掉。承办单位和监督人员能看到，不会公开。",
        limits=words(limits.words),
    )
    return OwnFiles(names, hint, ",".join(limits.media))


def take(case_id: int) -> bool:
    """Keep the file that was sent; False when none was chosen.

    Raises FileRefused, TooManyFiles, NeedMissing.
    """
    sent = request.files.get(FIELD)
    if sent is None or not sent.filename:
        return False
    deployment = site()
    data = sent.read()
    minted = "".join(sign for sign in request.form.get("key", "")[:40] if sign.isalnum())
    handed = Handed(data, minted or hashlib.sha256(data).hexdigest(), deployment.clock.now())
    with deployment.store.write() as conn:
        raters_files.add(deployment.rectification, conn, deployment.vault, case_id, handed)
    return True
