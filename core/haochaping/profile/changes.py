"""What a profile changes about another one, in sentences: the rule before, the rule now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from haochaping.hooks.values import Words
from haochaping.profile.explaining import Section, Sentence, explain
from haochaping.profile.profile import Profile


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that reads otherwise; None where one of the profiles lacks it."""

    section: Words
    before: Sentence | None
    after: Sentence | None

    @property
    def key(self) -> str:
        """The key of the rule."""
        found = self.after or self.before
        return found.key if found is not None else ""

    def words(self) -> Words:
        """Return the change as one sentence in both languages."""
        if self.before is None and self.after is not None:
            return Words(f"新增：{self.after.words.zh}", f"New: {self.after.words.en}")
        if self.after is None and self.before is not None:
            return Words(f"删去：{self.before.words.zh}", f"Dropped: {self.before.words.en}")
        assert self.before is not None
        assert self.after is not None
        old, new = self.before.words, self.after.words
        return Words(f"原为“{old.zh}”，改为“{new.zh}”", f"Was “{old.en}”, now “{new.en}”")


def changes(before: Profile, after: Profile) -> tuple[Change, ...]:
    """Return the rules that read otherwise in `after`, in the order of its sections."""
    old = {one.key: one for section in explain(before) for one in section.sentences}
    sections = explain(after)
    kept = {one.key for section in sections for one in section.sentences}
    gone = [
        Change(section.title, one, None)
        for section in explain(before)
        for one in section.sentences
        if one.key not in kept
    ]
    return (*(change for section in sections for change in _of(section, old)), *gone)


def _of(section: Section, old: dict[str, Sentence]) -> Iterator[Change]:
    for one in section.sentences:
        before = old.get(one.key)
        if before is None or before.words != one.words:
            yield Change(section.title, before, one)
