"""The rules that scores were reckoned by, kept beside them so that they can be reckoned again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from haochaping.grading.formulas import Formulas, compile_formulas
from haochaping.grading.tables import score_basis
from haochaping.profile.building import formula_rules
from haochaping.profile.indicators import IndicatorTree, in_force, trees
from haochaping.store.upsert import insert_or_ignore


@dataclass(frozen=True, slots=True)
class Basis:
    """Indicators and formulas as data, with their digest (SHA-256 of the data)."""

    data: Mapping[str, Any]
    digest: str

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Basis:
        """Return the basis of a profile's data."""
        kept = {"indicators": data["indicators"], "formulas": data["formulas"]}
        text = json.dumps(_plain(kept), ensure_ascii=False, sort_keys=True)
        return cls(json.loads(text), hashlib.sha256(text.encode()).hexdigest())

    @property
    def formulas(self) -> Formulas:
        """The formulas, ready to be computed."""
        return compile_formulas(formula_rules(self.data["formulas"]))

    def tree(self, day: date) -> IndicatorTree:
        """Return the indicators in force on a day."""
        return in_force(trees(self.data["indicators"]), day)


def keep(conn: Connection, basis: Basis) -> None:
    """Store a basis; one that is there stays."""
    insert_or_ignore(conn, score_basis, [{"digest": basis.digest, "data": dict(basis.data)}])


def kept(conn: Connection, digest: str) -> Basis | None:
    """Return a stored basis, None when there is none or it is not what it was."""
    statement = select(score_basis.c.data).where(score_basis.c.digest == digest)
    data = conn.execute(statement).scalar_one_or_none()
    found = None if data is None else Basis.of(data)
    return found if found is not None and found.digest == digest else None


def _plain(value: Any) -> Any:
    """Return frozen data as JSON knows them; decimals become text, so that none is rounded."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in sorted(value.items(), key=_key)}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return format(value, "f") if isinstance(value, Decimal) else value


def _key(entry: tuple[Any, Any]) -> str:
    return str(entry[0])
