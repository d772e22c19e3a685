"""The vault: who rated, encrypted apart, shown masked, revealed with purpose and audit row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from haochaping.access import data_keys, persons, reveals
from haochaping.access.persons import ERASED, Applicant, Masked, Person
from haochaping.access.reveals import Look
from haochaping.access.tables import vault_person
from haochaping.crypto import Keyring, open_with, seal_with
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Event, append
from haochaping.problems import Problem
from haochaping.store.upsert import insert_or_ignore


class PersonErased(Problem):
    """There is nothing to reveal: the person was erased or never known."""

    code = "HCP-PERSON-ERASED"
    status = 404
    title = Words("该评价人的身份信息不存在或已销毁", "The person is not known or was erased")


@dataclass(frozen=True, slots=True)
class Vault:
    """The vault of a deployment, opened with its keyring.

    What happens to a person is journalled with ids and commitments only.
    """

    keyring: Keyring

    def remember(self, conn: Connection, applicant: Applicant, region: str, at: datetime) -> int:
        """Store a person or what is new about them, and return the person's id.

        The same identity number within a region is the same person. Without a number,
        the person that `applicant.person_id` names is corrected, else a new one is made.
        """
        given = persons.cleaned(applicant)
        index = persons.person_index(self.keyring, given.certificate_no)
        known = self._known(conn, given, region, index)
        if known is not None:
            return self._correct(conn, known, given, at)
        return self._add(conn, given, region, at)

    def masked(self, conn: Connection, person_id: int) -> Masked:
        """Return a person as shown everywhere: 张*, 138****1234."""
        return self.all_masked(conn, [person_id]).get(person_id, ERASED)

    def all_masked(self, conn: Connection, person_ids: Iterable[int]) -> Mapping[int, Masked]:
        """Return persons masked, by id; for lists."""
        opened = self._open(conn, vault_person.c.id.in_(set(person_ids)))
        return {person_id: persons.masked(person) for person_id, person in opened.items()}

    def names(self, conn: Connection, person_ids: Iterable[int]) -> Mapping[int, str]:
        """Return the names of persons, by id, so that texts can be masked; never to show them."""
        opened = self._open(conn, vault_person.c.id.in_(set(person_ids)))
        return {person_id: person.name for person_id, person in opened.items() if person.name}

    def reveal(self, conn: Connection, look: Look, at: datetime) -> Person:
        """Write the audit row, then return the person in the clear.

        Commit before showing anything, or the row is lost while the person was seen. The
        caller has checked that the look is permitted (`contact.permitted`).
        Raises PurposeMissing, PersonErased.
        """
        reveals.record(conn, look, at)
        found = self._open(conn, vault_person.c.id == look.person_id)
        if look.person_id not in found:
            raise PersonErased()
        return found[look.person_id]

    def erase(self, conn: Connection, person_id: int, at: datetime) -> bool:
        """Destroy a person's data key and index entries; return False when already gone.

        What was sealed under the key, free text included, can never be read again; the
        row, its commitment and the sealed journal stay as they are.
        """
        statement = (
            update(vault_person)
            .where(vault_person.c.id == person_id, vault_person.c.erased_at.is_(None))
            .values(index_mac=None, mobile_mac=None, sealed=b"", erased_at=at)
            .returning(vault_person.c.key_id, vault_person.c.region)
        )
        row = conn.execute(statement).one_or_none()
        if row is None:
            return False
        data_keys.destroy(conn, row.key_id)
        append(conn, [Event("person.erased", f"person:{person_id}", {}, row.region)], at)
        return True

    def index_of(self, conn: Connection, person_id: int) -> str | None:
        """Return the keyed hash of a person's identity number, None without one."""
        return conn.execute(
            select(vault_person.c.index_mac).where(vault_person.c.id == person_id)
        ).scalar_one_or_none()

    def by_certificate(self, conn: Connection, certificate_no: str) -> tuple[int, ...]:
        """Return the persons with this identity number, one a region."""
        index = persons.person_index(self.keyring, certificate_no)
        return self.by_index(conn, index) if index else ()

    def by_index(self, conn: Connection, index: str) -> tuple[int, ...]:
        """Return the persons with this keyed hash, one a region."""
        return _ids(conn, vault_person.c.index_mac == index)

    def by_mobile(self, conn: Connection, mobile: str) -> tuple[int, ...]:
        """Return the persons with this telephone number."""
        index = persons.mobile_index(self.keyring, mobile)
        return _ids(conn, vault_person.c.mobile_mac == index) if index else ()

    def mobile(self, conn: Connection, person_id: int) -> str:
        """Return a person's telephone number for a message that goes out, empty without one.

        For machines only: people see numbers through `reveal`, with a purpose.
        """
        found = self._open(conn, vault_person.c.id == person_id)
        return found[person_id].mobile if person_id in found else ""

    def mobile_mac(self, conn: Connection, person_id: int) -> str | None:
        """Return the keyed hash of a person's telephone number, None without one."""
        return conn.execute(
            select(vault_person.c.mobile_mac).where(vault_person.c.id == person_id)
        ).scalar_one_or_none()

    def proves(self, conn: Connection, person_id: int, commitment: str) -> bool:
        """Say whether the journal's latest commitment is that of the record kept here."""
        row = conn.execute(_rows().where(vault_person.c.id == person_id)).one_or_none()
        key = None if row is None else data_keys.get(conn, self.keyring, row.key_id)
        if row is None or key is None:
            return False
        person, salt = persons.unseal(key, person_id, row.sealed)
        return persons.commitment(salt, person.record()) == commitment

    def seal_text(
        self,
        conn: Connection,
        plaintext: bytes,
        person_id: int | None,
        context: bytes,
        at: datetime,
    ) -> tuple[bytes, int]:
        """Seal free text under the person's key, or a fresh one when nobody is known.

        Returns the sealed bytes and the id of the key.
        """
        key_id = None if person_id is None else _key_id(conn, person_id)
        key = None if key_id is None else data_keys.get(conn, self.keyring, key_id)
        if key_id is None or key is None:
            key_id, key = data_keys.make(conn, self.keyring, at)
        return seal_with(key, plaintext, context), key_id

    def seal_beside(self, conn: Connection, plaintext: bytes, key_id: int, context: bytes) -> bytes:
        """Seal more under a key that `seal_text` gave. Raises KeyError when it was destroyed."""
        return seal_with(
            data_keys.get_all(conn, self.keyring, [key_id])[key_id], plaintext, context
        )

    def open_text(
        self, conn: Connection, sealed: bytes, key_id: int, context: bytes
    ) -> bytes | None:
        """Return what was sealed, None when its key was destroyed. Raises Unsealable."""
        key = data_keys.get(conn, self.keyring, key_id)
        return None if key is None else open_with(key, sealed, context)

    def forget_text(self, conn: Connection, key_id: int) -> bool:
        """Destroy the key of an anonymous text; return False for a person's key or none.

        A person's words go with the person: `erase`.
        """
        owner = select(vault_person.c.id).where(vault_person.c.key_id == key_id)
        return conn.execute(owner).first() is None and data_keys.destroy(conn, key_id)

    def _known(
        self, conn: Connection, given: Person, region: str, index: str | None
    ) -> Row[Any] | None:
        if index is not None:
            match = (vault_person.c.region == region) & (vault_person.c.index_mac == index)
            found = conn.execute(_rows().where(match)).one_or_none()
            if found is not None:
                return found
        if given.person_id is None:
            return None
        earlier = conn.execute(_rows().where(vault_person.c.id == given.person_id)).one_or_none()
        # another identity number is another person; a number for one without is a correction
        fits = earlier is not None and (index is None or earlier.index_mac is None)
        return earlier if fits else None

    def _correct(self, conn: Connection, known: Row[Any], given: Person, at: datetime) -> int:
        key = data_keys.get(conn, self.keyring, known.key_id)
        if key is None:
            raise PersonErased()
        person, _ = persons.unseal(key, known.id, known.sealed)
        later = person.merged(given)
        if later != person:
            sealed = persons.seal(key, known.id, later)
            values = self._values(later, sealed, at)
            conn.execute(update(vault_person).where(vault_person.c.id == known.id).values(values))
            _note(conn, "person.corrected", known.id, (known.region, sealed.commitment), at)
        return int(known.id)

    def _add(self, conn: Connection, given: Person, region: str, at: datetime) -> int:
        person_id = new_id()
        key_id, key = data_keys.make(conn, self.keyring, at)
        sealed = persons.seal(key, person_id, given)
        row = self._values(given, sealed, at) | {
            "id": person_id,
            "region": region,
            "key_id": key_id,
            "created_at": at,
        }
        if insert_or_ignore(conn, vault_person, [row]) == 0:
            return self._met(conn, given, region, key_id, at)
        _note(conn, "person.remembered", person_id, (region, sealed.commitment), at)
        return person_id

    def _met(
        self, conn: Connection, given: Person, region: str, unused_key: int, at: datetime
    ) -> int:
        """Take the row that another transaction stored for the same number meanwhile."""
        data_keys.destroy(conn, unused_key)
        return self.remember(conn, given, region, at)

    def _values(self, person: Person, sealed: persons.Sealed, at: datetime) -> dict[str, Any]:
        return {
            "index_mac": persons.person_index(self.keyring, person.certificate_no),
            "mobile_mac": persons.mobile_index(self.keyring, person.mobile),
            "sealed": sealed.blob,
            "commitment": sealed.commitment,
            "updated_at": at,
        }

    def _open(self, conn: Connection, condition: ColumnElement[bool]) -> dict[int, Person]:
        rows = conn.execute(_rows().where(condition)).all()
        keys = data_keys.get_all(conn, self.keyring, [row.key_id for row in rows])
        return {
            row.id: persons.unseal(keys[row.key_id], row.id, row.sealed)[0]
            for row in rows
            if row.key_id in keys
        }


def _rows() -> Any:
    return select(vault_person).where(vault_person.c.erased_at.is_(None))


def _ids(conn: Connection, condition: ColumnElement[bool]) -> tuple[int, ...]:
    statement = select(vault_person.c.id).where(condition).order_by(vault_person.c.id)
    return tuple(conn.execute(statement).scalars())


def _key_id(conn: Connection, person_id: int) -> int | None:
    return conn.execute(
        select(vault_person.c.key_id).where(vault_person.c.id == person_id)
    ).scalar_one_or_none()


def _note(conn: Connection, kind: str, person_id: int, what: tuple[str, str], at: datetime) -> None:
    region, commitment = what
    event = Event(kind, f"person:{person_id}", {"commitment": commitment}, region)
    append(conn, [event], at)
