"""What is known of a person, how it is written down, and what stands for it outside."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass, field
from typing import Final, Protocol

from haochaping.access import masking
from haochaping.crypto import Keyring, open_with, seal_with
from haochaping.ids import random_key
from haochaping.store.types import canonical_json

SALT_BYTES: Final = 16
_FIELDS: Final = ("type", "name", "certificate_type", "certificate_no", "mobile")


class Applicant(Protocol):
    """A person as handed in; `person_id` is the one known so far, if any."""

    @property
    def type(self) -> str:
        """Natural or legal person, by the code of the sender."""
        ...

    @property
    def name(self) -> str:
        """The name."""
        ...

    @property
    def certificate_type(self) -> str:
        """Kind of the identity document."""
        ...

    @property
    def certificate_no(self) -> str:
        """Number of the identity document."""
        ...

    @property
    def mobile(self) -> str:
        """Telephone number."""
        ...

    @property
    def person_id(self) -> int | None:
        """The person in the vault that this is a correction of."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """A person in the clear: held in memory for as long as needed, never logged."""

    type: str = ""
    name: str = field(default="", repr=False)
    certificate_type: str = ""
    certificate_no: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    person_id: int | None = None

    def record(self) -> dict[str, str]:
        """Return what is sealed."""
        return {name: getattr(self, name) for name in _FIELDS}

    def merged(self, later: Person) -> Person:
        """Return this person with what `later` knows; an empty field changes nothing."""
        known = self.record() | {name: text for name, text in later.record().items() if text}
        return Person(**known, person_id=self.person_id)


@dataclass(frozen=True, slots=True)
class Masked:
    """A person as lists and pages show it."""

    name: str
    certificate_no: str
    mobile: str
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed record with the commitment that the journal carries."""

    blob: bytes = field(repr=False)
    commitment: str


ERASED: Final = Masked("", "", "", erased=True)


def cleaned(given: Applicant) -> Person:
    """Return the person with every field in one form, so that equal people compare equal."""
    return Person(
        type=_text(given.type),
        name=_text(given.name),
        certificate_type=_text(given.certificate_type),
        certificate_no=number(given.certificate_no),
        mobile=number(given.mobile).removeprefix("+86"),
        person_id=given.person_id,
    )


def number(text: str) -> str:
    """Return an identity or telephone number without spaces and dashes, in capitals."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in folded if not sign.isspace() and sign not in "-‐–—")


def masked(person: Person) -> Masked:
    """Return what may be shown without a reveal."""
    return Masked(
        masking.name(person.name),
        masking.certificate(person.certificate_no),
        masking.mobile(person.mobile),
    )


def seal(key: bytes, person_id: int, person: Person) -> Sealed:
    """Seal a person under its data key, with a fresh salt inside."""
    salt, record = random_key(SALT_BYTES), person.record()
    plain = canonical_json({"salt": salt.hex(), "record": record})
    return Sealed(seal_with(key, plain.encode(), _context(person_id)), commitment(salt, record))


def unseal(key: bytes, person_id: int, blob: bytes) -> tuple[Person, bytes]:
    """Return the person and the salt. Raises Unsealable when the record was changed."""
    content = json.loads(open_with(key, blob, _context(person_id)))
    return Person(**content["record"], person_id=person_id), bytes.fromhex(content["salt"])


def commitment(salt: bytes, record: dict[str, str]) -> str:
    """Return the SHA-256 of salt and record: proves the record later, tells nothing now."""
    return hashlib.sha256(salt + canonical_json(record).encode()).hexdigest()


def person_index(keyring: Keyring, certificate_no: str) -> str | None:
    """Return the keyed hash of an identity number, None when there is no number."""
    plain = number(certificate_no)
    return keyring.index(plain) if plain else None


def mobile_index(keyring: Keyring, mobile: str) -> str | None:
    """Return the keyed hash of a telephone number, None when there is no number."""
    plain = number(mobile).removeprefix("+86")
    return keyring.mac("mobile", plain.encode()).hex() if plain else None


def _text(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _context(person_id: int) -> bytes:
    return f"person:{person_id}".encode()
