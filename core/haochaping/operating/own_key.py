"""Whether the master key is the one that a database began with.

With another one nothing that is stored can be opened, persons are found no more, and what is
written meanwhile is lost to the right key. So a process refuses to work with it. Which key is the
right one is written down at the beginning; until then the oldest data key tells it, so that a
database from before, opened with a wrong key, never takes that one for its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from haochaping.access import data_keys
from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.operating import facts
from haochaping.settings import SettingsRefused

_FACT: Final = "master_key"
WRONG: Final = Words(
    "secrets/ 里的主密钥不是这个数据库的主密钥。请从另存副本取回原来的 master.key（轮换过的还有"
    " master-*.key），不要用新密钥继续；若是连错了数据库，请检查 deployment.yaml 的 database",
    "The master key in secrets/ is not that of this database. Bring back the former master.key (and"
    " master-*.key after rotations) from where it is kept and do not go on with a new one; when the"
    " database is the wrong one, mend database in deployment.yaml",
)


def note(conn: Connection, keyring: Keyring, at: datetime) -> None:
    """Write down which key a database began with, once; a rotation keeps the oldest key.

    Raises SettingsRefused when it is another one.
    """
    if not fits(conn, keyring):
        raise SettingsRefused(WRONG)
    if facts.last(conn, _FACT) is None:
        facts.note(conn, _FACT, _mark(keyring), at)


def fits(conn: Connection, keyring: Keyring) -> bool:
    """Say whether this is the key; True as long as nothing was written down or sealed."""
    known = facts.last(conn, _FACT)
    if known is not None:
        return known.value == _mark(keyring)
    return data_keys.opens(conn, keyring) is not False


def _mark(keyring: Keyring) -> dict[str, str]:
    """Return what tells a master key from others and says nothing about it."""
    return {"mark": keyring.mac("master-key", b"mark").hex()[:16]}
