"""Keys of systems and devices are shown once, kept hashed, bound to a place, and revocable."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select
from tests.access.conftest import BUREAU, EAST, HALL, OFFICE, OTHER, PROVINCE, WEST, WINDOW

from haochaping.access import api_keys, bearer, devices
from haochaping.access.api_keys import KeyUnusable, NewApiKey, ScopeMissing
from haochaping.access.bearer import KeyRefused
from haochaping.access.devices import NoSuchWindow, Report
from haochaping.access.known_keys import KnownKeys
from haochaping.access.tables import api_key as api_key_table
from haochaping.access.tables import device as device_table

pytestmark = pytest.mark.usefixtures("places")

PUSH = frozenset({"cases.push", "evaluations.write"})


@pytest.fixture
def add_key(store, keyring, emit, clock):
    def add_key(**changes):
        new = NewApiKey(**({"name": "审批系统", "scopes": PUSH, "region": WEST} | changes))
        with store.write() as conn:
            return api_keys.add(conn, keyring, emit, new, clock.now())

    return add_key


@pytest.fixture
def use_key(store, keyring, clock):
    def use_key(key, scope="cases.push"):
        with store.read() as conn:
            return api_keys.authenticate_api_key(conn, keyring, key, scope, clock.now())

    return use_key


@pytest.fixture
def add_device(store, keyring, emit, clock):
    def add_device(window_id=WINDOW, name="1号评价器"):
        with store.write() as conn:
            return devices.add(conn, keyring, emit, (window_id, name), clock.now())

    return add_device


@pytest.fixture
def use_device(store, keyring):
    def use_device(key):
        with store.read() as conn:
            return devices.authenticate_device(conn, keyring, key)

    return use_device


def statements_of(store, call):
    seen = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    call()
    return [statement for statement in seen if "SELECT" in statement]


def test_a_key_opens_what_it_was_made_for(add_key, use_key):
    key_id, key = add_key()
    found = use_key(key)
    assert (found.id, found.name, found.scopes, found.region) == (key_id, "审批系统", PUSH, WEST)


def test_a_key_is_recognised_by_one_look_up(store, add_key, use_key):
    _, key = add_key()
    assert len(statements_of(store, lambda: use_key(key))) == 1


def test_the_key_itself_is_not_in_the_database(store, add_key):
    _, key = add_key()
    with store.read() as conn:
        assert key not in str(conn.execute(select(api_key_table)).all())


@pytest.mark.parametrize("key", ["", "x", "hcpk_" + "A" * 43, "hcpd_张三", "Bearer x"])
def test_any_other_key_is_refused_alike(add_key, use_key, key):
    add_key()
    with pytest.raises(KeyRefused) as caught:
        use_key(key)
    assert caught.value.document("zh") == KeyRefused().document("zh")


def test_a_key_without_the_scope_is_told_so(add_key, use_key):
    _, key = add_key(scopes=frozenset({"figures.read"}))
    with pytest.raises(ScopeMissing) as caught:
        use_key(key)
    assert caught.value.fields == {"scope": "cases.push"}


def test_a_revoked_key_is_refused(store, emit, clock, add_key, use_key):
    key_id, key = add_key()
    with store.write() as conn:
        assert api_keys.revoke(conn, emit, key_id, clock.now(), by=7)
        assert not api_keys.revoke(conn, emit, key_id, clock.now())
    with pytest.raises(KeyRefused):
        use_key(key)
    assert emit.payloads("key.revoked") == [{"by": 7}]


def test_a_key_expires(clock, add_key, use_key):
    _, key = add_key(expires_at=clock.now() + timedelta(days=1))
    use_key(key)
    clock.advance(timedelta(days=1))
    with pytest.raises(KeyRefused):
        use_key(key)


@pytest.mark.parametrize(
    ("place", "region_path", "organization_path", "expected"),
    [
        ({"region": WEST}, f"/{PROVINCE}/{WEST}/", "", True),
        ({"region": WEST}, f"/{PROVINCE}/{EAST}/", "", False),
        ({"region": PROVINCE}, f"/{PROVINCE}/{EAST}/", f"/{OTHER}/", True),
        (
            {"region": PROVINCE, "organization_id": BUREAU},
            f"/{PROVINCE}/{WEST}/",
            f"/{BUREAU}/{OFFICE}/",
            True,
        ),
        (
            {"region": PROVINCE, "organization_id": BUREAU},
            f"/{PROVINCE}/{EAST}/",
            f"/{OTHER}/",
            False,
        ),
        ({"region": PROVINCE, "organization_id": BUREAU}, f"/{PROVINCE}/{WEST}/", "", False),
    ],
)
def test_a_key_reaches_its_subtree_only(
    add_key, use_key, place, region_path, organization_path, expected
):
    _, key = add_key(**place)
    assert use_key(key).reaches(region_path, organization_path) is expected


@pytest.mark.parametrize(
    "changes",
    [
        {"scopes": frozenset()},
        {"scopes": frozenset({"everything"})},
        {"name": "  "},
        {"region": "123456"},
    ],
)
def test_a_key_that_could_do_nothing_is_not_made(add_key, changes):
    with pytest.raises(KeyUnusable):
        add_key(**changes)


def test_use_is_noted_once_a_minute(store, clock, add_key, use_key):
    _, key = add_key()
    first = clock.now()
    for seconds in (0, 30, 29):
        clock.advance(timedelta(seconds=seconds))
        with store.write() as conn:
            api_keys.seen(conn, use_key(key), clock.now())
        assert use_key(key).seen_at == first
    clock.advance(timedelta(seconds=1))
    with store.write() as conn:
        api_keys.seen(conn, use_key(key), clock.now())
    assert use_key(key).seen_at == clock.now()


def test_keys_are_listed_by_name(store, add_key):
    add_key(name="b")
    add_key(name="a")
    with store.read() as conn:
        assert [key.name for key in api_keys.listing(conn)] == ["a", "b"]


def test_a_device_is_bound_to_its_window_and_region(add_device, use_device):
    device_id, key = add_device()
    found = use_device(key)
    assert (found.id, found.window_id, found.hall_id) == (device_id, WINDOW, HALL)
    assert (found.organization_id, found.region, found.name) == (OFFICE, WEST, "1号评价器")


def test_a_device_is_recognised_by_one_look_up(store, add_device, use_device):
    _, key = add_device()
    assert len(statements_of(store, lambda: use_device(key))) == 1


def test_a_device_needs_a_window(add_device):
    with pytest.raises(NoSuchWindow):
        add_device(window_id=9)


def test_a_key_of_a_system_is_no_key_of_a_device(add_key, use_device):
    _, key = add_key()
    with pytest.raises(KeyRefused):
        use_device(key)


def test_a_device_without_a_name_is_called_by_its_id(add_device, use_device):
    device_id, key = add_device(name=" ")
    assert use_device(key).name == str(device_id)


def test_a_revoked_device_is_refused(store, emit, clock, add_device, use_device):
    device_id, key = add_device()
    with store.write() as conn:
        assert devices.of_window(conn, WINDOW)
        assert devices.revoke(conn, emit, device_id, clock.now())
        assert not devices.revoke(conn, emit, device_id, clock.now())
        assert devices.of_window(conn, WINDOW) == ()
        assert devices.load(conn, device_id).revoked_at == clock.now()
    with pytest.raises(KeyRefused):
        use_device(key)


def test_a_renewed_device_has_a_new_key_and_not_the_old_one(
    store, keyring, emit, clock, add_device, use_device
):
    device_id, old = add_device()
    with store.write() as conn:
        new = devices.renew(conn, keyring, emit, device_id, clock.now())
    assert use_device(new).id == device_id
    with pytest.raises(KeyRefused):
        use_device(old)


def test_a_device_that_is_gone_is_not_renewed(store, keyring, emit, clock):
    with store.write() as conn, pytest.raises(KeyRefused):
        devices.renew(conn, keyring, emit, 9, clock.now())


def test_a_device_reports_its_queue_and_its_clock(store, clock, add_device, use_device):
    _, key = add_device()
    report = Report(3, clock.now() - timedelta(seconds=90), "screen 1.2")
    with store.write() as conn:
        devices.seen(conn, use_device(key), report, clock.now())
    found = use_device(key)
    assert (found.waiting, found.clock_offset_ms, found.software) == (3, -90_000, "screen 1.2")
    assert not found.away(clock.now())
    assert found.away(clock.now() + devices.AWAY_AFTER)


def test_a_report_is_written_once_a_minute_or_when_the_queue_changes(
    store, clock, add_device, use_device
):
    _, key = add_device()

    def report(waiting):
        with store.write() as conn:
            devices.seen(conn, use_device(key), Report(waiting), clock.now())
        return use_device(key).seen_at

    first = report(0)
    clock.advance(timedelta(seconds=59))
    assert report(0) == first
    assert report(1) == clock.now()


def test_a_silly_report_stays_within_bounds(store, clock, add_device, use_device):
    _, key = add_device()
    with store.write() as conn:
        devices.seen(conn, use_device(key), Report(10**30, None, "x" * 999), clock.now())
    found = use_device(key)
    assert (found.waiting, len(found.software)) == (1_000_000, 80)


def test_devices_are_listed_by_hall(store, add_device):
    add_device(name="b")
    add_device(name="a")
    with store.read() as conn:
        assert [each.name for each in devices.listing(conn)] == ["a", "b"]
        assert len(devices.listing(conn, hall_id=HALL)) == 2
        assert devices.listing(conn, hall_id=HALL + 1) == ()
        assert devices.load(conn, 9) is None


def test_a_device_never_seen_is_away(add_device, use_device, clock):
    _, key = add_device()
    assert use_device(key).away(clock.now())


def test_the_device_table_holds_no_key(store, add_device):
    _, key = add_device()
    with store.read() as conn:
        assert key not in str(conn.execute(select(device_table)).all())


def test_keys_tell_by_their_prefix_what_they_are_for():
    assert bearer.new_key("hcpk").startswith("hcpk_")
    assert bearer.new_key("hcpd") != bearer.new_key("hcpd")


def test_a_key_just_recognised_is_not_looked_up_again(store, keyring, clock, add_key):
    _, key = add_key()
    known = KnownKeys(keyring)

    def thrice():
        for _ in range(3):
            known.recognise(store.look, key, "cases.push", clock.now())

    assert len(statements_of(store, thrice)) == 1
    with pytest.raises(ScopeMissing):
        known.recognise(store.look, key, "figures.read", clock.now())


def test_a_remembered_key_ends_with_its_term_and_when_told(store, keyring, emit, clock, add_key):
    key_id, key = add_key(expires_at=clock.now() + timedelta(seconds=1))
    known = KnownKeys(keyring)
    known.recognise(store.look, key, "cases.push", clock.now())
    with pytest.raises(KeyRefused):
        known.recognise(store.look, key, "cases.push", clock.now() + timedelta(seconds=1))
    with store.write() as conn:
        api_keys.revoke(conn, emit, key_id, clock.now())
    known.forget()
    with pytest.raises(KeyRefused):
        known.recognise(store.look, key, "cases.push", clock.now())
