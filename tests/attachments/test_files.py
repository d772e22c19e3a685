"""Files are typed by content, sealed, counted, kept once, read on the record, destroyed by age."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.attachments.test_pictures import jpeg, png, segment

from haochaping.access.persons import Person
from haochaping.access.tables import vault_key
from haochaping.access.vault import Vault
from haochaping.attachments import files
from haochaping.attachments.files import TooManyFiles, UnknownFile, Upload
from haochaping.attachments.media import PICTURES, FileRefused, Limits, inspect
from haochaping.attachments.tables import attachment
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.journal import Event
from haochaping.store import Store

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<<>>\n%%EOF\n"
LIMITS = Limits(files_max=2)


class Folder:
    """One case's evidence, handed in and read."""

    def __init__(self, store: Store, keyring: Keyring, clock: FakeClock) -> None:
        self.store, self.vault, self.clock = store, Vault(keyring), clock
        self.events: list[Event] = []

    def emit(self, conn: Any, event: Event, at: Any) -> None:
        self.events.append(event)

    def add(self, data: bytes, key: str, name: str = "现场.png", **more: Any) -> int:
        upload = Upload("case:17", "330106", "evidence", "handler", name, data, key, **more)
        with self.store.write() as conn:
            return files.add(conn, self.vault, self.emit, (upload, LIMITS), self.clock.now())

    def listed(self) -> tuple[files.Attachment, ...]:
        with self.store.read() as conn:
            return files.of(conn, self.vault, "case:17", "evidence")

    def read(self, file_id: int) -> bytes:
        with self.store.write() as conn:
            found = files.find(conn, self.vault, file_id)
            return files.read(conn, self.vault, self.emit, (found, 5), self.clock.now())


@pytest.fixture
def folder(store: Store, keyring: Keyring, clock: FakeClock) -> Folder:
    return Folder(store, keyring, clock)


def test_a_file_is_kept_sealed_and_read_on_the_record(folder: Folder) -> None:
    kept = folder.add(png(), "k1", "C:\\张三\\窗口\x07照片.exe", account_id=5)
    (shown,) = folder.listed()
    assert (shown.id, shown.name, shown.media, shown.no) == (kept, "窗口照片.png", "image/png", 1)
    assert folder.read(kept) == png()
    with folder.store.read() as conn:
        row = conn.execute(select(attachment)).mappings().one()
    stored = b"".join(bytes(value) for value in row.values() if isinstance(value, bytes))
    assert b"PNG" not in stored
    assert "照片".encode() not in stored
    assert [event.kind for event in folder.events] == [files.ADDED, files.READ]
    assert folder.events[1].payload == {"file_id": kept, "account_id": 5}


def test_the_same_key_is_the_same_file_and_places_are_counted(folder: Folder) -> None:
    first = folder.add(png(), "k1")
    assert folder.add(png(), "k1") == first
    folder.add(PDF, "k2", "说明")
    with pytest.raises(TooManyFiles):
        folder.add(png(), "k3")
    assert [(one.no, one.name) for one in folder.listed()] == [(1, "现场.png"), (2, "说明.pdf")]
    with folder.store.read() as conn:
        keys = conn.execute(select(func.count()).select_from(vault_key)).scalar_one()
    assert keys == 2, "a refused file leaves nothing behind"


def test_what_was_not_committed_leaves_neither_row_nor_bytes(folder: Folder) -> None:
    upload = Upload("case:17", "330106", "evidence", "handler", "a.png", png(), "k1")
    with pytest.raises(RuntimeError), folder.store.write() as conn:
        files.add(conn, folder.vault, folder.emit, (upload, LIMITS), folder.clock.now())
        raise RuntimeError
    assert folder.listed() == ()


def test_files_go_by_age_and_their_rows_stay(folder: Folder) -> None:
    old = folder.add(png(), "k1")
    folder.clock.advance(timedelta(days=3))
    new = folder.add(jpeg(), "k2")
    at = folder.clock.now()
    with folder.store.write() as conn:
        assert files.expire(conn, folder.vault, at - timedelta(days=1), at) == 1
        assert files.expire(conn, folder.vault, at - timedelta(days=1), at) == 0
    assert [(one.id, one.gone, one.name) for one in folder.listed()] == [
        (old, True, ""),
        (new, False, "现场.jpg"),
    ]
    with pytest.raises(UnknownFile):
        folder.read(old)
    assert folder.read(new) == jpeg()


def test_a_raters_file_goes_with_the_rater(folder: Folder) -> None:
    at = folder.clock.now()
    with folder.store.write() as conn:
        person = Person(name="张三", certificate_no="330106198506151234", mobile="13800001234")
        person_id = folder.vault.remember(conn, person, "330106", at)
    kept = folder.add(jpeg(), "k1", person_id=person_id)
    with folder.store.write() as conn:
        folder.vault.erase(conn, person_id, at)
    assert folder.listed()[0].gone
    with pytest.raises(UnknownFile):
        folder.read(kept)


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"MZ\x90\x00",
        b"<html><script>alert(1)</script>",
        b"PK\x03\x04docx",
        b"GIF89a",
        png()[:-9],
        png() + b"\x00" * Limits().bytes_max,
        b"%PDF-1.7\nno end",
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        PDF.replace(b"/Catalog", b"/Catalog/Open#41ction 3 0 R"),
        PDF.replace(b"trailer<<", b"trailer<</Encrypt 5 0 R"),
        PDF.replace(b"/Catalog", b"/Catalog/EmbeddedFiles 9 0 R"),
    ],
)
def test_what_a_place_does_not_take_is_refused_with_what_it_takes(upload: bytes) -> None:
    with pytest.raises(FileRefused, match="可以上传") as refused:
        inspect(upload, Limits())
    assert "PNG" in refused.value.detail.en


def test_a_pdf_is_no_picture_and_ends_at_its_end() -> None:
    with pytest.raises(FileRefused):
        inspect(PDF, Limits(PICTURES))
    assert inspect(PDF + b"<script>", Limits()).data == PDF


def test_a_photograph_keeps_only_which_way_is_up() -> None:
    turned = b"Exif\0\0II*\0\x08\0\0\0" + b"\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" + b"GPS here"
    content = inspect(jpeg(segment(0xE1, turned)), Limits()).data
    assert b"GPS" not in content
    assert b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06" in content
    assert inspect(content, Limits()).data == content
    broken = segment(0xE1, b"Exif\0\0II*\0\xff\xff\0\0")
    assert inspect(jpeg(broken), Limits()).data == jpeg()
