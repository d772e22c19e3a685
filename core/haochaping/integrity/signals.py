"""The signals: one pure function each over the ratings of a day, and what each one means."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Final, TypeVar

from haochaping.evaluation.traces import PHONE
from haochaping.hooks.values import Words
from haochaping.integrity.facts import Fact, Finding
from haochaping.integrity.rules import Thresholds

Facts = Sequence[Fact]
Detector = Callable[[Facts, Thresholds], Iterable[Finding]]
K = TypeVar("K", bound=Hashable)
_WITHOUT_APPLICANT: Final = frozenset({"consultation", "guided"})
"""Stages that have no applicant by their nature."""


def own_device(facts: Facts, limits: Thresholds) -> Iterator[Finding]:
    """Find ratings given by phone right after the service on a device of the staff's own.

    A device is theirs when they used the console on it that day, or when it keeps rating
    the same staff member within seconds. Shared devices and networks are exempt.
    """
    quick = [
        fact
        for fact in facts
        if fact.source == PHONE
        and fact.staff_id is not None
        and fact.offset is not None
        and 0 <= fact.offset <= limits.own_seconds
    ]
    known = [fact for fact in quick if fact.staff_id in fact.device_staff]
    by_pair = _grouped(quick, lambda fact: (fact.staff_id, fact.device))
    keeps_on = [
        one for found in by_pair.values() if len(found) >= limits.own_least for one in found
    ]
    both = {fact.key: fact for fact in (*known, *keeps_on)}.values()
    for staff, found in _grouped(both, lambda fact: fact.staff_id).items():
        signed_in = sum(1 for fact in found if staff in fact.device_staff)
        slowest = max(int(fact.offset or 0) for fact in found)
        evidence = {"signed_in_there": signed_in, "slowest_seconds": slowest}
        yield Finding("own_device", f"staff:{staff}", tuple(found), evidence)


def identical_runs(facts: Facts, limits: Thresholds) -> Iterator[Finding]:
    """Find grades that repeat in a row, too fast for services or too long for chance."""
    share = {grade: count / len(facts) for grade, count in Counter(f.grade for f in facts).items()}
    for staff, own in _of_staff(facts).items():
        ordered = sorted(own, key=lambda fact: (fact.received_at, fact.key.id))
        found = {
            fact.key: fact
            for grade, run in groupby(ordered, key=lambda fact: fact.grade)
            for part in _suspicious(list(run), share[grade], limits)
            for fact in part
        }
        if found:
            told = tuple(found.values())
            span = int((told[-1].received_at - told[0].received_at).total_seconds())
            evidence = {"grades": dict(Counter(str(f.grade) for f in told)), "span_seconds": span}
            yield Finding("identical_runs", f"staff:{staff}", told, evidence)


def one_source(facts: Facts, limits: Thresholds) -> Iterator[Finding]:
    """Find one device, or one network, that rates for many.

    Window devices, kiosks, hall Wi-Fi and helpers are exempt. A network is shared by many
    strangers, so it only counts when nearly all of its ratings went to one staff member.
    """
    private = [fact for fact in facts if fact.source == PHONE]
    for device, found in _grouped(private, lambda fact: fact.device).items():
        raters = len({_rater(fact) for fact in found})
        if device and raters >= limits.device_raters:
            yield Finding("one_device", f"device:{device}", tuple(found), {"raters": raters})
    for network, found in _grouped(private, lambda fact: fact.network).items():
        raters = len({_rater(fact) for fact in found})
        staff, most = Counter(fact.staff_id for fact in found).most_common(1)[0]
        concentrated = staff is not None and most >= limits.network_share * len(found)
        if network and raters >= limits.network_raters and concentrated:
            evidence = {"raters": raters, "one_staff_member": most}
            yield Finding("one_network", f"network:{network}", tuple(found), evidence)


def self_rating(facts: Facts, limits: Thresholds) -> Iterator[Finding]:
    """Find staff members who rated their own service: the keyed hashes are the same."""
    mine = [f for f in facts if f.staff_id is not None and f.staff_rater == f.staff_id]
    for staff, found in _of_staff(mine).items():
        yield Finding("self_rating", f"staff:{staff}", tuple(found), {"ratings": len(found)})


def no_applicant(facts: Facts, limits: Thresholds) -> Iterator[Finding]:
    """Find staff members with many rated services that nobody applied for."""
    ordinary = [fact for fact in facts if fact.stage not in _WITHOUT_APPLICANT]
    for staff, own in _of_staff(ordinary).items():
        bare = [fact for fact in own if not fact.applicant]
        if len(bare) >= limits.bare_least and len(bare) >= limits.bare_share * len(own):
            evidence = {"without": len(bare), "of": len(own)}
            yield Finding("no_applicant", f"staff:{staff}", tuple(bare), evidence)


def fixed_offset(facts: Facts, limits: Thresholds) -> Iterator[Finding]:
    """Find ratings that keep coming the same time after the service, with the same grade."""
    timed = [fact for fact in facts if fact.staff_id is not None and fact.offset is not None]
    for (staff, channel), own in _grouped(timed, lambda f: (f.staff_id, f.channel)).items():
        least = max(limits.offset_least, limits.offset_share * len(own))
        for grade, alike in _grouped(own, lambda fact: fact.grade).items():
            found = _densest(alike, limits.offset_seconds)
            if len(found) >= least:
                offset = int(found[0].offset or 0)
                evidence = {"offset_seconds": offset, "grade": grade, "channel": channel}
                about = f"staff:{staff}:{channel}:{grade}"
                yield Finding("fixed_offset", about, tuple(found), evidence)


DETECTORS: Final[tuple[Detector, ...]] = (
    own_device, identical_runs, one_source, self_rating, no_applicant, fixed_offset,
)  # fmt: skip

NAMES: Final[Mapping[str, Words]] = {
    "own_device": Words(
        "服务刚结束即在工作人员自用设备上评价", "Rated at once on staff's own device"
    ),
    "identical_runs": Words("连续给出相同等级", "Identical grades in a row"),
    "one_device": Words("同一设备代多人评价", "One device rated for many"),
    "one_network": Words("同一网络集中评价一人", "One network rated one staff member"),
    "self_rating": Words("工作人员评价自己的服务", "Staff rated their own service"),
    "no_applicant": Words("没有办事人的服务被评价", "Rated services without an applicant"),
    "fixed_offset": Words("服务后固定时长即有评价", "Ratings at a fixed time after the service"),
}
"""What each signal is called."""


def detect(facts: Facts, limits: Thresholds) -> tuple[Finding, ...]:
    """Return everything the signals find among the ratings of a day."""
    if not facts:
        return ()
    return tuple(found for detector in DETECTORS for found in detector(facts, limits))


def _suspicious(run: list[Fact], share: float, limits: Thresholds) -> Iterator[list[Fact]]:
    if len(run) < limits.run_length:
        return
    if share ** len(run) < limits.run_chance:
        yield run
        return
    part = [run[0]]
    for before, after in pairwise(run):
        if (after.received_at - before.received_at).total_seconds() > limits.run_seconds:
            if len(part) >= limits.run_length:
                yield part
            part = []
        part.append(after)
    if len(part) >= limits.run_length:
        yield part


def _densest(facts: Facts, width: float) -> list[Fact]:
    """Return the most ratings whose offsets lie within `width` seconds of each other."""
    ordered = sorted(facts, key=lambda fact: fact.offset or 0)
    offsets = [fact.offset or 0 for fact in ordered]
    ends = [bisect_right(offsets, start + width) for start in offsets]
    first = max(range(len(ordered)), key=lambda place: ends[place] - place)
    return ordered[first : ends[first]]


def _rater(fact: Fact) -> object:
    return fact.rater or fact.key


def _of_staff(facts: Iterable[Fact]) -> dict[int, list[Fact]]:
    found = _grouped(facts, lambda fact: fact.staff_id)
    return {staff: own for staff, own in found.items() if staff is not None}


def _grouped(facts: Iterable[Fact], by: Callable[[Fact], K]) -> dict[K, list[Fact]]:
    found: dict[K, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[by(fact)].append(fact)
    return found
