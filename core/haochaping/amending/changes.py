"""Changes of the profile: what they are, and which of them stand at a moment. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from haochaping.profile.amending import Amendment

TRIED: Final = "change"
"""What stands for the file of a change that is only tried; its id is 0."""


class State(StrEnum):
    """How far a change has come."""

    PROPOSED = "proposed"
    """Waits for a second person."""
    APPROVED = "approved"
    """Stands from its moment on."""
    REFUSED = "refused"
    """The second person said no."""
    DROPPED = "dropped"
    """Taken back before it stood."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants changed; `effective_at` is the first moment it would stand.

    `withdraws` is the id of a standing change that ends then; key and value are empty.
    """

    key: str
    value: str
    source: Mapping[str, str]
    reason: str
    effective_at: datetime
    withdraws: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A stored change with what became of it."""

    id: int
    draft: Draft
    state: State
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None = None
    decided_at: datetime | None = None
    decision: str = ""
    applied_at: datetime | None = None
    profile_digest: str = ""

    @property
    def amendment(self) -> Amendment:
        """The change as it is laid over the profile."""
        label = f"change {self.id}" if self.id else TRIED
        return Amendment(label, self.draft.key, self.draft.value, self.draft.source)


def standing(changes: Iterable[Change], at: datetime) -> tuple[Change, ...]:
    """Return the changes that make up the profile at a moment, in the order they are laid."""
    due = [one for one in changes if one.state is State.APPROVED and one.draft.effective_at <= at]
    ended = {one.draft.withdraws for one in due}
    kept = [one for one in due if one.draft.withdraws is None and one.id not in ended]
    return tuple(sorted(kept, key=lambda one: (one.draft.effective_at, one.id)))


def turns(changes: Sequence[Change], after: datetime) -> tuple[datetime, ...]:
    """Return the moments later than `after` at which approved changes begin, in order."""
    return tuple(
        sorted(
            {
                one.draft.effective_at
                for one in changes
                if one.state is State.APPROVED and one.draft.effective_at > after
            }
        )
    )
