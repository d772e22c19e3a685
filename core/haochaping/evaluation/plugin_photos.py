"""Photos that plugins take in: kept as those of ratings are, shown only once let through."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from haochaping.access.vault import Vault
from haochaping.attachments import files
from haochaping.attachments.files import UnknownFile
from haochaping.attachments.tables import attachment
from haochaping.catalog import organizations
from haochaping.evaluation import photos
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.photos import Decision
from haochaping.evaluation.retouching import PhotoLimits
from haochaping.hooks.services import KeptPhoto

PREFIX: Final = "x:"
CODE_MOST: Final = 40


@dataclass(frozen=True, slots=True)
class PluginOwner:
    """What photos of a plugin belong to; only that plugin reaches it."""

    plugin: str
    subject: str
    region: str = ""

    @property
    def name(self) -> str:
        """The name that files know it by."""
        return f"{PREFIX}{self.plugin}:{self.subject}"


@dataclass(frozen=True, slots=True)
class PhotoService:
    """Implements `haochaping.hooks.services.Photos` for one plugin."""

    desk: Desk
    plugin: str

    def add(
        self, subject: str, uploads: Sequence[bytes], *, organization_id: int, at_most: int
    ) -> int:
        """Keep photos of something and return how many it has; all of them or none.

        Raises FileRefused, TooManyFiles; KeyError for an unknown organization.
        """
        limits = PhotoLimits(at_most)
        with self.desk.store.write() as conn:
            owner = PluginOwner(self.plugin, subject, _county(conn, organization_id))
            return photos.keep(conn, self.desk, owner, (uploads, limits))

    def of(self, subject: str) -> Sequence[KeptPhoto]:
        """Return the photos of something in the order they came."""
        with self.desk.store.read() as conn:
            found = photos.of(conn, self._vault, PluginOwner(self.plugin, subject))
        return tuple(KeptPhoto(one.file.id, one.decided, one.open, one.code) for one in found)

    def read(self, subject: str, photo_id: int, account_id: int) -> bytes:
        """Return a photo to somebody of the staff, on the record. Raises UnknownFile."""
        with self.desk.store.write() as conn:
            file = files.find(conn, self._vault, photo_id)
            if file.owner != PluginOwner(self.plugin, subject).name:
                raise UnknownFile
            reader = (file, account_id)
            return files.read(conn, self._vault, self.desk.emit, reader, self.desk.clock.now())

    def decide(self, subject: str, shown: Collection[int], account_id: int) -> None:
        """Let some photos of something through and keep the others back."""
        by = Decision(shown, account_id, self.desk.clock.now())
        with self.desk.store.write() as conn:
            owner = PluginOwner(self.plugin, subject)
            photos.decide(conn, self._vault, self.desk.emit, owner, by)

    def shown(self, subjects: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the public codes of the photos that were let through, by subject."""
        owners = [PluginOwner(self.plugin, subject) for subject in subjects]
        with self.desk.store.read() as conn:
            found = photos.shown(conn, owners)
        return {owner.subject: codes for owner, codes in found.items()}

    def published(self, code: str) -> tuple[str, bytes] | None:
        """Return the subject and the JPEG of a photo that was let through, by its public code."""
        own = PluginOwner(self.plugin, "").name
        with self.desk.store.read() as conn:
            found = photos.let_through(conn, self._vault, code[:CODE_MOST])
        if found is None or not found[0].startswith(own):
            return None
        return found[0].removeprefix(own), found[1]

    def forget(self, subject: str) -> int:
        """Destroy the photos of something; return how many."""
        mine = attachment.c.owner == PluginOwner(self.plugin, subject).name
        with self.desk.store.write() as conn:
            return files.destroy(conn, self._vault, mine, self.desk.clock.now())

    @property
    def _vault(self) -> Vault:
        return Vault(self.desk.keyring)


def _county(conn: Connection, organization_id: int) -> str:
    found = organizations.get(conn, organization_id)
    if found is None:
        raise KeyError(organization_id)
    return found.region
