"""An attack on the boards: whom can one find by adding and subtracting what is published?

Random towns are rated, the public boards are read, and linear algebra that knows nothing of
the product's rule looks for groups of fewer than k raters whose figures follow from them.
The attacker knows which units there are and which of them were rated at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from random import Random

import numpy
import pytest
from tests.disclosure.town import AT, DAY, FORMULAS, RULES, organization_row

from haochaping.catalog.tables import hall, item, organization, region, window
from haochaping.disclosure import apart, boards, epochs, withholding
from haochaping.disclosure.boards import Ask
from haochaping.disclosure.cells import counts_cases
from haochaping.grading import entries, figures, periods
from haochaping.grading.folding import fold
from haochaping.hooks.grading import CaseFacts
from haochaping.store import Store
from haochaping.store.tables import metadata

K = 5
BOARDS = ("regions", "organizations", "halls", "windows", "items")
COUNTS = (1, 1, 2, 2, 3, 4, 5, 6, 9, 14)
PUBLIC = replace(RULES, k=K, suppress_below=K)


def cases(conn, kind, ids, period) -> dict[int, CaseFacts]:
    """Make a case of every bad rating, all due and answered in time."""
    found = figures.of(conn, kind, ids, period)
    bad = {one: found[one].grades[1] + found[one].grades[2] for one in ids if one in found}
    return {one: CaseFacts(opened=n, due=n, on_time=n, ended=n) for one, n in bad.items()}


KIT = boards.Boards(FORMULAS, PUBLIC, "d", cases, boards.known_boards((), FORMULAS))
VIEWS = {
    "windows": ("region", "organization", "hall", "window"),
    "items": ("region", "organization", "item"),
}
"""Which boards are put together; what a window does of an item is not published."""
GAPS = {
    "windows": ("region", "hall", "window"),
    "items": ("region", "organization", "item"),
}
"""The same where ratings may have no window, hall or item."""

Place = dict[str, int | None]
"""Where a rating belongs: the id of each kind of unit; None where it belongs to none."""


@dataclass
class Town:
    """One random county: what a rating there can be, and what there is to be rated."""

    code: str
    choices: list[Place]
    rated: Counter[int]


def test_nobody_is_found_in_forty_towns(tmp_path):
    assert breaches(tmp_path, seed=1, number=40) == []


def test_nobody_is_found_where_ratings_have_no_window_hall_or_item(tmp_path):
    assert breaches(tmp_path, seed=2, number=30, views=GAPS) == []


def test_the_attack_finds_those_without_a_window_or_item_where_only_units_count(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(apart, "rests", lambda *asked: apart.NONE)
    found = breaches(tmp_path, seed=2, number=15, views=GAPS)
    assert {view for _, view, _ in found} == set(GAPS)


@pytest.mark.long
@pytest.mark.parametrize("views", [VIEWS, GAPS], ids=["all placed", "with gaps"])
@pytest.mark.parametrize("seed", range(100, 150))
def test_nobody_is_found_in_two_thousand_towns(tmp_path, seed, views):
    assert breaches(tmp_path, seed=seed, number=40, views=views) == []


def test_a_single_day_tells_of_no_unit_what_its_month_would_complete(tmp_path):
    with opened(tmp_path) as store:
        publish(store, towns(store, Random(4), 6), 2)
        for name in BOARDS[1:]:
            assert any(tells(row) for row in rows(store, name))
            day = rows(store, name, period=DAY.isoformat())
            assert day
            assert not any(tells(row) for row in day)
        assert any(tells(row) for row in rows(store, "regions", period=DAY.isoformat()))


def test_the_attack_finds_somebody_where_small_cells_alone_are_withheld(tmp_path, monkeypatch):
    monkeypatch.setattr(withholding, "withheld", lambda counts, few, places, k: frozenset(few))
    found = breaches(tmp_path, seed=1, number=10)
    assert {view for _, view, _ in found} == set(VIEWS)


def test_the_attack_finds_somebody_where_cases_stand_beside_withheld_ratings(tmp_path, monkeypatch):
    monkeypatch.setattr(boards, "about_raters", lambda formula: not counts_cases(formula))
    assert breaches(tmp_path, seed=1, number=10) != []


def test_a_narrowed_board_withholds_the_same(tmp_path):
    with opened(tmp_path) as store:
        made = towns(store, Random(3), 6)
        publish(store, made, 2)
        for name in BOARDS[1:]:
            whole = {row.subject.id: row.cells for row in rows(store, name)}
            for town in made:
                for row in rows(store, name, town.code):
                    assert row.cells == whole[row.subject.id]


def breaches(folder, seed: int, number: int, views=VIEWS) -> list[tuple[str, str, str]]:
    """Return county, view and epoch of every group of fewer than k raters that was found."""
    with opened(folder) as store:
        random = Random(seed)
        made = towns(store, random, number, gaps=views is GAPS)
        publish(store, made, 2)
        first, before = seen(store), [town.rated.copy() for town in made]
        add_more(store, made, random)
        publish(store, [], 3)
        second = seen(store)
    found = []
    for town, early in zip(made, before, strict=True):
        for view, kinds in views.items():
            for epoch, shown, rated in (("first", first, early), ("second", second, town.rated)):
                if exposed(town.choices, rated, kinds, shown):
                    found.append((town.code, view, epoch))
            if exposed_between(town.choices, (early, town.rated), kinds, (first, second)):
                found.append((town.code, view, "between"))
    return found


def exposed(choices: list[Place], rated: Counter[int], kinds, shown) -> bool:
    """Say whether the sums shown at one time determine a group of fewer than k raters."""
    atoms = cells(choices, rated, kinds)
    hidden = null_space(sums(list(atoms), kinds, shown))
    return any(determined(group, hidden) for group in small_groups(list(atoms.values())))


def exposed_between(choices, rated, kinds, shown) -> bool:
    """Say whether two epochs together determine a group with raters of the first one.

    What came in between is known county by county, since a region's figures are live; so a
    group must hold somebody who had rated before. Who came since is unknown in every cell.
    """
    then, now = (cells(choices, each, kinds) for each in rated)
    places = list(now)
    came = [now[one] - then.get(one, 0) for one in places]
    early = sums(places, kinds, shown[0])
    late = sums(places, kinds, shown[1])
    known = numpy.vstack(
        [numpy.hstack([early, numpy.zeros_like(early)]), numpy.hstack([late, late])]
    )
    had = [place for place, one in enumerate(places) if one in then]
    kept = [*had, *range(len(places), 2 * len(places))]
    counts = [*(then[places[place]] for place in had), *came]
    hidden = null_space(known[:, kept])
    groups = (group for group in small_groups(counts, 3) if any(one < len(had) for one in group))
    return any(determined(group, hidden) for group in groups)


def cells(choices: list[Place], rated: Counter[int], kinds) -> dict[tuple[int, ...], int]:
    """Return the raters of every cell of a view that was rated."""
    found: Counter[tuple[int, ...]] = Counter()
    for number, count in rated.items():
        found[tuple(choices[number][kind] for kind in kinds)] += count
    return dict(found)


def sums(places: list[tuple[int, ...]], kinds, shown) -> numpy.ndarray:
    """Return a row for every published figure: 1 for each cell that is in it."""
    lines = []
    for number, kind in enumerate(kinds):
        for subject in sorted({place[number] for place in places} - {None}):
            if kind == "region" or subject in shown[kind]:
                lines.append([float(place[number] == subject) for place in places])
    return numpy.array(lines)


def null_space(known: numpy.ndarray) -> numpy.ndarray:
    """Return a basis of what may be changed in the cells without changing any known sum."""
    _, strengths, rows = numpy.linalg.svd(known)
    rank = int((strengths > 1e-9).sum())
    return rows[rank:].T


def determined(group: tuple[int, ...], hidden: numpy.ndarray) -> bool:
    """Say whether the sum over some cells follows from the known ones."""
    return bool(numpy.all(numpy.abs(hidden[list(group)].sum(axis=0)) < 1e-7))


def small_groups(counts: list[int], most: int = K - 1) -> Iterator[tuple[int, ...]]:
    """Yield all groups of up to `most` cells with 1 to k - 1 raters together."""
    few = [place for place, count in enumerate(counts) if count < K]
    for size in range(1, most + 1):
        for group in combinations(few, size):
            if 0 < sum(counts[one] for one in group) < K:
                yield group


def seen(store: Store) -> dict[str, set[int]]:
    """Return which units the public boards show any figure over ratings of."""
    found = {}
    for name in BOARDS[1:]:
        listed = rows(store, name)
        told = {row.subject.id for row in listed if tells(row)}
        found[KIT.specs[name].subject_kind] = told
    return found


def tells(row: boards.Row) -> bool:
    """Say whether anything over ratings or the cases made of them is shown in a row."""
    return row.count.count is not None or any(not cell.withheld for cell in row.cells.values())


def rows(
    store: Store, name: str, county: str = "", period: str = "2026-11"
) -> tuple[boards.Row, ...]:
    with store.read() as conn:
        ask = Ask(name, periods.parse(period), county, limit=100_000)
        return KIT.board(conn, ask, AT).rows


def opened(folder):
    """Return a context with a database of its own."""
    return _Opened(folder)


class _Opened:
    def __init__(self, folder) -> None:
        self.store = Store.open(f"sqlite:///{folder}/attack.db")

    def __enter__(self) -> Store:
        with self.store.write() as conn:
            metadata.create_all(conn)
        return self.store

    def __exit__(self, *_: object) -> None:
        self.store.close()


def towns(store: Store, random: Random, number: int, *, gaps: bool = False) -> list[Town]:
    """Store random counties with their units, each rated at random; some not quite, with gaps."""
    made = [_town(random, 100001 + place) for place in range(number)]
    with store.write() as conn:
        conn.execute(region.insert(), [_region(town.code) for town in made])
        for town in made:
            _store(conn, town)
    for town in made if gaps else ():
        town.choices += [_with_gap(random, one) for one in town.choices if random.random() < 0.6]
    for town in made:
        town.rated.update({place: random.choice(COUNTS) for place in range(len(town.choices))})
        town.rated[0] += max(K - town.rated.total(), 0)  # a county is shown as such, however small
    return made


def _town(random: Random, county: int) -> Town:
    first = county * 100
    owners = [first + one for one in range(random.randint(2, 6))]
    halls = [first + one for one in range(random.randint(1, 4))]
    nested = random.random() < 0.5
    choices = []
    for number in range(random.randint(3, 11)):
        owner = random.choice(owners)
        place = halls[owner % len(halls)] if nested else random.choice(halls)
        choices += [
            {"region": county, "organization": owner, "hall": place,
             "window": first + number, "item": owner * 10 + random.randrange(4)}
            for _ in range(random.randint(1, 2))
        ]  # fmt: skip
    return Town(str(county), choices, Counter())


def _with_gap(random: Random, place: Place) -> Place:
    """Return a place without its window, its window and hall, or its item."""
    gap = random.choice((("window",), ("hall", "window"), ("item",), ("window", "item")))
    return place | dict.fromkeys(gap)


def _region(code: str) -> dict[str, object]:
    path = f"/{code}/"
    return {
        "code": code, "name": code, "level": "county", "parent": None, "path": path,
        "county": code,
    }  # fmt: skip


def _store(conn, town: Town) -> None:
    """Store a county's units; a hall is kept by whichever organization comes first."""
    by = {kind: {one[kind]: one for one in town.choices} for kind in town.choices[0]}
    owners = [organization_row(number, town.code) for number in sorted(by["organization"])]
    conn.execute(organization.insert(), owners)
    conn.execute(
        hall.insert(),
        [
            {"id": number, "code": f"H{number}", "name": "厅", "region": town.code,
             "place": town.code, "organization_id": one["organization"]}
            for number, one in sorted(by["hall"].items())
        ],
    )  # fmt: skip
    conn.execute(
        window.insert(),
        [
            {"id": number, "hall_id": one["hall"], "code": f"W{number}", "name": "窗",
             "organization_id": one["organization"]}
            for number, one in sorted(by["window"].items())
        ],
    )  # fmt: skip
    conn.execute(
        item.insert(),
        [
            {"id": number, "code": f"I{number}", "name": "事",
             "organization_id": one["organization"]}
            for number, one in sorted(by["item"].items())
        ],
    )  # fmt: skip


