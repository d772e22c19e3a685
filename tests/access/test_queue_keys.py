"""The keys that devices seal to: renewed, old ones kept, destroyed at last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner

from haochaping.access import queue_keys
from haochaping.access.queue_keys import DESTROY_AFTER, RENEW_AFTER, QueueKeyGone
from haochaping.cli import main
from haochaping.crypto import Unsealable, seal_to
from haochaping.deployment import open_deployment
from haochaping.installing import Wish, install


def opened(store, keyring, key, sealed: bytes, context: str = "a") -> bytes:
    with store.read() as conn:
        private = queue_keys.private_key(conn, keyring, key.id)
    return queue_keys.opened(private, queue_keys.encoded(sealed), context)


def test_the_first_device_makes_the_first_key_and_the_next_finds_it(store, keyring, emit, clock):
    first = queue_keys.in_use(store, keyring, emit, clock.now())
    assert queue_keys.in_use(store, keyring, emit, clock.now()) == first
    assert [event.kind for event in emit.events] == ["queue_key.made"]


def test_what_is_sealed_to_a_key_is_opened_by_it_alone(store, keyring, emit, clock):
    key = queue_keys.in_use(store, keyring, emit, clock.now())
    sealed = seal_to(queue_keys.decoded(key.public), "差".encode(), b"a")
    assert opened(store, keyring, key, sealed).decode() == "差"
    with store.write() as conn:
        other = queue_keys.rotate(conn, keyring, emit, clock.now())
    with pytest.raises(Unsealable):
        opened(store, keyring, other, sealed)


def test_a_month_later_there_is_a_new_key_and_the_old_one_still_opens(store, keyring, emit, clock):
    old = queue_keys.in_use(store, keyring, emit, clock.now())
    sealed = seal_to(queue_keys.decoded(old.public), b"kept", b"a")
    clock.advance(RENEW_AFTER)
    new = queue_keys.in_use(store, keyring, emit, clock.now())
    assert new.id != old.id
    assert opened(store, keyring, old, sealed) == b"kept"


def test_a_key_that_is_too_old_is_destroyed_but_never_the_one_in_use(store, keyring, emit, clock):
    old = queue_keys.in_use(store, keyring, emit, clock.now())
    clock.advance(DESTROY_AFTER + timedelta(days=1))
    with store.write() as conn:
        assert queue_keys.tidy(conn, clock.now()) == 0
        new = queue_keys.rotate(conn, keyring, emit, clock.now())
        assert queue_keys.tidy(conn, clock.now()) == 1
        assert queue_keys.current(conn) == new
        with pytest.raises(QueueKeyGone):
            queue_keys.private_key(conn, keyring, old.id)


def test_there_is_nothing_to_destroy_where_no_key_was_made(store, clock):
    with store.write() as conn:
        assert queue_keys.tidy(conn, clock.now()) == 0


def test_the_private_half_is_stored_sealed_and_told_to_nobody(store, keyring, emit, clock):
    key = queue_keys.in_use(store, keyring, emit, clock.now())
    with store.read() as conn:
        private = queue_keys.private_key(conn, keyring, key.id)
        [row] = conn.execute(queue_keys.queue_key.select())
    assert private not in bytes(row.private_sealed)
    assert private.hex() not in str(emit.events)


@pytest.mark.parametrize("text", ["", "ä", "A", "====", "AAAA"])
def test_noise_in_place_of_sealed_bytes_is_refused(store, keyring, emit, clock, text):
    key = queue_keys.in_use(store, keyring, emit, clock.now())
    with store.read() as conn:
        private = queue_keys.private_key(conn, keyring, key.id)
    with pytest.raises(Unsealable):
        queue_keys.opened(private, text, "a")


def test_a_key_is_renewed_by_command_at_once(tmp_path, clock):
    home = tmp_path / "home"
    install(Wish(home, "zhejiang", None, None))
    with open_deployment(home) as deployment:
        parts = (deployment.store, deployment.keyring, deployment.journal.emit)
        old = queue_keys.in_use(*parts, deployment.clock.now())
    told = CliRunner().invoke(main, ["--home", str(home), "device", "rotate-queue-key"])
    assert told.exit_code == 0
    with open_deployment(home) as deployment:
        parts = (deployment.store, deployment.keyring, deployment.journal.emit)
        new = queue_keys.in_use(*parts, deployment.clock.now())
        with deployment.store.read() as conn:
            assert queue_keys.private_key(conn, deployment.keyring, old.id)
    assert told.stdout.strip() == new.id != old.id