def add_more(store: Store, made: list[Town], random: Random) -> None:
    """Rate some of the places again on the next day."""
    new = []
    for town in made:
        more = Counter(
            {place: random.choice(COUNTS) for place in town.rated if random.random() < 0.4}
        )
        new.append(Town(town.code, town.choices, more))
        town.rated.update(more)
    publish(store, new, 3)


def publish(store: Store, made: list[Town], days: int) -> None:
    """Store the ratings of towns; fold and publish them once their day is over."""
    at = AT + timedelta(days=days - 2)
    with store.write() as conn:
        given = [row for town in made for row in _ratings(town, at)]
        if given:
            entries.record(conn, given)
    with store.write() as conn:
        while fold(conn).entries:
            pass
        epochs.publish(conn, epochs.EpochRules(K, "Asia/Shanghai"), AT + timedelta(days=days))


def _ratings(town: Town, at) -> Iterator[dict[str, object]]:
    for number, count in sorted(town.rated.items()):
        place = town.choices[number]
        for one in range(count):
            yield {
                "day": DAY, "region": town.code, "organization_id": place["organization"],
                "hall_id": place["hall"], "window_id": place["window"], "staff_id": None,
                "item_id": place["item"], "channel": "qr", "provenance": "citizen", "round": 1,
                "grade": 1 + (one + number) % 5, "sign": 1, "first_bad": 0, "at": at,
            }  # fmt: skip
